"""Finds the feeds of a web site. Every guess is looked at as a poll would, one after another."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from digest.feeds.check import FeedCheck, check, check_body
from digest.feeds.decode import decode
from digest.feeds.outcomes import Fetched, Gone, NotModified, Refused, Unreachable
from digest.feeds.ports import Fetches, Parses
from digest.feeds.sites import named_in, usual_places

MOST_GUESSES = 20  # requests to a site that knows nothing of us


@dataclass(frozen=True, slots=True)
class NoSite:
    """The site itself could not be looked at."""

    reason: str


async def discover(
    site: str,
    *,
    fetcher: Fetches,
    parser: Parses,
    now: datetime,
    progress: Callable[[int, int, str], None] = lambda *_: None,
) -> list[FeedCheck] | NoSite:
    """Look for the feeds of a site, given as an address with or without its scheme.

    If the page names feeds the usual places are not tried. Only feeds that can be read are given;
    an address that is a feed itself is found too.
    """
    match await fetcher.fetch(site if "://" in site else f"https://{site}"):
        case Fetched() as page:
            pass
        case Refused(reason=reason) | Unreachable(reason=reason):
            return NoSite(reason)
        case Gone():
            return NoSite("the server says that this page is gone")
        case NotModified():
            return NoSite("304 to a request without conditions")
        case outcome:
            assert_never(outcome)
    itself = await check_body(
        page.url, page.body, page.content_type, parser=parser, now=now, base_url=page.url
    )
    if itself.error is None:
        return [itself]
    named = named_in(decode(page.body, page.content_type).text, page.url)
    guesses = [*named.declared, *named.linked] or usual_places(page.url)
    found: dict[str, FeedCheck] = {}
    for number, guess in enumerate(guesses[:MOST_GUESSES], start=1):
        progress(number, len(guesses[:MOST_GUESSES]), guess)
        seen = await check(guess, fetcher=fetcher, parser=parser, now=now)
        if seen.error is None:
            found.setdefault(seen.url, seen)  # two guesses may be redirected to one feed
    return list(found.values())
