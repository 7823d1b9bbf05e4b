"""Which page a path means, and what may be done with it.

Looking (GET, HEAD) never changes anything: mail scanners open every link. Only POST does.
"""

import re
from dataclasses import dataclass
from typing import assert_never

from digest.issues.pages import FEED, INDEX
from digest.issues.places import is_page
from digest.subscribers import links


@dataclass(frozen=True, slots=True)
class Home:
    """The form that asks for a subscription."""


@dataclass(frozen=True, slots=True)
class About:
    """What a reader can do without a link of their own."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """The owner of an address says yes."""

    token: str


@dataclass(frozen=True, slots=True)
class Choose:
    """A reader sees and changes what they get."""

    token: str


@dataclass(frozen=True, slots=True)
class Leave:
    """A reader wants no more mail; the address that RFC 8058 has mail programs post to."""

    token: str


@dataclass(frozen=True, slots=True)
class View:
    """An issue as a segment of its readers got it."""

    token: str


@dataclass(frozen=True, slots=True)
class Archive:
    """A file of the archive."""

    path: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The style sheet of the pages."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the service answers."""


Route = Home | About | Confirm | Choose | Leave | View | Archive | Sheet | Health

STYLE = "/style.css"
ARCHIVE = "/archive/"

_FIXED: dict[str, Route] = {
    "/": Home(),
    f"/{links.ABOUT}": About(),
    STYLE: Sheet(),
    "/healthz": Health(),
    ARCHIVE: Archive(INDEX),
}
_BY_TOKEN: dict[str, type[Confirm | Choose | Leave | View]] = {
    links.CONFIRM: Confirm,
    links.PREFERENCES: Choose,
    links.LEAVE: Leave,
    links.VIEW: View,
}
# Not the exact form of our tokens: a link that a mail program has cut gets a page that says so.
_TOKEN = re.compile(r"/([a-z])/([A-Za-z0-9._~=-]{1,200})", re.ASCII)


def route_of(path: str) -> Route | None:
    """The page of a path (without query), or None if there is none."""
    fixed = _FIXED.get(path)
    if fixed is not None:
        return fixed
    if path.startswith(ARCHIVE):
        file = path.removeprefix(ARCHIVE)
        return Archive(file) if file in {INDEX, FEED} or is_page(file) else None
    found = _TOKEN.fullmatch(path)
    kind = None if found is None else _BY_TOKEN.get(found[1])
    return None if found is None or kind is None else kind(found[2])


def methods_of(route: Route) -> tuple[str, ...]:
    """The methods that a page takes."""
    match route:
        case Home() | Confirm() | Choose() | Leave():
            return ("GET", "HEAD", "POST")
        case About() | View() | Archive() | Sheet() | Health():
            return ("GET", "HEAD")
        case _:
            assert_never(route)
