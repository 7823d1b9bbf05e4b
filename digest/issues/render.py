"""From a frozen issue and a choice to the HTML and the text of a segment.

Templates come from the project's own folder where it has one of that name, else from the shipped
one. They run in Jinja2's immutable sandbox, fail on values that do not exist, and escape everything
in *.html and *.xml. A mail's styles are inlined after rendering: css-inline parses HTML, and would
move what Jinja2 writes between table rows.
"""

import difflib
import hashlib
import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import css_inline
import jinja2
from jinja2 import meta

from digest.errors import TemplateError
from digest.issues.compose import select
from digest.issues.sample import sample_issue, sample_operator
from digest.issues.sandbox import Environment, counting, environment_of, failures_in
from digest.issues.tell import issue_view
from digest.issues.views import (
    BRIEF,
    FULL,
    SHORT,
    Detail,
    IssueView,
    Names,
    OperatorView,
)
from digest.issues.words import LANGUAGES
from digest.model import Choice, Issue, Segment
from digest.settings import Settings

HTML = "issue.html"
TEXT = "issue.txt"

# Gmail cuts a message off near 102 kB; 4 kB are kept for the reader's own values.
MAX_HTML = 96_000  # bytes
DETAILS = (FULL, SHORT, BRIEF)

_EXTENSIONS = ("html", "txt", "xml", "css")
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, minify_css=True)
_TAG = re.compile("<[^>]*>")

View = Callable[[int, Detail], IssueView]  # so many stories, in so much detail


@dataclass(frozen=True, slots=True)
class Rendered:
    """A segment, and why the project's own template was not used for it if it failed."""

    segment: Segment
    failure: TemplateError | None = None


