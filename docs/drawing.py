"""Draws docs/images/architecture.svg: the stages, what travels between them, and what lies below.

Usage: python docs/drawing.py [--check]
"""

import html
import sys
from dataclasses import dataclass
from pathlib import Path

TARGET = Path(__file__).parent / "images" / "architecture.svg"
WIDTH, HEIGHT = 940, 520
BOX_WIDTH, BOX_HEIGHT = 150, 62


@dataclass(frozen=True)
class Box:
    """A part of the program, or somebody outside of it."""

    x: int
    y: int
    name: str
    below: str  # what it does, in small letters
    outside: bool = False
    width: int = BOX_WIDTH

    @property
    def middle(self) -> int:
        """Its middle from the left."""
        return self.x + self.width // 2


TOP, MIDDLE, LOW = 60, 190, 310
COLUMNS = (30, 260, 490, 720)
BOXES = (
    Box(COLUMNS[0], TOP, "the web", "RSS, Atom, JSON", outside=True),
    Box(COLUMNS[0], MIDDLE, "feeds/", "poll"),
    Box(COLUMNS[1], MIDDLE, "stories/", "ingest, follow"),
    Box(COLUMNS[2], MIDDLE, "issues/", "publish"),
    Box(COLUMNS[3], MIDDLE, "mail/", "outbox, inbox"),
    Box(COLUMNS[2], TOP, "alerts/", "watch"),
    Box(COLUMNS[3], TOP, "readers", "mail programs", outside=True),
    Box(COLUMNS[2], LOW, "web/", "pages"),
    Box(COLUMNS[3], LOW, "subscribers/", "desk"),
)
STORE = Box(
    30, 430, "store/", "one SQLite file: every step is a transaction, and may run twice", width=840
)

# Points of a line, and its words with their place.
LINES: tuple[tuple[tuple[tuple[int, int], ...], str, tuple[int, int]], ...] = (
    (((105, 122), (105, 190)), "bytes", (112, 160)),
    (((180, 221), (260, 221)), "entries", (195, 213)),
    (((410, 221), (490, 221)), "stories", (425, 213)),
    (((640, 221), (720, 221)), "issues", (655, 246)),
    (((375, 190), (375, 91), (490, 91)), "stories", (385, 83)),
    (((640, 91), (680, 91), (680, 205), (720, 205)), "alerts", (645, 83)),
    (((785, 190), (785, 122)), "SMTP", (740, 160)),
    (((820, 122), (820, 190)), "returns", (827, 160)),
    (((785, 252), (785, 310)), "requests", (730, 285)),
    (((820, 310), (820, 252)), "letters", (827, 285)),
    (((640, 341), (720, 341)), "forms", (660, 333)),
    (((870, 91), (905, 91), (905, 400), (565, 400), (565, 372)), "HTTPS", (720, 393)),
)
KEPT = (105, 335, 530, 795)  # where parts stand on the store


def picture() -> str:
    """The drawing as SVG."""
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
            f' width="{WIDTH}" height="{HEIGHT}" font-family="Helvetica, Arial, sans-serif"'
            ' role="img" aria-label="The stages of digest and what travels between them">'
        ),
        (
            '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7"'
            ' markerHeight="7" orient="auto-start-reverse">'
            '<path d="M0 0L10 5L0 10z" fill="#39424e"/>'
            "</marker></defs>"
        ),
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="10" fill="#fbfaf7"/>',
        _text(30, 34, "app/ wires the parts; daemon/, cli/ and demo/ call them", 14, "#5b6470"),
        *map(_box, (*BOXES, STORE)),
        *(_line(points, words, at) for points, words, at in LINES),
        *(_kept(x) for x in KEPT),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _box(box: Box) -> str:
    fill, edge = ("#ffffff", "#9aa3ad") if box.outside else ("#e3edf3", "#2f5d7c")
    dash = ' stroke-dasharray="5 4"' if box.outside else ""
    return (
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{BOX_HEIGHT}" rx="8"'
        f' fill="{fill}" stroke="{edge}" stroke-width="1.5"{dash}/>'
        + _text(box.middle, box.y + 27, box.name, 17, "#17212b", middle=True, bold=True)
        + _text(box.middle, box.y + 47, box.below, 13, "#39424e", middle=True)
    )


def _line(points: tuple[tuple[int, int], ...], words: str, at: tuple[int, int]) -> str:
    path = " ".join(f"{x},{y}" for x, y in points)
    return (
        f'<polyline points="{path}" fill="none" stroke="#39424e" stroke-width="1.5"'
        ' marker-end="url(#tip)"/>' + _text(*at, words, 12, "#39424e")
    )


def _kept(x: int) -> str:
    top = 252 if x < 500 else 372
    ends = 'marker-start="url(#tip)" marker-end="url(#tip)"'
    if x == 530:  # issues/ and web/ lie one above the other
        x, top = 475, 0
        return (
            f'<polyline points="505,252 505,275 {x},275 {x},428" fill="none" stroke="#8a97a3"'
            f' stroke-width="1.5" {ends}/>'
        )
    return (
        f'<line x1="{x}" y1="{top}" x2="{x}" y2="428" stroke="#8a97a3" stroke-width="1.5" {ends}/>'
    )


def _text(
    x: int, y: int, words: str, size: int, colour: str, *, middle: bool = False, bold: bool = False
) -> str:
    anchor = ' text-anchor="middle"' if middle else ""
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}"{anchor}{weight}>'
        f"{html.escape(words)}</text>"
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        same = TARGET.read_text(encoding="utf-8") == picture()
        sys.exit(0 if same else f"run python {sys.argv[0]}")
    TARGET.write_text(picture(), encoding="utf-8")
