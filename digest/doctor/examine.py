"""Looks at everything, in the order in which a person would mend it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from digest import clock
from digest.app.check import check_all
from digest.app.feeds import user_agent
from digest.config import load
from digest.doctor import here, names, post, web
from digest.doctor.finding import Finding, bad, ok, warn
from digest.english import counted
from digest.errors import ConfigError, StoreError
from digest.feeds.fetch import Fetcher
from digest.model import FeedId, PollState
from digest.settings import Settings
from digest.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be looked at."""

    offline: bool = False  # nobody is asked
    mail: bool = False  # a test mail is sent to the operator
    selectors: Sequence[str] = ()  # of DKIM
    resolver: names.Names | None = None  # None: this machine's
    trust: post.Trust = field(default_factory=post.Trust)


async def examine(
    project: Path, environment: Mapping[str, str], wanted: Wanted
) -> AsyncIterator[Finding]:
    """Every finding as it is made. Nothing waits for ever, and nothing is changed."""
    settings, told = _configured(project, environment)
    vouched = settings is not None and settings.network_state
    for finding in [*told, *here.examine(project, environment, network_state=vouched)]:
        yield finding
    if settings is None:
        return
    for finding in await post.examine_incoming(
        settings.inbox, wanted.trust, offline=wanted.offline
    ):
        yield finding
    if wanted.offline:
        return
    async for finding in _outside(settings, wanted):
        yield finding


def _configured(
    project: Path, environment: Mapping[str, str]
) -> tuple[Settings | None, list[Finding]]:
    """The settings, None where they are wrong, and what is to be said of them."""
    found = [
        bad("configuration", str(problem), "mend it; `digest check` looks again")
        for problem in sorted(check_all(project, environment), key=lambda one: one.line or 0)
    ]
    try:
        settings = load(project, environment)
    except ConfigError:
        return None, found
    if not found:
        enabled = sum(feed.enabled for feed in settings.feeds)
        found.append(
            ok("configuration", f"{counted(enabled, 'feed')} enabled; {settings.zone.key}")
        )
    if settings.operator is None:
        found.append(
            warn("operator", "nobody is told of trouble", "set address in [operator], to get mail")
        )
    return settings, found


async def _outside(settings: Settings, wanted: Wanted) -> AsyncIterator[Finding]:
    """What only others can tell."""
    states, waits, secret = _known(settings)
    feeds = web.some_of(settings.feeds, states, waits, clock.machine())
    async with Fetcher(settings.fetch, user_agent(settings)) as fetcher:
        for finding in await web.ask_feeds(feeds, fetcher):
            yield finding
    test = (secret, clock.machine()) if wanted.mail and secret else None
    if wanted.mail and test is None:
        yield bad("test mail", "not sent: the state cannot be read", "mend the database first")
    for finding in await post.examine_outgoing(settings, wanted.trust, test):
        yield finding
    for finding in await web.ask_pages(settings):
        yield finding
    if settings.mail.server is None:
        return  # what is not sent needs no records
    try:
        resolver = wanted.resolver or names.Names.of_this_machine()
    except names.NoAnswerError as error:
        yield bad("name servers", str(error), "look at /etc/resolv.conf")
        return
    for finding in await names.examine(settings, resolver, wanted.selectors):
        yield finding


def _known(settings: Settings) -> tuple[Mapping[FeedId, PollState], Mapping[str, datetime], bytes]:
    """What polling has learnt; nothing where the state cannot be read, which is told elsewhere."""
    try:
        with Store.open_to_read(settings.state) as store:
            return store.feeds.states(), store.hosts.waits(), store.secret()
    except StoreError:
        return {}, {}, b""
