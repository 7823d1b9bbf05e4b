"""`digest feeds …`: the feeds of this project."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from digest.cli.output import plain, show_json_lines, show_rows
from digest.cli.project import Project, log_to_stderr, pass_project
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.feeds.check import FeedCheck
    from digest.model import PollState


@click.group()
def feeds() -> None:
    """Feeds: list, add, check."""


@feeds.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def list_(project: Project, *, as_json: bool) -> None:
    """List feeds with what the last polls taught us."""
    from digest.model import PollState

    settings = project.settings()
    with project.store() as store:
        states = store.feeds.states()
    rows = []
    for feed in settings.feeds:
        state = states.get(feed.id, PollState())
        rows.append(
            (
                feed.id,
                _state(enabled=feed.enabled, state=state),
                feed.lang,
                str(feed.kind),
                state.last_success and state.last_success.isoformat(timespec="minutes"),
                state.next_poll and state.next_poll.isoformat(timespec="minutes"),
                state.error,
                feed.url,
            )
        )
    columns = ("id", "state", "lang", "kind", "last_success", "next_poll", "error", "url")
    show_rows(columns, rows, as_json=as_json)


def _state(*, enabled: bool, state: "PollState") -> str:
    if not enabled:
        return "off"
    if state.retired:
        return "gone"
    if state.error:
        return "broken"
    return "ok" if state.last_success else "new"


@feeds.command()
@click.argument("url")
@click.option("--id", "name", metavar="ID", help="Default: made from the URL.")
@click.option("--title", help="What readers see. Default: what the feed says.")
@click.option("--lang", help="Such as en or ja. Default: what the feed says, or en.")
@click.option("--kind", default="trade", show_default=True)
@click.option("--weight", type=float, default=1.0, show_default=True)
@click.option("--unchecked", is_flag=True, help="Do not ask the feed first.")
@pass_project
def add(  # one parameter an option
    project: Project,
    *,
    url: str,
    name: str | None,
    title: str | None,
    lang: str | None,
    kind: str,
    weight: float,
    unchecked: bool,
) -> None:
    """Check the feed at URL and append it to feeds.toml, which is otherwise left as it is."""
    from digest.config import append_feed
    from digest.feedstoml import feed_id

    log_to_stderr()
    settings = project.settings()
    try:
        known_as = name or feed_id(url)
    except ValueError as error:
        raise UsageError(f"{url}: {error}") from error
    if not unchecked:
        seen = asyncio.run(_check(project, [url]))[0]
        if seen.error is not None:
            raise UsageError(f"{url}: {seen.error}; --unchecked adds it all the same")
        title = title or seen.title
        lang = lang or (seen.lang[:2] if seen.lang else None)
    table = {
        "url": url,
        "id": known_as,
        "title": title,
        "lang": lang or "en",
        "kind": kind,
        "weight": weight,
    }
    append_feed(settings.project, {key: value for key, value in table.items() if value is not None})
    click.echo(f"added {table['id']}; the service takes it up at its next start")


async def _check(project: Project, sources: Sequence[str], base_url: str = "") -> "list[FeedCheck]":
    from digest.app import user_agent
    from digest.feeds.check import check as look
    from digest.feeds.fetch import Fetcher
    from digest.feeds.workers import ParserPool

    settings = project.settings(needed=False)
    now = project.clock()()
    async with (
        Fetcher(settings.fetch, user_agent(settings)) as fetcher,
        ParserPool() as parser,
    ):
        return [
            await look(source, fetcher=fetcher, parser=parser, now=now, base_url=base_url)
            for source in sources
        ]


@feeds.command()
@click.argument("sources", nargs=-1, required=True)
@click.option("--jsonl", is_flag=True, help="One JSON object a source, with its entries.")
@click.option("--base-url", default="", help="Where a file comes from, for its relative links.")
@pass_project
def check(project: Project, *, sources: tuple[str, ...], jsonl: bool, base_url: str) -> None:
    """Say what is seen at each of SOURCES: URLs, files, or `-` for stdin."""
    log_to_stderr()
    found = asyncio.run(_check(project, sources, base_url))
    if jsonl:
        show_json_lines(one.as_row() for one in found)
    else:
        for one in found:
            for line in one.lines():
                click.echo(plain(line))
    if any(one.error is not None for one in found):
        raise click.exceptions.Exit(1)
