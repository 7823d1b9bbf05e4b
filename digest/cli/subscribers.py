"""`digest subscribers …`: readers, by the operator's hand."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.output import show_rows
from digest.cli.project import Project, pass_project
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from digest.app import App
    from digest.model import Wish


@click.group()
def subscribers() -> None:
    """Readers: add, list, show, pause, resume, remove, import."""


@subscribers.command()
@click.argument("address")
@click.option("--name", default="")
@click.option("--language", type=click.Choice(["en", "ja"]), help="Default: the project's.")
@click.option("--rhythm", help="An edition. Default: the first one.")
@click.option("--company", "companies", multiple=True, metavar="ID", help="Only these companies.")
@click.option("--topic", "topics", multiple=True, metavar="ID", help="Only these topics.")
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
    from digest.subscribers.desk import Asked, AskedAlready, Asker, Joined, KnownAlready, Refused

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
                    address, now, name=name, preferences=preferences, asker=Asker.OPERATOR
                )
            else:
                given = Consent(at=now, how="recorded by the operator", words=consent)
                answer = app.desk.add_active(
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
    show_rows(columns, rows, as_json=as_json)


@subscribers.command()
@click.argument("address")
@pass_project
def show(project: Project, address: str) -> None:
    """Show one reader, with the consent that we keep."""
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
    until = "" if reader.paused_until is None else f" until {reader.paused_until.isoformat()}"
    rows = [
        ("address", reader.address),
        ("name", reader.name),
        ("status", f"{reader.status}{until}"),
        ("language", choice.language),
        ("rhythm", reader.preferences.rhythm),
        ("companies", ", ".join(sorted(choice.companies)) or "all"),
        ("topics", ", ".join(sorted(choice.topics)) or "all"),
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
    """End a reader's subscription and erase them. No import brings them back, only they themselves.

    Erased are the address, name, choice and consent, the letters to them, and of each issue they
    were sent the address and what servers answered, so that `digest prove` cannot tell it any more.
    What waits for them is not sent. There stays a keyed hash of the address, by which imports know
    it, and a row without any of that for each message that may have left.
    """
    with project.app() as app:
        try:
            known = app.desk.remove(address, app.clock())
        except ValueError as error:
            raise UsageError(str(error)) from error
    if not known:
        raise UsageError(f"{address} does not subscribe")
    click.echo(f"{address}: gets nothing any more")


@subscribers.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--yes", is_flag=True, help="Do it. Without this, only say what would happen.")
@click.option("--status", type=click.Choice(["pending", "active"]), default="pending")
@click.option("--consent", metavar="TEXT", help="When, where and to what they agreed.")
@pass_project
def import_(project: Project, *, file: Path, yes: bool, status: str, consent: str | None) -> None:
    """Import readers from FILE (.csv or .toml); first without --yes, to see what would happen.

    Columns: email, name, language, rhythm, companies, topics, status, consent_at, consent_how,
    consent_text; only email is needed. Nobody who left or was removed comes back.
    """
    from digest.model import Choice, Preferences, Status
    from digest.subscribers.importing import Defaults, read_csv, read_toml
    from digest.subscribers.intake import import_rows

    if (status == "active") != (consent is not None):
        raise UsageError("--status active and --consent TEXT go together")
    with project.app() as app:
        try:
            text = file.read_text(encoding="utf-8-sig")
            rows = read_toml(text) if file.suffix == ".toml" else read_csv(text)
        except (ValueError, OSError) as error:
            raise UsageError(f"{file}: {error}") from error
        defaults = Defaults(
            preferences=Preferences(
                choice=Choice(language=app.settings.language), rhythm=app.edition(None).name
            ),
            status=Status(status),
            consent_words=consent,
        )
        report = import_rows(app.desk, rows, app.clock(), defaults=defaults, dry_run=not yes)
    for bad in report.bad:
        click.echo(f"{file}:{bad.line}: {bad.reason}", err=True)
    done = "" if yes else "would be "
    click.echo(
        f"{len(report.active)} {done}subscribed, {len(report.asked)} {done}asked to confirm, "
        f"{len(report.known)} known already, {len(report.bad)} bad rows left out"
    )
    if not yes:
        click.echo("nothing was changed; --yes does it")
