"""`digest subscribers import` and `export`: whole lists of readers, from and to files."""

from pathlib import Path

import click

from digest.cli.output import show_json
from digest.cli.project import Project, pass_project
from digest.errors import UsageError


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--yes", is_flag=True, help="Do it. Without this, only say what would happen.")
@click.option(
    "--status",
    type=click.Choice(["pending", "active"]),
    default="pending",
    show_default=True,
    help="Of rows that say none.",
)
@click.option("--consent", metavar="TEXT", help="When, where and to what they agreed.")
@click.option(
    "--per-hour",
    type=click.IntRange(1, 1000),
    default=100,
    show_default=True,
    help="So many letters that ask people to confirm leave in an hour.",
)
@pass_project
def import_(
    project: Project, *, file: Path, yes: bool, status: str, consent: str | None, per_hour: int
) -> None:
    """Import readers from FILE (.csv or .toml); first without --yes, to see what would happen.

    A .csv has commas, semicolons or tabs, and is in UTF-8, UTF-16 or Shift_JIS, as spreadsheets
    write them. Columns: email, name, language, rhythm, companies, topics, status, consent_at,
    consent_how, consent_text, alerts, rules, paused_until, muted_until; only email is needed.
    Companies and topics may have any of their names. Who is pending is
    asked; the others are recorded as they stood elsewhere (active, paused, suspended, left).
    Nobody who left or was erased here comes back.
    """
    from digest.model import Choice, Preferences, Status
    from digest.subscribers.importing import Defaults, decoded, read_csv, read_toml
    from digest.subscribers.intake import import_rows

    if (status == "active") != (consent is not None):
        raise UsageError("--status active and --consent TEXT go together")
    with project.app() as app:
        try:
            text = decoded(file.read_bytes())
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
        report = import_rows(
            app.desk, rows, app.clock(), defaults=defaults, dry_run=not yes, per_hour=per_hour
        )
    for bad in report.bad:
        click.echo(f"{file}:{bad.line}: {bad.reason}", err=True)
    done = "" if yes else "would be "
    click.echo(
        f"{len(report.recorded)} {done}recorded, {len(report.asked)} {done}asked to confirm, "
        f"{len(report.known)} known already, {len(report.bad)} bad rows left out"
    )
    if not yes:
        click.echo("nothing was changed; --yes does it")
    elif len(report.asked) > per_hour:
        click.echo(f"the letters that ask leave at {per_hour} an hour")


@click.command()
@click.argument("address", required=False)
@click.option(
    "--format", "kind", type=click.Choice(["csv", "toml"]), default="csv", help="Of the list."
)
@pass_project
def export(project: Project, *, address: str | None, kind: str) -> None:
    """Write all readers to stdout, as `import` reads them.

    With ADDRESS: all that is kept of that person, as JSON, which they have a right to.
    """
    from digest.subscribers.exporting import to_csv, to_tables

    if address is not None:
        _export_person(project, address)
        return
    with project.store() as store:
        readers = store.subscribers.all()
    if kind == "csv":
        click.echo(to_csv(readers), nl=False)
    else:
        import tomli_w

        click.echo(tomli_w.dumps(to_tables(readers), multiline_strings=False), nl=False)


def _export_person(project: Project, address: str) -> None:
    from digest.subscribers.exporting import person

    with project.app(changes=False) as app:
        try:
            reader, record = app.desk.record_of(address)
        except ValueError as error:
            raise UsageError(str(error)) from error
    if reader is None and record.is_empty:
        raise UsageError(f"nothing is kept of {address}")
    show_json(person(address, reader, record))
