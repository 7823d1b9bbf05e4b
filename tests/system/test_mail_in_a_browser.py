"""The demo's mails in a real browser: nothing runs out of the screen, and nothing is fetched."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from digest.demo.run import run_demo

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

MEASURE = """<!doctype html><body>
<iframe id="mail" src="{url}" style="width:{width}px;height:900px;border:0"></iframe>
<script>
addEventListener("load", () => {{
  const page = document.getElementById("mail").contentDocument;
  const small = [...page.querySelectorAll("p, a, h1, h2, h3, td")]
    .filter(e => e.textContent.trim() && parseFloat(getComputedStyle(e).fontSize) < 14
                 && getComputedStyle(e).display !== "none");
  const found = {{
    width: page.documentElement.scrollWidth,
    h1: page.querySelectorAll("h1").length,
    stories: page.querySelectorAll("h3").length,
    scripts: page.querySelectorAll("script, img, link, iframe").length,
    small: small.length,
  }};
  document.title = JSON.stringify(found);
}});
</script>"""


def measured(page: Path, width: int, *options: str) -> dict[str, int]:
    frame = page.with_name(f"{page.stem}-{width}.frame.html")
    frame.write_text(MEASURE.format(url=page.as_uri(), width=width), encoding="utf-8")
    dumped = subprocess.run(
        [
            *("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"),
            *("--disable-background-networking", "--allow-file-access-from-files"),
            f"--user-data-dir={page.parent / f'profile-{page.stem}-{width}-{len(options)}'}",
            *("--window-size=1000,1000", "--virtual-time-budget=5000"),
            *options,
            frame.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    title = re.search(r"<title>(.*?)</title>", dumped)
    assert title is not None
    found: dict[str, int] = json.loads(title[1])
    return found


async def test_mails_fit_a_phone_and_a_desktop_in_light_and_dark(tmp_path: Path) -> None:
    page = await run_demo(tmp_path / "demo", lambda _: None)
    for mail in sorted(page.parent.glob("*.html")):
        for width in (320, 375, 700):
            for dark in ((), ("--blink-settings=preferredColorScheme=0",)):
                found = measured(mail, width, *dark)
                assert found["width"] <= width
                assert (found["h1"], found["scripts"], found["small"]) == (1, 0, 0)
                assert found["stories"] > 0
