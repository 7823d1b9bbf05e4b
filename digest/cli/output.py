"""How results are shown: tables on a terminal, tab-separated lines in a pipe, JSON when asked.

Text that came from a feed may hold anything; control characters never reach a terminal.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from digest.errors import DigestError
from digest.issues.safe import plain as one_line

_TEXT_WIDTH = 24  # columns of a terminal: no Japanese text is broken into shorter lines
_LIST = re.compile(r"(?<=[a-z_]),(?=[a-z_])")  # of ids

# Says how far long work has come: so many of so many, and a note on the last.
Advance = Callable[[int, int, str], None]


def plain(value: object) -> str:
    """A value as one line of text, without characters that control a terminal or pose."""
    return one_line(str(value))


def screen_width() -> int:
    """The columns that text for a person may take: those of the terminal, at most 80."""
    return max(20, min(80, shutil.get_terminal_size().columns))


def show_rows(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    as_json: bool = False,
    title: str | None = None,
) -> None:
    """Print rows: for a person on a terminal, else one line a row; or a JSON list of objects."""
    if as_json:
        show_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif sys.stdout.isatty():
        cells = [[plain("" if cell is None else cell) for cell in row] for row in rows]
        _show_to_a_person(columns, cells, title)
    else:
        for row in rows:
            click.echo("\t".join(plain("" if cell is None else cell) for cell in row))


def _show_to_a_person(
    columns: Sequence[str], rows: Sequence[Sequence[str]], title: str | None
) -> None:
    """A table without empty columns; on a terminal too narrow for it each row is a paragraph.

    Lines are broken between words only: a name that is cut off cannot be typed again.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not rows:
        click.echo("nothing to show", err=True)
        return
    used = [n for n in range(len(columns)) if any(row[n] for row in rows)]
    names = [columns[n].replace("_", " ") for n in used]
    cells = [[_LIST.sub(lambda found: f"{found[0]} ", row[n]) for n in used] for row in rows]
    console = Console(highlight=False)
    room = console.width - 3 * len(names) - 1  # that the lines between the columns leave
    widths = _widths(
        [[name, *each] for name, each in zip(names, zip(*cells, strict=True), strict=True)], room
    )
    if widths is None:
        _show_paragraphs(names, cells)
        return
    table = Table(title=title, title_justify="left")
    for name, taken in zip(names, widths, strict=True):
        table.add_column(name, width=taken, overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))
    console.print(table)


def _widths(columns: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """How wide each column of texts may be, together `room`; None if that breaks a word."""
    from digest.issues.widths import width

    widths = [max(map(_narrowest, texts)) for texts in columns]
    room -= sum(widths)
    if room < 0:
        return None
    wanted = [max(map(width, texts)) - w for texts, w in zip(columns, widths, strict=True)]
    by_wish = sorted(range(len(columns)), key=wanted.__getitem__)
    for place, number in enumerate(by_wish):  # who wants least gets it, and leaves more to others
        given = min(wanted[number], room // (len(by_wish) - place))
        widths[number] += given
        room -= given
    return widths


def _narrowest(text: str) -> int:
    """The columns that the widest word takes; one that is no ASCII may be Japanese, and break."""
    from digest.issues.widths import width

    words = text.split() or [""]
    return max(len(word) if word.isascii() else min(width(word), _TEXT_WIDTH) for word in words)


def _show_paragraphs(names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    label = max(map(len, names)) + 2
    for row in rows:
        for name, cell in zip(names, row, strict=True):
            if cell:
                click.echo(f"{name:{label}}{cell}")
        click.echo()


def show_json(value: object) -> None:
    """Print one value as JSON that a person can read, too."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def show_json_lines(rows: Iterable[Any]) -> None:
    """Print one JSON object a line."""
    import json

    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False, default=str))


def write_whole(file: Path, contents: bytes, mode: int = 0o666) -> None:
    """Write a file whole or not at all; what the mode allows, the umask may take away.

    Raises DigestError where it cannot be written.
    """
    target = file.resolve()  # a link stays a link
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        made = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, mode)
        with os.fdopen(made, "wb") as opened:
            opened.write(contents)
            opened.flush()
            os.fsync(made)
        temporary.replace(target)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise DigestError(f"{file} cannot be written: {error.strerror or error}") from error


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
