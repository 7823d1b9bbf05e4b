"""The pages in a real browser: a phone without scripts, used by keyboard alone."""

import os
import re
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from digest.model import Status, Subscriber
from digest.store import Store
from digest.subscribers import tokens
from tests.end_to_end.service import Project, until
from tests.system.chromium import DESKTOP, PHONE, Page, chromium

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

TARO = "taro@example.com"
PICTURES = os.environ.get("DIGEST_PICTURES")  # a folder for what every page looks like
SMALLEST = 44  # CSS pixels of what a finger is to meet
CONFIG = """
[digest]
title = "Kuruma Weekly"
[digest.editions]
weekly = "mon 07:00"
daily = "07:00"
[mail]
from = "Kuruma Weekly <weekly@kuruma.example>"
postal_address = "1-2-3 Ginza, Chuo-ku, Tokyo"
[web]
listen = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"
"""

# Each text with the contrast (WCAG 2.2, 1.4.3) that it has on what stands behind it, if too little.
CONTRAST = """(() => {
  const parse = text => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.closest(".bait, .skip, .unseen")) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.push([e.textContent.trim(), contrast]);
  }
  return found;
})()"""
SMALL = f"""[...document.querySelectorAll("button, .pick, .text, summary, .links a, .go")]
  .map(e => [e.textContent.trim(), e.getBoundingClientRect().height])
  .filter(([, height]) => height > 0 && height < {SMALLEST})"""
TINY = """[...document.querySelectorAll("body *")]
  .filter(e => e.textContent.trim() && parseFloat(getComputedStyle(e).fontSize) < 16)
  .map(e => e.tagName)"""
UNNAMED = """[...document.querySelectorAll("input:not([type=hidden])")]
  .filter(e => !e.labels.length).map(e => e.name)"""


@pytest.fixture
async def project(folder: Path) -> AsyncIterator[Project]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    made = Project(folder, CONFIG.format(port=port))
    made.set_clock(_now().isoformat())
    async with made.service():
        await until(lambda: "web.start" in made.log, "pages")
        yield made
        assert "Traceback" not in made.log
        assert TARO not in made.log


def _now() -> datetime:
    return datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def base(project: Project) -> str:
    found = re.search(r'"web\.start".*"listen": "([^"]+)"', project.log)
    assert found is not None
    return f"http://{found[1]}"


def reader(project: Project) -> Subscriber:
    with Store.open_to_read(project.folder / "state") as store:
        found = store.subscribers.by_key(TARO)
    assert found is not None
    return found


def mailed_link(project: Project) -> str | None:
    """The page in the mail that asks for a confirmation, once it has been delivered."""
    for file in (project.folder / "state/outbox/new").glob("*"):
        message = message_from_bytes(file.read_bytes(), policy=default)
        body = message.get_body(("plain",))
        found = re.search(r"http://\S+/c/[a-z2-7]{32}", body.get_content() if body else "")
        if found is not None and message["To"] == TARO:
            return found[0]
    return None


def keep(file: Path, picture: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(picture)


async def looks_well(page: Page, width: int) -> None:
    assert await page.find("document.documentElement.scrollWidth") <= width
    assert await page.find(CONTRAST) == []
    assert await page.find(SMALL) == []
    assert await page.find(TINY) == []
    assert await page.find(UNNAMED) == []
    assert await page.find("document.querySelectorAll('h1').length") == 1


async def test_a_reader_comes_and_goes_by_keyboard_on_a_phone_without_scripts(
    project: Project,
) -> None:
    async with chromium(project.folder) as page:
        await page.look(width=PHONE)
        await page.open(f"{base(project)}/?lang=en")
        await looks_well(page, PHONE)
        await page.reach("#address")
        await page.write(TARO)
        await page.reach("details:has([name=topic]) summary")
        await page.press("Enter")
        await page.reach("[name=topic][value=ev]")
        await page.press(" ")
        project.set_clock("2026-11-18T12:00:20+00:00")  # a person takes a while
        await page.reach("button")
        await page.enter()
        assert await page.heading() == "Look in your mailbox"
        await looks_well(page, PHONE)

        await until(lambda: mailed_link(project) is not None, "a confirmation mail")
        await page.open(mailed_link(project) or "")
        assert reader(project).status is Status.PENDING
        await page.reach("button")
        await page.enter()
        assert await page.heading() == "You are subscribed"
        assert reader(project).status is Status.ACTIVE
        assert reader(project).preferences.choice.topics == {"ev"}

        await page.reach(".go")
        await page.enter()
        assert await page.heading() == "What you get"
        await looks_well(page, PHONE)
        await page.reach("[name=rhythm]")
        await page.press("ArrowDown")
        await page.reach("button[value=save]")
        await page.enter()
        assert "Saved." in await page.find("document.querySelector('.done').textContent")
        assert reader(project).preferences.rhythm == "daily"
        await page.reach("button[value=pause]")
        await page.enter()
        assert reader(project).status is Status.PAUSED
        await page.reach("button[value=resume]")
        await page.enter()
        assert reader(project).status is Status.ACTIVE

        await page.reach("a[href^='/u/']")
        await page.enter()
        assert await page.heading() == "Unsubscribe"
        assert reader(project).status is Status.ACTIVE
        await page.reach("button")
        await page.enter()
        assert await page.heading() == "You are unsubscribed"
        assert reader(project).status is Status.LEFT
        assert all(address.startswith(base(project)) for address in page.requests)
        assert page.complaints == []


async def test_every_page_looks_well_in_both_languages_light_and_dark(project: Project) -> None:
    with Store.open_to_read(project.folder / "state") as store:
        secret = store.secret()
    await project.run("subscribers", "add", TARO, "--active", "--consent", "by letter")
    who = reader(project).id
    paths = [
        "/",
        f"/c/{'a' * 32}",
        f"/p/{tokens.preferences_token(secret, who, _now())}",
        f"/p/{tokens.preferences_token(secret, who, datetime(2026, 1, 1, tzinfo=UTC))}",
        f"/u/{tokens.leave_token(secret, who)}",
        "/about",
        "/no-such-page",
    ]
    async with chromium(project.folder) as page:
        for width in (320, PHONE, DESKTOP):
            for dark in (False, True):
                await page.look(width=width, dark=dark)
                for number, path in enumerate(paths):
                    for lang in ("en", "ja"):
                        await page.open(f"{base(project)}{path}?lang={lang}")
                        await page.find(
                            "document.querySelectorAll('details').forEach(d => d.open = true)"
                        )
                        assert await page.find("document.documentElement.lang") == lang
                        await looks_well(page, width)
                        if PICTURES:
                            name = f"{number}-{lang}-{width}-{'dark' if dark else 'light'}.png"
                            keep(Path(PICTURES) / name, await page.picture())
