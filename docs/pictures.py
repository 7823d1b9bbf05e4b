"""Draws docs/images/issue.png: the demo's issue as a reader sees it, on a phone and a desktop.

Usage: python docs/pictures.py    (needs chromium and fonts with Japanese characters)
"""

import asyncio
import subprocess
import tempfile
from pathlib import Path

from digest.demo.run import run_demo

IMAGES = Path(__file__).parent / "images"
PHONE, DESKTOP, HEIGHT, GAP = 375, 700, 1400, 40  # pixels

FRAME = (
    '<iframe src="{url}" scrolling="no" style="width:{width}px;height:{height}px;border:0;'
    'margin:{gap}px 0 0 {gap}px;box-shadow:0 2px 14px #0004;border-radius:10px"></iframe>'
)


def shoot(page: Path, target: Path, width: int, height: int) -> None:
    """Save a picture of a page. Raises CalledProcessError if the browser fails."""
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                *("chromium", "--headless=new", "--no-sandbox", "--disable-gpu"),
                *("--disable-background-networking", "--hide-scrollbars"),
                "--allow-file-access-from-files",
                f"--user-data-dir={profile}",
                f"--window-size={width},{height}",
                f"--screenshot={target}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
        )


def side_by_side(page: Path, folder: Path) -> Path:
    """A page that shows another at the width of a phone and of a desktop."""
    frames = "".join(
        FRAME.format(url=page.as_uri(), width=width, height=HEIGHT, gap=GAP)
        for width in (PHONE, DESKTOP)
    )
    target = folder / "side-by-side.html"
    target.write_text(
        f"<!doctype html><body style='margin:0;background:#d9dde1;white-space:nowrap'>{frames}",
        encoding="utf-8",
    )
    return target


def main() -> None:
    """Draw the picture anew."""
    IMAGES.mkdir(exist_ok=True)
    size = PHONE + DESKTOP + 3 * GAP, HEIGHT + 2 * GAP
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        english = asyncio.run(run_demo(folder / "demo", lambda _: None))
        shoot(side_by_side(english, folder), IMAGES / "issue.png", *size)


if __name__ == "__main__":
    main()
