"""Draws what readers see, on a phone and a desktop, in light and dark.

Usage, from the top of the repository:

    python -m docs.pictures          the demo's issue, into docs/images
    python -m docs.pictures DIR      every kind of issue and the archive's pages, into DIR:
                                     to look at after a change of the templates

Needs chromium and fonts with Japanese characters.
"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from digest.demo.run import run_demo
from digest.issues.pages import ArchivedIssue, plan
from digest.issues.pageviews import index_view, page_view
from digest.issues.render import Renderer
from digest.issues.tell import issue_view
from digest.issues.views import FULL
from digest.model import Choice, IssueId
from digest.shipped import TEMPLATES
from tests.issues.builders import Names, settings
from tests.issues.kinds import KINDS

IMAGES = Path(__file__).parent / "images"
PHONE, DESKTOP, GAP = 375, 700, 40  # pixels
DOCUMENTED, LOOKED_AT = 1400, 3600  # pixels of height
DARK = "--blink-settings=preferredColorScheme=0"

FRAME = (
    '<iframe src="{url}" scrolling="no" style="width:{width}px;height:{height}px;border:0;'
    'margin:{gap}px 0 0 {gap}px;box-shadow:0 2px 14px #0004;border-radius:10px"></iframe>'
)


@dataclass(frozen=True)
class Browser:
    """Takes pictures. Scratch files lie in its folder."""

    folder: Path

    def side_by_side(self, page: Path, target: Path, height: int, *, dark: bool = False) -> None:
        """Save a picture of a page at the width of a phone and of a desktop.

        Raises CalledProcessError if the browser fails.
        """
        frames = "".join(
            FRAME.format(url=page.as_uri(), width=width, height=height, gap=GAP)
            for width in (PHONE, DESKTOP)
        )
        both = self.folder / "side-by-side.html"
        both.write_text(
            "<!doctype html><meta name=color-scheme content='light dark'>"
            f"<body style='margin:0;background:#d9dde1;white-space:nowrap'>{frames}",
            encoding="utf-8",
        )
        subprocess.run(
            [
                *("chromium", "--headless=new", "--no-sandbox", "--disable-gpu"),
                *("--disable-background-networking", "--hide-scrollbars"),
                *("--allow-file-access-from-files", *([DARK] if dark else [])),
                f"--user-data-dir={self.folder / 'profile'}",
                f"--window-size={PHONE + DESKTOP + 3 * GAP},{height + 2 * GAP}",
                f"--screenshot={target}",
                both.as_uri(),
            ],
            check=True,
            capture_output=True,
        )


def mails(folder: Path) -> Iterator[Path]:
    """Write every kind of mail."""
    renderer = Renderer([TEMPLATES])
    for name, kind in KINDS.items():
        made = renderer.segment(
            kind.issue, kind.choice, settings=settings(), names=Names(), operator=kind.operator
        )
        target = folder / f"{name}.html"
        target.write_text(made.segment.html, encoding="utf-8")
        yield target


def archive_pages(folder: Path) -> Iterator[Path]:
    """Write the archive's index, and its page of each kind of issue."""
    renderer = Renderer([TEMPLATES])
    archive = [
        ArchivedIssue(
            id=IssueId(1),
            issue=kind.issue,
            stories=len(kind.issue.stories),
            languages=("en", "ja"),
        )
        for name, kind in KINDS.items()
        if name in {"saga", "tiny", "long-words"}
    ]
    index, _ = renderer.document("archive_index.html", index=index_view(archive, settings()))
    (folder / "archive-index.html").write_text(index, encoding="utf-8")
    yield folder / "archive-index.html"
    for number, page in enumerate(plan(archive, "")):
        shown = issue_view(
            page.archived.issue,
            page.archived.issue.stories,
            Choice(language=page.lang),
            shown=page.archived.stories,
            detail=FULL,
            settings=settings(),
            names=Names(),
        )
        view = page_view(page, settings())
        text, _ = renderer.document("archive_page.html", issue=shown, page=view)
        target = folder / f"archive-{number}-{page.lang}.html"
        target.write_text(text, encoding="utf-8")
        yield target


def main(target: Path | None) -> None:
    """Draw the pictures of the docs, or all there are."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        browser = Browser(folder)
        if target is None:
            IMAGES.mkdir(exist_ok=True)
            page = asyncio.run(run_demo(folder / "demo", lambda _: None))
            browser.side_by_side(page, IMAGES / "issue.png", DOCUMENTED)
            browser.side_by_side(page, IMAGES / "issue-dark.png", DOCUMENTED, dark=True)
            return
        target.mkdir(parents=True, exist_ok=True)
        for page in (*mails(folder), *archive_pages(folder)):
            for dark in (False, True):
                shot = target / f"{page.stem}{'-dark' if dark else ''}.png"
                browser.side_by_side(page, shot, LOOKED_AT, dark=dark)
                print(shot)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
