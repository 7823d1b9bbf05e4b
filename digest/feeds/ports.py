"""What the walks through this stage ask of the modules that touch the world."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from digest.feeds.outcomes import FetchOutcome
from digest.feeds.parsed import ParsedFeed
from digest.feeds.worker import Document
from digest.model import FeedId
from digest.settings import Feed


class Fetches(Protocol):
    """What asks a server for a feed."""

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        rest_of: Callable[[str], timedelta | None] = lambda _host: None,
    ) -> FetchOutcome:
        """Ask, but no host for which `rest_of` says how long to wait; a failure is a value."""
        ...


class Parses(Protocol):
    """What reads a body as a feed."""

    async def parse(self, feed: FeedId, body: bytes, content_type: str = "") -> ParsedFeed:
        """What it says, raw. Raises FeedError."""
        ...

    async def read(
        self,
        feed: Feed,
        body: bytes,
        content_type: str = "",
        *,
        url: str,
        now: datetime,
        seen: frozenset[bytes] = frozenset(),
    ) -> Document:
        """What a body that came from `url` says, and its entries. Raises FeedError.

        No entries are made of items whose marks were `seen`.
        """
        ...
