"""Where the pages of the archive lie: one an issue and language, in a folder of its edition."""

import re
from collections.abc import Iterable

from digest.issues.words import LANGUAGES, pick
from digest.model import Issue

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_PAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*\.html", re.ASCII)


def page_path(edition: str, key: str, lang: str) -> str:
    """Where a page lies: weekly/2026-W47.en.html. Raises ValueError for what is no part of one."""
    for part in (edition, key, lang):
        if not _PART.fullmatch(part):
            raise ValueError(f"{part!r} cannot be part of a path")
    return f"{edition}/{key}.{lang}.html"


def is_page(path: str) -> bool:
    """Whether a path is one that `page_path` may have made."""
    return _PAGE.fullmatch(path) is not None


def languages_of(found: Iterable[str], language: str) -> tuple[str, ...]:
    """The languages that an issue has pages in: the digest's, then others of its headlines."""
    first = pick(language)
    return (first, *(lang for lang in sorted({*found} & {*LANGUAGES}) if lang != first))


def place_of(issue: Issue, lang: str, language: str) -> str:
    """Where the page of an issue lies for readers of a language; `language` is the digest's."""
    told = (headline.lang for story in issue.stories for headline in story.headlines)
    pages = languages_of(told, language)
    return page_path(issue.edition, issue.period.key, lang if lang in pages else pages[0])
