"""Asks a few feeds, what the clock is elsewhere, and whether our pages are there."""

import asyncio
import html
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import aiohttp

from digest import clock
from digest.doctor.finding import Finding, bad, ok, warn
from digest.feeds.outcomes import Fetched, Gone, NotModified, Refused, Unreachable
from digest.feeds.politeness import GONE, host_of
from digest.feeds.ports import Fetches
from digest.model import FeedId, PollState
from digest.settings import Feed, Settings

MOST_ASKED = 3  # feeds, each of another host
ANSWER_WITHIN = 20.0  # seconds
SLOW_CLOCK = timedelta(seconds=60)  # servers differ by some seconds, and so do proxies' caches
WRONG_CLOCK = timedelta(minutes=5)
_PAGE = 64 * 1024  # bytes of our own page that are read


def some_of(
    feeds: Sequence[Feed],
    states: Mapping[FeedId, PollState],
    waits: Mapping[str, datetime],
    now: datetime,
) -> list[Feed]:
    """A few feeds to ask: of hosts that have not asked for rest, those longest not asked."""
    chosen: dict[str, Feed] = {}
    never = datetime.min.replace(tzinfo=now.tzinfo)
    for feed in sorted(feeds, key=lambda f: states.get(f.id, PollState()).last_poll or never):
        host = host_of(feed.url)
        if feed.enabled and waits.get(host, never) <= now:
            chosen.setdefault(host, feed)
    return list(chosen.values())[:MOST_ASKED]


async def ask_feeds(feeds: Sequence[Feed], fetcher: Fetches) -> list[Finding]:
    """Whether feeds answer, and what their servers' clocks say beside ours."""
    if not feeds:
        return [warn("feeds", "none to ask", "enable [[feeds]] in feeds.toml")]
    told = await asyncio.gather(*(_ask(feed, fetcher) for feed in feeds))
    failed = [f"{feed.id}: {said}" for feed, said, _ in told if said]
    answered = ", ".join(feed.id for feed, said, _ in told if not said)
    skews = sorted(skew for _, _, skew in told if skew is not None)
    found = [ok("feeds", f"{answered} answered")] if not failed else []
    if failed:
        check = bad if len(failed) == len(told) else warn
        advice = "digest feeds check URL says more; digest status which feeds fail"
        if len(failed) == len(told):
            advice = f"look at this machine's network, name servers and proxy; {advice}"
        found.append(check("feeds", "; ".join(failed), advice))
    return found + ([_skew(skews[len(skews) // 2])] if skews else [])


async def _ask(feed: Feed, fetcher: Fetches) -> tuple[Feed, str, timedelta | None]:
    """What is wrong, "" if nothing; and by how much our clock is ahead of theirs."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            outcome = await fetcher.fetch(feed.url)
    except TimeoutError:
        return feed, f"no answer within {ANSWER_WITHIN:.0f} s", None
    match outcome:
        case Fetched(date=date):
            return feed, "", None if date is None else clock.machine() - date
        case Refused(reason=reason) | Unreachable(reason=reason):
            return feed, reason, None
        case Gone():
            return feed, GONE, None
        case NotModified():
            return feed, "304 to a request without conditions", None


def _skew(skew: timedelta) -> Finding:
    check = "clock beside others"
    seconds = round(skew.total_seconds())
    shown = f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} the servers of the feeds"
    advice = "set it by the network: timedatectl set-ntp true"
    if abs(skew) >= WRONG_CLOCK:
        return bad(check, shown, advice)
    if abs(skew) >= SLOW_CLOCK:
        return warn(check, shown, advice)
    return ok(check, "as the servers of the feeds have it")


async def ask_pages(settings: Settings) -> list[Finding]:
    """Whether the pages that mails link to are there, and ours."""
    check = "public URL"
    web = settings.web
    if web is None or web.public_url is None:
        return [
            warn(
                "one-click leaving",
                "not offered: there is no public_url",
                "readers leave by mail. Gmail and Yahoo ask those who send 5,000 mails a day for"
                " one click: set up [web], docs/web.md",
            )
        ]
    url = web.public_url
    found = [await _page(url, settings.title, check)]
    if urlsplit(url).scheme == "https":
        return [*found, ok("one-click leaving", "offered (https)")]
    return [
        *found,
        warn("one-click leaving", f"{url} is not https", "put a proxy with TLS before it"),
    ]


async def _page(url: str, title: str, check: str) -> Finding:
    advice = "is `digest run` at work, and does the proxy lead to `listen` of [web]? docs/web.md"
    timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(f"{url}/healthz", allow_redirects=False) as health,
            session.get(f"{url}/", allow_redirects=False) as page,
        ):
            text = (await page.content.read(_PAGE)).decode("utf-8", "replace")
            if health.status == 404 or page.status != 200:
                return bad(check, f"{url} answers {page.status}", advice)
            if health.status != 200:
                return bad(check, f"{url}/healthz answers {health.status}", "digest status")
    except TimeoutError:
        return bad(check, f"{url}: no answer within {ANSWER_WITHIN:.0f} s", advice)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return bad(check, f"{url}: {str(error) or type(error).__name__}", advice)
    if title in html.unescape(text):
        return ok(check, f"{url} shows our pages")
    return bad(check, f"{url} answers, but not with our pages", advice)
