"""What one source looks like to a poll: for `digest feeds check` and `digest feeds add`.

It is read exactly as a poll would read it, and nothing is stored.
"""

import asyncio
import errno
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, assert_never

from digest.english import counted
from digest.errors import FeedError
from digest.feeds.clean import entries
from digest.feeds.decode import decode
from digest.feeds.fetch import FetchLimits
from digest.feeds.news import within_window
from digest.feeds.outcomes import Fetched, Gone, NotModified, Refused, Unreachable
from digest.feeds.parsed import ParsedFeed
from digest.feeds.plaintext import to_text, visible
from digest.feeds.politeness import GONE
from digest.feeds.ports import Fetches, Parses
from digest.feeds.sites import named_in
from digest.model import Entry, FeedId
from digest.settings import Feed

SHOWN_ENTRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCheck:
    """What was seen at one source."""

    source: str
    url: str = ""  # where it was read in the end, or what a file was said to come from
    error: str | None = None  # why it cannot be used
    format: str = ""
    encoding: str = ""
    title: str = ""
    lang: str = ""
    entries: tuple[Entry, ...] = ()
    advice: tuple[str, ...] = ()  # what the operator should know or do

    def as_row(self) -> Mapping[str, Any]:
        """The row of `digest feeds check --jsonl`."""
        return {
            "source": self.source,
            "ok": self.error is None,
            "error": self.error,
            "format": self.format,
            "encoding": self.encoding,
            "title": self.title,
            "entries": [
                {
                    "guid": entry.guid,
                    "url": entry.url,
                    "title": entry.title,
                    "summary": entry.summary,
                    "published": entry.published.isoformat() if entry.dated else None,
                    "dated": entry.dated,
                }
                for entry in self.entries
            ],
        }

    def lines(self) -> Iterator[str]:
        """The same for a person."""
        yield self.source
        if self.error is not None:
            yield f"  not usable: {self.error}"
        else:
            yield f"  {self.format}, {self.encoding}" + (f", {self.lang}" if self.lang else "")
            found = counted(len(self.entries), "entry", "entries")
            yield f"  {self.title or '(no title)'}: {found}"
            for entry in self.entries[:SHOWN_ENTRIES]:
                when = f"{entry.published:%Y-%m-%d %H:%M} UTC" if entry.dated else "no date"
                yield f"    {when}  {entry.title}"
        for advice in self.advice:
            yield f"  note: {advice}"


async def check(
    source: str, *, fetcher: Fetches, parser: Parses, now: datetime, base_url: str = ""
) -> FeedCheck:
    """Look at a URL, a file or, for "-", stdin. `base_url` is where a file comes from."""
    advice: list[str] = []
    if is_web_address(source):
        outcome = await fetcher.fetch(source)
        match outcome:
            case Fetched():
                body, content_type, base_url = outcome.body, outcome.content_type, outcome.url
                if outcome.moved_to is not None:
                    advice.append(f"it has moved for good: use {outcome.moved_to}")
            case Refused(reason=reason) | Unreachable(reason=reason):
                return FeedCheck(source=source, error=reason)
            case Gone():
                return FeedCheck(source=source, error=GONE)
            case NotModified():
                return FeedCheck(source=source, error="304 to a request without conditions")
            case _:
                assert_never(outcome)
    else:
        content_type = ""
        try:
            body = await asyncio.to_thread(_read, source)
        except OSError as error:
            return FeedCheck(source=source, error=_not_read(source, error))
    seen = await check_body(source, body, content_type, parser=parser, now=now, base_url=base_url)
    return replace(seen, advice=(*advice, *seen.advice))


async def check_body(
    source: str, body: bytes, content_type: str, *, parser: Parses, now: datetime, base_url: str
) -> FeedCheck:
    """Look at what was read from a source."""
    try:
        parsed = await parser.parse(FeedId(source), body, content_type)
    except FeedError as error:
        named = named_in(decode(body, content_type).text, base_url)
        advice = [f"the page names a feed: {url}" for url in named.declared]
        if "web page" in error.reason and is_web_address(source):
            advice.append(f"`digest feeds discover {source}` looks for the feeds of this site")
        return FeedCheck(source=source, error=error.reason, advice=tuple(advice))
    return _describe(source, parsed, base_url, now)


def _not_read(source: str, error: OSError) -> str:
    if "://" in source:
        return "only http and https addresses are fetched"
    if isinstance(error, FileNotFoundError):
        return "there is no such file, and an address begins with http:// or https://"
    return f"cannot be read: {error.strerror or error}"


def is_web_address(source: str) -> bool:
    """Whether a source is asked over the network; any other is a file."""
    return source.lower().startswith(("http://", "https://"))


def _read(source: str) -> bytes:
    """What a poll would take of a source, which is all or nothing. Raises OSError."""
    limit = FetchLimits().body_bytes
    if source == "-":
        body = sys.stdin.buffer.read(limit + 1)
    else:
        with Path(source).open("rb") as file:
            body = file.read(limit + 1)
    if len(body) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit} bytes")
    return body


def _describe(source: str, parsed: ParsedFeed, base_url: str, now: datetime) -> FeedCheck:
    advice: list[str] = []
    lang = visible(parsed.lang)[:35]
    title = to_text(parsed.title_html)
    feed = Feed(id=FeedId(source), url=base_url, title=title, lang=lang[:2].lower() or "en")
    found = tuple(entries(parsed, feed, now, base_url))
    undated = sum(not entry.dated for entry in found)
    if not found:
        advice.append("it holds no entries now")
    elif undated == len(found):
        advice.append("it dates no entry: each will bear the time when it was first seen")
    elif undated:
        advice.append(f"without a date that can be read: {counted(undated, 'entry', 'entries')}")
    old = len(found) - len(within_window(found, now))
    if found and old == len(found):
        advice.append(f"its newest entry is of {max(e.published for e in found):%Y-%m-%d}")
    if parsed.lenient:
        advice.append("it is not well-formed XML; it was read as well as possible")
    if parsed.cut:
        advice.append("it is longer than a poll reads; the rest was left out")
    if any(not entry.url for entry in found):
        advice.append("some entries bear no usable link")
    return FeedCheck(
        source=source,
        url=base_url,
        format=parsed.format,
        encoding=parsed.encoding,
        title=title,
        lang=lang,
        entries=found,
        advice=tuple(advice),
    )
