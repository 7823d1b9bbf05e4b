"""How results are shown: tables on a terminal, tab-separated lines in a pipe, JSON when asked.

Text that came from a feed may hold anything; control characters never reach a terminal.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from digest.issues.safe import plain as one_line

# Says how far long work has come: so many of so many, and a note on the last.
Advance = Callable[[int, int, str], None]


def plain(value: object) -> str:
    """A value as one line of text, without characters that control a terminal or pose."""
    return one_line(str(value))


def show_rows(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    as_json: bool = False,
    title: str | None = None,
) -> None:
    """Print rows: a table on a terminal, else one line a row; or a JSON list of objects."""
    if as_json:
        show_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(title=title, title_justify="left")
        for column in columns:
            table.add_column(column.replace("_", " "))
        for row in rows:
            table.add_row(*(Text(plain("" if cell is None else cell)) for cell in row))
        Console().print(table)
    else:
        for row in rows:
            click.echo("\t".join(plain("" if cell is None else cell) for cell in row))


def show_json(value: object) -> None:
    """Print one value as JSON that a person can read, too."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def show_json_lines(rows: Iterable[Any]) -> None:
    """Print one JSON object a line."""
    import json

    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False, default=str))


@contextmanager
def progress_bar(what: str) -> Iterator[Advance]:
    """A bar on stderr where that is a terminal; silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None, note="")

        def advance(done: int, total: int, note: str) -> None:
            progress.update(task, completed=done, total=total, note=plain(note)[:40])

        yield advance
