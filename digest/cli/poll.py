"""`digest poll`: one round of the service, now."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from digest.cli import completing
from digest.cli.output import progress_bar
from digest.cli.project import Project, pass_project
from digest.cli.waiting import here_or_there
from digest.english import counted
from digest.errors import DigestError

if TYPE_CHECKING:
    from digest.app import App
    from digest.app.feeds import Round
    from digest.feeds.summary import FeedPolled
    from digest.mail.outbox import DrainSummary
    from digest.settings import Feed

PATIENCE = timedelta(minutes=1)  # with channels that are slow to take what waits for them


@click.command()
@click.option(
    "--feed",
    shell_complete=completing.feeds,
    metavar="ID",
    help="Only this feed, even if it is not enabled.",
)
@click.option("--force", is_flag=True, help="Ask even feeds that are not due yet.")
@pass_project
def poll(project: Project, *, feed: str | None, force: bool) -> None:
    """Ask the feeds that are due, and make stories of what is new.

    While the service runs it does this for you; the command then asks it and waits.
    """

    def here(app: "App") -> str:
        feeds = app.feeds.named([feed] if feed else [])
        asked: list[FeedPolled] = []
        with progress_bar("polling") as advance:

            def polled(one: "FeedPolled") -> None:
                asked.append(one)
                advance(len(asked), len(feeds), one.feed)

            async def one_round() -> "tuple[Round, DrainSummary | None]":
                outcome = await app.feeds.round(feeds, force=force, progress=polled)
                queued = await app.db(app.alerts.mail)
                sent = await app.mail.drain() if queued else None
                await app.alerts.give()
                await app.alerts.stop_giving(PATIENCE)
                return outcome, sent

            outcome, sent = asyncio.run(one_round())
        if feed and not asked:
            return f"{feed}: not asked now ({_when(app, feeds[0])}); --force asks it all the same"
        if asked and all(one.error is not None for one in asked):
            raise DigestError(f"no feed could be read: {outcome.describe()}")
        return outcome.describe() + _told(sent)

    arguments = ({"feed": feed} if feed else {}) | ({"force": "yes"} if force else {})
    with project.app() as app:
        click.echo(here_or_there(app, "poll", arguments, here))


def _told(sent: "DrainSummary | None") -> str:
    """What became of the alerts that were mailed."""
    if sent is None:
        return ""
    trouble = "" if sent.problem is None else f", and then no more: {sent.problem}"
    return f"; {counted(sent.sent, 'mail')} of what cannot wait{trouble}"


def _when(app: "App", feed: "Feed") -> str:
    from dataclasses import replace

    from digest.feeds.politeness import explain_next
    from digest.model import PollState

    state = app.store.feeds.states().get(feed.id, PollState())
    waits = app.store.hosts.waits()
    wanted = replace(feed, enabled=True)  # a feed that is named is asked all the same
    return explain_next(wanted, state, waits, app.settings.fetch, app.clock())
