"""`digest subscribers …`: readers, by the operator's hand."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from digest.cli import completing
from digest.cli.group import Group
from digest.cli.output import show_json, show_rows
from digest.cli.project import Project, pass_project
from digest.cli.rosters import export, import_
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from digest.app import App
    from digest.model import Wish


@click.group(cls=Group)
def subscribers() -> None:
    """Readers: add, list, show, pause, resume, remove, import, export, erase, stats."""


@subscribers.command()
@click.argument("address")
@click.option("--name", default="", help="As they want to be called.")
@click.option("--language", type=click.Choice(["en", "ja"]), help="Default: the project's.")
@click.option("--rhythm", help="An edition. Default: the first one.")
@click.option(
    "--company",
    "companies",
    shell_complete=completing.companies,
    multiple=True,
    metavar="ID",
    help="Only these companies.",
)
@click.option(
    "--topic",
    "topics",
    shell_complete=completing.topics,
    multiple=True,
    metavar="ID",
    help="Only these topics.",
)
@click.option("--active", is_flag=True, help="They have agreed elsewhere; needs --consent.")
@click.option("--consent", metavar="TEXT", help="When, where and to what they agreed.")
@pass_project
def add(  # one parameter an option
    project: Project,
    *,
    address: str,
    name: str,
    language: str | None,
    rhythm: str | None,
    companies: tuple[str, ...],
    topics: tuple[str, ...],
    active: bool,
    consent: str | None,
) -> None:
    """Ask ADDRESS by mail whether they want to subscribe.

    With --active and --consent nobody is asked: you record a consent that was given elsewhere.
    """
    from digest.model import Consent
    from digest.subscribers.desk import Asked, AskedAlready, Joined, KnownAlready, Refused
    from digest.subscribers.questions import ByOperator

    if active != (consent is not None):
        raise UsageError("--active and --consent TEXT go together: we keep why we may write")
    with project.app() as app:
        now = app.clock()
        preferences = app.desk.preferences(
            language=language or app.settings.language,
            rhythm=rhythm or app.edition(None).name,
            companies=companies,
            topics=topics,
        )
        answer: Asked | AskedAlready | Joined | KnownAlready | Refused
        try:
            if consent is None:
                answer = app.desk.subscribe(
                    address, now, name=name, preferences=preferences, asker=ByOperator()
                )
            else:
                given = Consent(at=now, how="recorded by the operator", words=consent)
                answer = app.desk.record(
                    address, now, consent=given, name=name, preferences=preferences
                )
        except ValueError as error:
            raise UsageError(str(error)) from error
    match answer:
        case Asked():
            click.echo(f"{address}: a mail that asks them to confirm is queued")
        case AskedAlready():
            click.echo(f"{address}: was asked not long ago, so no mail was queued; try tomorrow")
        case Joined():
            click.echo(f"{address}: subscribes now")
        case KnownAlready(subscriber):
            click.echo(f"{address}: is known already ({subscriber.status}); nothing was changed")
        case Refused(reason):
            raise DigestError(f"{address}: {reason}")


@subscribers.command("list")
@click.option("--status", "wanted", metavar="STATUS", help="Such as active or pending.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def list_(project: Project, *, wanted: str | None, as_json: bool) -> None:
    """List readers."""
    from digest.model import Status

    if wanted is not None and wanted not in set(Status):
        raise UsageError(f"{wanted!r} is no status; there are: {', '.join(Status)}")
    columns = ("address", "name", "status", "language", "rhythm", "companies", "topics", "since")
    with project.store() as store:
        found = store.subscribers.all(None if wanted is None else Status(wanted))
    rows = [
        (
            reader.address,
            reader.name,
            str(reader.status),
            reader.preferences.choice.language,
            reader.preferences.rhythm,
            ",".join(sorted(reader.preferences.choice.companies)),
            ",".join(sorted(reader.preferences.choice.topics)),
            reader.created_at.date().isoformat(),
        )
        for reader in found
    ]
    spare = ("topics", "companies", "since", "language", "name")
    show_rows(columns, rows, as_json=as_json, cut={"companies": 16, "topics": 16}, spare=spare)


@subscribers.command()
@click.argument("address")
@pass_project
def show(project: Project, address: str) -> None:
    """Show one reader, with the consent that we keep."""
    from digest.model import wish_of
    from digest.subscribers.addresses import address_key

    try:
        key = address_key(address)
    except ValueError as error:
        raise UsageError(str(error)) from error
    with project.store() as store:
        reader = store.subscribers.by_key(key)
    if reader is None:
        raise UsageError(f"{address} does not subscribe")
    consent = reader.consent
    choice = reader.preferences.choice
    muted = reader.muted_until
    silent = "" if muted is None else f", silent until {muted.isoformat()}"
    until = "" if reader.paused_until is None else f" until {reader.paused_until.isoformat()}"
    rows = [
        ("address", reader.address),
        ("name", reader.name),
        ("status", f"{reader.status}{until}"),
        ("language", choice.language),
        ("rhythm", reader.preferences.rhythm),
        ("companies", ", ".join(sorted(choice.companies)) or "all"),
        ("topics", ", ".join(sorted(choice.topics)) or "all"),
        ("alerts", f"{wish_of(reader.preferences)}{silent}"),
        *(("rule", rule) for rule in reader.preferences.rules),
        ("since", reader.created_at.isoformat()),
        ("consent", f"{consent.at.isoformat()} {consent.how}: {consent.words}" if consent else "-"),
    ]
    show_rows(("what", "how"), rows)


@subscribers.command()
@click.argument("address")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Default: until resumed."
)
@pass_project
def pause(project: Project, *, address: str, until: datetime | None) -> None:
    """Send a reader nothing until DATE (YYYY-MM-DD, in the list's zone); then again by itself."""
    from digest.model import Wish, WishKind

    with project.app() as app:
        end = None if until is None else until.replace(tzinfo=app.settings.zone)
        if end is not None and end <= app.clock():
            raise UsageError(f"{end.date()} is over")
        _obey(app, address, Wish(kind=WishKind.PAUSE, until=end))
    click.echo(f"{address}: gets nothing {f'until {end.date()}' if end else 'until resumed'}")


@subscribers.command()
@click.argument("address")
@pass_project
def resume(project: Project, address: str) -> None:
    """End a reader's pause."""
    from digest.model import Wish, WishKind

    with project.app() as app:
        _obey(app, address, Wish(kind=WishKind.RESUME))
    click.echo(f"{address}: gets mail again")


def _obey(app: "App", address: str, wish: "Wish") -> None:
    """Do what the operator wishes for a reader. Raises UsageError where that cannot be."""
    from digest.subscribers.addresses import address_key

    try:
        reader = app.store.subscribers.by_key(address_key(address))
    except ValueError as error:
        raise UsageError(str(error)) from error
    if reader is None:
        raise UsageError(f"{address} does not subscribe")
    if app.desk.obey(reader, wish, app.clock()) is None:
        raise UsageError(f"{address} is {reader.status}: that cannot be paused or resumed")


@subscribers.command()
@click.argument("address")
@pass_project
def remove(project: Project, address: str) -> None:
    """End a reader's subscription, as they could themselves. No import brings them back.

    What is kept of them goes by itself after some weeks; `erase` does it now.
    """
    with project.app() as app:
        try:
            left = app.desk.remove(address, app.clock())
        except ValueError as error:
            raise UsageError(str(error)) from error
    if left is None:
        raise UsageError(f"{address} does not subscribe")
    click.echo(f"{address}: gets nothing any more")


@subscribers.command()
@click.argument("address")
@pass_project
def erase(project: Project, address: str) -> None:
    """Forget a person, and say what went. Only they themselves can come back.

    Erased are the address, name, choice and consent, the letters to them, and of each issue they
    were sent the address and what servers answered, so that `digest prove` cannot tell it any more;
    and their mail in our own Maildirs. What waits for them is not sent. There stays a keyed hash of
    the address, by which imports know it, and a row without any of that for each message that may
    have left. Backups and mail servers are not touched.
    """
    from digest.english import counted

    with project.app() as app:
        try:
            erased, copies = app.readers.erase(address)
        except ValueError as error:
            raise UsageError(str(error)) from error
    if erased is None and not copies:
        raise UsageError(f"nothing is kept of {address}")
    if erased is not None:
        click.echo(f"{address}: erased; a keyed hash of the address stays")
        click.echo(f"{counted(erased.letters, 'letter')} that had not left")
        messages = counted(erased.messages, "message")
        click.echo(f"address and words of {messages} that may have left")
        click.echo(f"{counted(erased.attempts, 'answer')} of servers")
        click.echo(f"the words of {counted(erased.bounces, 'report')} of returned mail")
    click.echo(f"{counted(copies, 'copy', 'copies')} in our Maildirs")


@subscribers.command()
@click.option("--weeks", type=click.IntRange(1, 520), default=12, help="So many, this one last.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def stats(project: Project, *, weeks: int, as_json: bool) -> None:
    """Show how many readers joined, left and bounced in each week, with a plot on a terminal."""
    from digest.model import Status
    from digest.subscribers import turnover

    zone, now = project.settings().zone, project.clock()()
    start = turnover.first_monday(now, weeks, zone)
    with project.store() as store:
        counts, moves = store.subscribers.count(), store.moves.since(start)
    readers = counts.get(Status.ACTIVE, 0) + counts.get(Status.PAUSED, 0)
    told = turnover.by_week(moves, readers, start, weeks)
    columns = ("week_of", "asked", "joined", "left", "bounced", "readers")
    rows: list[tuple[object, ...]] = [
        (week.monday.isoformat(), week.asked, week.joined, week.left, week.bounced, week.readers)
        for week in told
    ]
    if as_json:
        show_json(
            {
                "now": {str(status): counts.get(status, 0) for status in Status},
                "weeks": [dict(zip(columns, row, strict=True)) for row in rows],
            }
        )
    elif sys.stdout.isatty():
        plotted = [(*row, bar) for row, bar in zip(rows, turnover.bars(told), strict=True)]
        show_rows((*columns, "█ joined ░ left, bounced"), plotted)
        click.echo(f"readers {turnover.curve(told)}")
        click.echo(", ".join(f"{counts[each]} {each}" for each in Status if counts.get(each)))
    else:
        show_rows(columns, rows)


subscribers.add_command(import_)
subscribers.add_command(export)
