"""How results are shown: tables on a terminal, tab-separated lines in a pipe, JSON when asked.

Text that came from a feed may hold anything; control characters never reach a terminal.
"""

import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from digest.errors import DigestError
from digest.issues.safe import plain as one_line

if TYPE_CHECKING:
    from rich.console import Console

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
    cut: Mapping[str, int] = MappingProxyType({}),
    spare: Sequence[str] = (),
) -> None:
    """Print rows: for a person on a terminal, else one line a row; or a JSON list of objects.

    For a person texts in the columns of `cut` are cut short to one line, which has at least so
    many columns of the terminal; where it is too narrow for a table, those of `spare` are left out,
    the first ones first.
    """
    if as_json:
        show_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif sys.stdout.isatty():
        cells = [[plain("" if cell is None else cell) for cell in row] for row in rows]
        _show_to_a_person(columns, cells, cut, spare)
    else:
        for row in rows:
            click.echo("\t".join(plain("" if cell is None else cell) for cell in row))


def _show_to_a_person(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    cut: Mapping[str, int],
    spare: Sequence[str],
) -> None:
    """A table without empty columns; on a terminal too narrow for it each row is a paragraph.

    Lines are broken between words only: a name that is cut off cannot be typed again.
    """
    from rich.console import Console

    if not rows:
        click.echo("nothing to show", err=True)
        return
    told = {
        name: [_LIST.sub(lambda found: f"{found[0]} ", text) for text in texts]
        for name, texts in zip(columns, zip(*rows, strict=True), strict=True)
        if any(texts)
    }
    console = Console(highlight=False)
    fitting, left_out = dict(told), [name for name in spare if name in told]
    while (widths := _widths(fitting, cut, console.width)) is None:
        if not left_out:
            _show_paragraphs(told)
            return
        del fitting[left_out.pop(0)]
    _show_table(console, fitting, widths, cut)
    if len(fitting) < len(told):
        names = ", ".join(_heading(name) for name in told if name not in fitting)
        click.echo(f"no room here for: {names}", err=True)


def _show_table(
    console: "Console",
    columns: Mapping[str, Sequence[str]],
    widths: Sequence[int],
    cut: Mapping[str, int],
) -> None:
    from rich.table import Table
    from rich.text import Text

    from digest.issues.widths import shorten

    table = Table()
    shown = []
    for (name, texts), taken in zip(columns.items(), widths, strict=True):
        table.add_column(_heading(name), width=taken, overflow="fold")
        shown.append([shorten(text, taken) for text in texts] if name in cut else texts)
    for row in zip(*shown, strict=True):
        table.add_row(*map(Text, row))
    console.print(table)


def _heading(column: str) -> str:
    return column.replace("_", " ")


def _widths(
    told: Mapping[str, Sequence[str]], cut: Mapping[str, int], whole: int
) -> list[int] | None:
    """How wide each column may be in a table of so many columns; None if that breaks a word."""
    from digest.issues.widths import width

    columns = [[_heading(name), *texts] for name, texts in told.items()]
    widths = [
        min(max(map(width, texts)), cut[name]) if name in cut else max(map(_narrowest, texts))
        for name, texts in zip(told, columns, strict=True)
    ]
    room = whole - 3 * len(columns) - 1 - sum(widths)  # that the lines between them leave
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


def _show_paragraphs(told: Mapping[str, Sequence[str]]) -> None:
    label = max(map(len, told)) + 2
    for row in zip(*told.values(), strict=True):
        for name, cell in zip(told, row, strict=True):
            if cell:
                click.echo(f"{_heading(name):{label}}{cell}")
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
    """Write a file whole or not at all; one that is there keeps who may read it.

    What the `mode` of a new one allows, the umask may take away. Raises DigestError where it cannot
    be written.
    """
    try:
        target = file.resolve()  # a link stays a link
    except (OSError, RuntimeError) as error:  # links that lead to each other
        raise DigestError(f"{file} cannot be written: {error}") from error
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        made = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, mode)
        with os.fdopen(made, "wb") as opened:
            opened.write(contents)
            opened.flush()
            os.fsync(made)
            with suppress(FileNotFoundError):
                os.fchmod(made, stat.S_IMODE(target.stat().st_mode))
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
