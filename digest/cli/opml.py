"""`digest feeds import` and `export`: lists of feeds as OPML."""

import itertools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

import click

from digest.cli.output import show_rows
from digest.cli.project import Project, pass_project
from digest.cli.reload import say_taken_up
from digest.errors import DigestError

if TYPE_CHECKING:
    from digest.feeds.opml import OutlineList
    from digest.settings import Feed


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Only say what would be added.")
@pass_project
def import_(project: Project, *, file: "BinaryIO", dry_run: bool) -> None:
    """Append the feeds of an OPML FILE (`-` for stdin) to feeds.toml; those there are skipped."""
    from digest.config import append_feeds
    from digest.feeds.decode import decode
    from digest.feeds.fetch import FetchLimits
    from digest.feeds.opml import NotOpml, read_opml

    settings = project.settings()
    listed = read_opml(decode(file.read(FetchLimits().body_bytes)).text)
    if isinstance(listed, NotOpml):
        raise DigestError(f"{file.name}: no list of feeds in OPML: {listed.reason}")
    tables, rows = _take_up(listed, settings.feeds)
    show_rows(("what", "url", "why"), rows)
    odd = _oddities(listed)
    if tables and not dry_run:
        append_feeds(settings.project, tables)
    verb = "would be added" if dry_run else "added"
    click.echo(f"{len(tables)} of {len(listed.feeds)} feeds {verb}{odd}", err=True)
    if tables and not dry_run:
        click.echo(say_taken_up(project), err=True)


def _take_up(
    listed: "OutlineList", known: "Sequence[Feed]"
) -> tuple[list[dict[str, object]], list[tuple[str, str, str]]]:
    """The tables to append, and a row on each feed of the list."""
    from digest.tomladdresses import address_key, feed_id, feed_url

    there = {address_key(feed.url) for feed in known}
    seen: set[str] = set()
    ids = {str(feed.id) for feed in known}
    tables: list[dict[str, object]] = []
    rows = []
    for outline in listed.feeds:
        key = address_key(outline.url)
        if key in there or key in seen:
            why = "it is there already" if key in there else "the list has it twice"
            rows.append(("skipped", outline.url, why))
            continue
        seen.add(key)
        try:
            name = _free(feed_id(feed_url(outline.url)), ids)
        except ValueError as error:
            rows.append(("skipped", outline.url, f"not {error}"))
            continue
        ids.add(name)
        table = {
            "url": outline.url,
            "id": name,
            "title": outline.title,
            "lang": outline.lang if re.fullmatch("[a-z]{2}", outline.lang) else "en",
            "kind": outline.kind and str(outline.kind),
        }
        tables.append({key: value for key, value in table.items() if value})
        rows.append(("added", outline.url, name))
    return tables, rows


def _oddities(listed: "OutlineList") -> str:
    from digest.tomladdresses import address_key

    again = len(listed.feeds) - len({address_key(outline.url) for outline in listed.feeds})
    counts = {"named again": again, "without an address": listed.without_address}
    return "".join(f", {number} {what}" for what, number in counts.items() if number)


def _free(name: str, taken: set[str]) -> str:
    """This id, or the first one with a number that no feed has."""
    if name not in taken:
        return name
    return next(free for n in itertools.count(2) if (free := f"{name[:55]}-{n}") not in taken)


@click.command()
@pass_project
def export(project: Project) -> None:
    """Write the feeds of feeds.toml to stdout as OPML, for other readers."""
    from digest.feeds.opml import write_opml

    settings = project.settings()
    click.echo(write_opml(settings.feeds, settings.title, project.clock()()), nl=False)
