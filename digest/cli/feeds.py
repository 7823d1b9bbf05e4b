"""`digest feeds …`: the feeds of this project."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click

from digest.cli.group import Group
from digest.cli.opml import export, import_
from digest.cli.output import plain, progress_bar, show_json_lines, show_rows
from digest.cli.project import Project, pass_project
from digest.cli.reload import say_taken_up
from digest.errors import DigestError, UsageError
from digest.model import FeedKind

if TYPE_CHECKING:
    from datetime import datetime

    from digest.feeds.check import FeedCheck
    from digest.feeds.discover import NoSite
    from digest.feeds.fetch import Fetcher
    from digest.feeds.workers import ParserPool
    from digest.settings import Feed


@click.group(cls=Group)
def feeds() -> None:
    """Feeds: list, add, check, discover, import, export."""


@feeds.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def list_(project: Project, *, as_json: bool) -> None:
    """List feeds: how each is, when it is asked next and why then."""
    from digest.feeds.health import condition
    from digest.feeds.moves import explain_move
    from digest.feeds.politeness import explain_next
    from digest.model import PollState

    settings = project.settings()
    now = project.clock()()
    with project.store() as store:
        states, waits = store.feeds.states(), store.hosts.waits()
    rows = []
    for feed in settings.feeds:
        state = states.get(feed.id, PollState())
        row: dict[str, object] = {
            "id": feed.id,
            "state": condition(state, now) if feed.enabled else "off",
            "last_success": _minute(state.last_success),
            "last_news": _minute(state.last_news),
            "next": explain_next(feed, state, waits, settings.fetch, now),
            "error": state.error,
            "note": explain_move(state),
            "url": feed.url,
        }
        if as_json:
            row |= {
                "lang": feed.lang,
                "kind": str(feed.kind),
                "next_poll": _minute(state.next_poll),
                "failures": state.failures,
                "moved_to": state.moved_to,
            }
        rows.append(row)
    columns = tuple(rows[0]) if rows else ()
    cut, spare = {"error": 20, "note": 20}, ("url", "last_news", "last_success", "note")
    cells = [tuple(row.values()) for row in rows]
    show_rows(columns, cells, as_json=as_json, cut=cut, spare=spare)


def _minute(moment: "datetime | None") -> str | None:
    return None if moment is None else moment.isoformat(timespec="minutes")


@feeds.command()
@click.argument("url")
@click.option("--id", "name", metavar="ID", help="Default: made from the URL.")
@click.option("--title", help="What readers see. Default: what the feed says.")
@click.option("--lang", help="Such as en or ja. Default: what the feed says, or en.")
@click.option(
    "--kind",
    type=click.Choice([str(kind) for kind in FeedKind]),
    default="trade",
    show_default=True,
    help="What sort of publisher stands behind it.",
)
@click.option(
    "--weight",
    type=click.FloatRange(0, 10, min_open=True),
    default=1,
    show_default=True,
    help="How much a report there counts.",
)
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
    from digest.config import append_feeds
    from digest.feeds.plaintext import visible
    from digest.tomladdresses import feed_id, feed_url
    from digest.tomlvalues import one_line

    settings = project.settings()
    _refuse_known(url, name, settings.feeds)
    try:
        known_as = name or feed_id(feed_url(url))
    except ValueError as error:
        raise UsageError(f"{url}: not {error}") from error
    try:
        title = title and one_line(title)
    except ValueError as error:
        raise UsageError(f"--title: {error}") from error
    if not unchecked:
        seen = asyncio.run(_check(project, [url]))[0]
        if seen.error is not None:
            for advice in seen.advice:
                click.echo(f"note: {plain(advice)}", err=True)
            raise UsageError(f"{url}: {plain(seen.error)}; --unchecked adds it all the same")
        title = title or visible(seen.title)
        lang = lang or (seen.lang[:2] if seen.lang else None)
    table = {
        "url": url,
        "id": known_as,
        "title": title,
        "lang": lang or "en",
        "kind": kind,
        "weight": weight,
    }
    given = {key: value for key, value in table.items() if value is not None}
    append_feeds(settings.project, [given])
    click.echo(f"added {table['id']}; {say_taken_up(project)}")


def _refuse_known(url: str, name: str | None, known: "Sequence[Feed]") -> None:
    """Raises UsageError if a feed has this URL or this id already."""
    from digest.tomladdresses import address_key

    for feed in known:
        if address_key(feed.url) == address_key(url):
            raise UsageError(f"nothing added: feed {feed.id} has this URL")
        if feed.id == name:
            raise UsageError(f"nothing added: {name} is the id of {feed.url}")


@asynccontextmanager
async def _looking(project: Project) -> "AsyncIterator[tuple[Fetcher, ParserPool]]":
    """What it takes to look at a feed, as the service would."""
    from digest.app.feeds import user_agent
    from digest.feeds.fetch import Fetcher
    from digest.feeds.workers import ParserPool

    settings = project.settings(needed=False)
    async with (
        Fetcher(settings.fetch, user_agent(settings), clock=project.clock()) as fetcher,
        ParserPool() as parser,
    ):
        yield fetcher, parser


async def _check(project: Project, sources: Sequence[str], base_url: str = "") -> "list[FeedCheck]":
    from digest.feeds.check import check as look

    now = project.clock()()
    async with _looking(project) as (fetcher, parser):
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
    from digest.tomladdresses import feed_url

    try:
        base_url = base_url and feed_url(base_url)
    except ValueError as error:
        raise UsageError(f"--base-url {base_url}: not {error}") from error
    found = asyncio.run(_check(project, sources, base_url))
    if jsonl:
        show_json_lines(one.as_row() for one in found)
    else:
        for one in found:
            for line in one.lines():
                click.echo(plain(line))
    if any(one.error is not None for one in found):
        raise click.exceptions.Exit(1)


@feeds.command()
@click.argument("site")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def discover(project: Project, *, site: str, as_json: bool) -> None:
    """Find the feeds of a web SITE, such as response.jp."""
    from digest.feeds.discover import NoSite

    with progress_bar("looking") as advance:
        found = asyncio.run(_discover(project, site, advance))
    if isinstance(found, NoSite):
        raise DigestError(f"{site}: {found.reason}")
    if not found:
        raise DigestError(f"{site}: no feed was found; if you know its address, `digest feeds add`")
    columns = ("url", "format", "lang", "entries", "newest", "title")
    rows = [
        (
            feed.url,
            feed.format,
            feed.lang,
            len(feed.entries),
            max((e.published.date().isoformat() for e in feed.entries if e.dated), default=None),
            feed.title,
        )
        for feed in found
    ]
    show_rows(columns, rows, as_json=as_json)
    if not as_json:
        click.echo("`digest feeds add URL` takes one up", err=True)


async def _discover(
    project: Project, site: str, advance: "Callable[[int, int, str], None]"
) -> "list[FeedCheck] | NoSite":
    from digest.feeds.discover import discover as look

    async with _looking(project) as (fetcher, parser):
        now = project.clock()()
        return await look(site, fetcher=fetcher, parser=parser, now=now, progress=advance)


feeds.add_command(import_)
feeds.add_command(export)