class Renderer:
    """Renders segments with the templates of these folders; the first that has a name wins.

    The last folder is the shipped one: what fails in another is rendered with it alone.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._all = environment_of(self._folders)
        self._shipped = environment_of(self._folders[-1:])

    def check(self) -> None:
        """Compile every template, and look whether each of the project's has a use.

        Raises TemplateError for the first that does not compile, or that nothing asks for.
        """
        names = self._all.list_templates(extensions=_EXTENSIONS)
        used = set(self._shipped.list_templates(extensions=_EXTENSIONS))
        for name in names:
            with failures_in(name, self._folders):
                self._all.get_template(name)
                used.update(self._asked_for(name))
        for name in names:
            if name not in used:
                like = difflib.get_close_matches(name, sorted(used), 1)
                hint = f"; is {like[0]} meant?" if like else ""
                raise TemplateError(name, None, f"nothing asks for a template of this name{hint}")

    def try_out(self, *, settings: Settings, names: Names) -> None:
        """Make mails of an example. Raises TemplateError if a template of the project's fails."""
        for language, operator in (*((lang, None) for lang in LANGUAGES), ("", sample_operator())):
            made = self.segment(
                sample_issue(),
                Choice(language=language),
                settings=settings,
                names=names,
                operator=operator,
            )
            if made.failure is not None:
                raise made.failure

    def _asked_for(self, name: str) -> Iterator[str]:
        """The templates that one includes or imports."""
        path = next(folder / name for folder in self._folders if (folder / name).is_file())
        found = meta.find_referenced_templates(self._all.parse(path.read_text(encoding="utf-8")))
        return (each for each in found if each is not None)

    def segment(
        self,
        issue: Issue,
        choice: Choice,
        *,
        settings: Settings,
        names: Names,
        operator: OperatorView | None = None,
    ) -> Rendered:
        """Render an issue for a choice, or for the operator. A segment without stories is empty.

        Raises TemplateError if the shipped templates fail.
        """
        stories = select(issue, choice)
        if not stories:
            nothing = Segment(choice=choice, subject=issue.title, html="", text="", stories=0)
            return Rendered(nothing)
        limit = min(len(stories), settings.max_stories)

        def view(shown: int, detail: Detail) -> IssueView:
            return issue_view(
                issue,
                stories,
                choice,
                shown=shown,
                detail=detail,
                settings=settings,
                names=names,
                operator=operator,
            )

        try:
            return Rendered(self._render(self._all, view, limit, choice))
        except TemplateError as failure:
            if len(self._folders) == 1:
                raise
            return Rendered(self._render(self._shipped, view, limit, choice), failure)

    def document(self, name: str, **values: object) -> tuple[str, TemplateError | None]:
        """Render any other template, and say why the project's own was not used if it failed.

        Raises TemplateError if the shipped template fails.
        """
        try:
            return self._document(self._all, name, values), None
        except TemplateError as failure:
            if len(self._folders) == 1:
                raise
            return self._document(self._shipped, name, values), failure

    def mail(self, name: str, **values: object) -> tuple[str, str, TemplateError | None]:
        """Render `name`.html and `name`.txt for a mail; says too why the shipped ones were used.

        Raises TemplateError if the shipped templates fail.
        """
        html, failure = self.document(f"{name}.html", **values)
        text, other = self.document(f"{name}.txt", **values)
        return _inlined(html), text, failure or other

    def sources(self) -> str:
        """A word that is another one whenever a template is."""
        digest = hashlib.sha256()
        for name in self._all.list_templates():
            path = next(folder / name for folder in self._folders if (folder / name).is_file())
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()[:16]

    def _document(self, environment: Environment, name: str, values: Mapping[str, object]) -> str:
        with failures_in(name, self._folders):
            return environment.get_template(name).render(values)

    def _is_own(self, template: jinja2.Template) -> bool:
        """Whether it is the project's own; what we ship is known to have what it must."""
        return Path(template.filename or "").parent != self._folders[-1]

    def _render(
        self, environment: Environment, view: View, stories: int, choice: Choice
    ) -> Segment:
        with failures_in(HTML, self._folders):
            template = environment.get_template(HTML)
            shown, page = _fit(
                lambda issue: _inlined(counting(lambda: template.render(issue=issue))),
                view,
                stories,
            )
        with failures_in(TEXT, self._folders):
            plain = environment.get_template(TEXT)
            text = plain.render(issue=shown)
        if self._is_own(template):
            _require(HTML, page, html.unescape(_TAG.sub("", page)), shown)
        if self._is_own(plain):
            _require(TEXT, text, text, shown)
        return Segment(
            choice=choice, subject=shown.subject, html=page, text=text, stories=shown.shown
        )


def _require(name: str, whole: str, words: str, issue: IssueView) -> None:
    """Raise TemplateError for a mail that lacks what the law and good manners ask for."""
    if not issue.operator and issue.leave not in whole:
        raise TemplateError(name, None, "it lacks issue.leave, the link that ends a subscription")
    printed = "".join(words.split())
    for value, what in (("sender", "who sends it"), ("postal_address", "where they are")):
        if "".join(getattr(issue, value).split()) not in printed:
            raise TemplateError(name, None, f"it lacks issue.{value}: a reader must see {what}")


def _fit(render: Callable[[IssueView], str], view: View, stories: int) -> tuple[IssueView, str]:
    """The most that stays within MAX_HTML: fewer lines a story first, then fewer stories."""

    def attempt(shown: int, detail: Detail) -> tuple[IssueView, str, bool]:
        issue = view(shown, detail)
        page = render(issue)
        return issue, page, len(page.encode()) <= MAX_HTML

    for detail in DETAILS:
        issue, page, fits = attempt(stories, detail)
        if fits:
            return issue, page
    issue, page, fits = attempt(1, DETAILS[-1])
    if not fits:
        raise ValueError(f"one story alone makes more than {MAX_HTML} bytes of HTML")
    low, high = 1, stories  # `low` fits, `high` does not
    while high - low > 1:
        middle = (low + high) // 2
        larger, longer, fits = attempt(middle, DETAILS[-1])
        if fits:
            low, issue, page = middle, larger, longer
        else:
            high = middle
    return issue, page


def _inlined(page: str) -> str:
    return _INLINER.inline(page)
