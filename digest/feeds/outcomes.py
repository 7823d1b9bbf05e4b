"""What became of one request for a feed, as values that the caller must tell apart."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The server sent a body, already inflated."""

    url: str  # where it came from in the end
    body: bytes
    content_type: str  # the header's text; empty if there was none
    etag: str | None = None
    last_modified: str | None = None
    max_age: timedelta | None = None  # how long the answer stays fresh, by Cache-Control or Expires
    moved_to: str | None = None  # set if every redirect on the way was permanent (301, 308)
    date: datetime | None = None  # by the server's clock


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """304: what we have is what there is."""

    max_age: timedelta | None = None
    moved_to: str | None = None  # as in Fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A server answered, but not with a feed."""

    status: int
    reason: str
    retry_after: timedelta | None = None
    url: str = ""  # where the answer came from in the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """410, and no temporary redirect led there: this feed will not come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """There was no usable answer: no address, no connection, too slow, too large, not allowed."""

    reason: str
    connected: bool = True  # False: no way to any server, so our own network may be at fault
    asked: bool = True  # False: our own guard let nothing out, which tells nothing of any network
    known_host: bool = True  # False: the name is said not to exist


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A body came, but no feed could be read from it; or this program failed at the feed."""

    reason: str


FetchOutcome = Fetched | NotModified | Refused | Gone | Unreachable
PollOutcome = FetchOutcome | Unreadable
