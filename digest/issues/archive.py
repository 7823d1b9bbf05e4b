"""Writes the archive: the issues that are out as static pages, an index, an Atom feed, a manifest.

Everything is made from the store, so that the folder may be lost at any time: what is missing, or
would read otherwise now (a neighbour came, a template changed), is written again, beside its place
and then moved there. What the archive holds and how it reads is for pages.py and the templates.
"""

import os
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

import tomli_w

from digest.errors import TemplateError
from digest.issues.compose import select
from digest.issues.pages import (
    FEED,
    INDEX,
    ArchivedIssue,
    Page,
    fingerprint,
    links_from,
    manifest,
    plan,
)
from digest.issues.pageviews import feed_view, index_view, page_view
from digest.issues.places import is_page, languages_of
from digest.issues.render import Renderer
from digest.issues.sample import sample_issue
from digest.issues.tell import issue_view
from digest.issues.views import FULL, Names
from digest.issues.words import LANGUAGES
from digest.model import Choice, IssueId, IssueStory
from digest.settings import Settings
from digest.store import Store
from digest.store.files import hand_over, make_folder

MANIFEST = "manifest.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What was done to an archive."""

    issues: int  # that it holds
    written: int  # files that are new or read otherwise now
    removed: int
    complete: bool  # False: there is more to be done
    failures: tuple[TemplateError, ...]  # of the project's templates; the shipped ones stood in


def write_archive(
    folder: Path,
    store: Store,
    renderer: Renderer,
    *,
    settings: Settings,
    names: Names,
    made_by: str,
    authority: str,
    fresh: bool = False,
    go_on: Callable[[], bool] = lambda: True,
) -> Built:
    """Bring the archive in this folder up to date, as long as it shall go on before each page.

    `made_by` is another word whenever pages would read otherwise though the issues, the settings
    and the templates are the same; `authority` is the store's, for the ids of the feed. With
    `fresh` every page is made anew, whatever the manifest says. What else lies in the folder is
    left alone. Raises OSError, and TemplateError if the shipped templates fail.
    """
    archive = _archived_issues(store, settings)
    work = _Work(folder, renderer, settings, names)
    # What is taken back can be linked by any later page.
    gone = store.archive.cancelled()
    pages = plan(archive, f"{made_by} {renderer.sources()} {_wording(settings)} {gone}")
    known = _known(folder)
    work.remove({*known} - {page.path for page in pages})
    waiting = [
        p for p in pages if fresh or known.get(p.path) != p.made_from or not work.has(p.path)
    ]
    left = {page.path for page in waiting}
    for page in takewhile(lambda _: go_on(), waiting):
        work.page(page, store.archive.stories(page.archived.id), archive)
        left.remove(page.path)
    if archive:
        if not left:
            work.document(INDEX, "archive_index.html", index=index_view(archive, settings))
            work.document(FEED, "archive_feed.xml", feed=feed_view(archive, settings, authority))
        made = {page.path: page.made_from for page in pages if page.path not in left}
        contents = manifest(archive, settings, authority, made)
        work.write(MANIFEST, tomli_w.dumps(contents).encode())
    elif known:  # all that there was has been taken back
        work.remove((INDEX, FEED, MANIFEST))
    return Built(
        issues=len(archive),
        written=work.written,
        removed=work.removed,
        complete=not left,
        failures=tuple(work.failures.values()),
    )


def try_out(renderer: Renderer, *, settings: Settings, names: Names) -> None:
    """Make an archive of an example. Raises TemplateError if a template of the project's fails."""
    issue = sample_issue()
    languages = languages_of(tuple(LANGUAGES), settings.language)
    first = ArchivedIssue(
        id=IssueId(1), issue=issue, stories=len(issue.stories), languages=languages
    )
    archive = [first, replace(first, id=IssueId(2))]  # each page has one beside it
    made = [
        renderer.document(
            "archive_page.html", **_values(page, issue.stories, archive, settings, names)
        )
        for page in plan(archive, "")
    ]
    made.append(renderer.document("archive_index.html", index=index_view(archive, settings)))
    made.append(
        renderer.document("archive_feed.xml", feed=feed_view(archive, settings, "a.example"))
    )
    for _, failure in made:
        if failure is not None:
            raise failure


def _values(
    page: Page,
    stories: Sequence[IssueStory],
    archive: Sequence[ArchivedIssue],
    settings: Settings,
    names: Names,
) -> Mapping[str, object]:
    """What the template of a page gets."""
    choice = Choice(language=page.lang)
    whole = replace(page.archived.issue, stories=tuple(stories))
    shown = issue_view(
        whole,
        select(whole, choice),
        choice,
        shown=page.archived.stories,
        detail=FULL,
        settings=settings,
        names=names,
        page_of=links_from(page, archive),
    )
    return {"issue": shown, "page": page_view(page, settings)}


def _archived_issues(store: Store, settings: Settings) -> list[ArchivedIssue]:
    """The issues of the archive in order."""
    return [
        ArchivedIssue(
            id=listed.id,
            issue=listed.issue,
            stories=listed.stories,
            languages=languages_of(listed.languages, settings.language),
        )
        for listed in store.archive.listed()
    ]


class _Work:
    """Writes and removes files of one archive, and counts them."""

    def __init__(self, folder: Path, renderer: Renderer, settings: Settings, names: Names) -> None:
        self._folder = folder
        self._renderer = renderer
        self._settings = settings
        self._names = names
        self.written = 0
        self.removed = 0
        self.failures: dict[str, TemplateError] = {}

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        return (self._folder / path).is_file()

    def page(
        self, page: Page, stories: Sequence[IssueStory], archive: Sequence[ArchivedIssue]
    ) -> None:
        """Write the page of an issue with these stories."""
        values = _values(page, stories, archive, self._settings, self._names)
        self.document(page.path, "archive_page.html", **values)

    def document(self, path: str, template: str, **values: object) -> None:
        """Write what a template makes of these values."""
        text, failure = self._renderer.document(template, **values)
        if failure is not None:
            self.failures[str(failure)] = failure
        self.write(path, text.encode())

    def write(self, path: str, contents: bytes) -> None:
        """Put a file into its place whole; one that is the same stays as it is."""
        target = self._folder / path
        if target.is_file() and target.read_bytes() == contents:
            return
        make_folder(target.parent, 0o755)
        temporary = target.with_name(f".{target.name}.part")
        temporary.unlink(missing_ok=True)  # left by a kill
        made = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o644)
        with os.fdopen(made, "wb") as file:
            hand_over(made, target.parent)
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        self.written += 1

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files that are there, and the folders that are empty then."""
        for path in paths:
            target = self._folder / path
            if target.is_file():
                target.unlink()
                self.removed += 1
                if target.parent != self._folder and not any(target.parent.iterdir()):
                    target.parent.rmdir()


def _known(folder: Path) -> dict[str, str]:
    """The pages that a manifest names, each with what it was made from.

    Nothing where there is none or it cannot be read; no other files than pages.
    """
    try:
        listed = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {
            page["path"]: page["made_from"]
            for issue in listed["issues"]
            for page in issue["pages"]
            if is_page(page["path"])
        }
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}


def _wording(settings: Settings) -> str:
    """A word for the settings that pages are made by."""
    used = (
        settings.title,
        settings.language,
        settings.zone.key,
        settings.sections,
        settings.mail.from_name,
    )
    return fingerprint(used)
