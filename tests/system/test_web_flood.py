"""Somebody uses the form to have others flooded; a thousand network addresses help them."""

import asyncio
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from digest.model import Delivery
from tests.system.conftest import Figures
from tests.web.conftest import TARO, Browser, Got, browsing, shown_in

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

FORGED = 1000
HOUR = timedelta(hours=1)
DOMAIN_AN_HOUR = 20  # letters to one domain, as subscribers/limits.py has it
AT_ONCE = 50


async def flood(browser: Browser, addresses: list[str]) -> None:
    """Ask for each address, from a network address of its own each time."""
    shown = shown_in(await browser.get("/"))
    browser.clock.now += timedelta(seconds=10)
    room = asyncio.Semaphore(AT_ONCE)

    async def ask(number: int, address: str) -> Got:
        async with room:
            return await browser.ask(
                "POST",
                "/",
                data=urlencode({"address": address, "shown": shown}),
                headers={
                    "Content-Type": "application/x-www-form-urlencoded",
                    "X-Forwarded-For": f"198.51.{number // 250}.{number % 250}",
                },
            )

    answers = await asyncio.gather(*(ask(*each) for each in enumerate(addresses)))
    assert {answer.status for answer in answers} == {200}
    assert (
        len({answer.text.replace(a, "") for answer, a in zip(answers, addresses, strict=True)}) == 1
    )


def leaving_within(browser: Browser, time: timedelta) -> list[Delivery]:
    """Takes the letters that leave within that time."""
    due = browser.clock() + time
    return browser.app.store.deliveries.claim(10 * FORGED, due, resend_unknown=False)


async def test_one_address_gets_one_letter(tmp_path: Path, figures: Figures) -> None:
    async with browsing(tmp_path) as browser:
        await flood(browser, [TARO] * FORGED)
        letters = len(leaving_within(browser, 24 * HOUR))
    figures(f"{FORGED} requests for one address: {letters} letter")
    assert letters == 1


async def test_a_provider_gets_a_few_letters_an_hour(tmp_path: Path, figures: Figures) -> None:
    async with browsing(tmp_path) as browser:
        await flood(browser, [f"reader{number}@victim.example" for number in range(FORGED)])
        first = len(leaving_within(browser, HOUR - timedelta(minutes=1)))
        later = len(leaving_within(browser, 48 * HOUR))
    figures(f"{FORGED} addresses of one domain: {first} letters in the first hour, {later} later")
    assert first <= DOMAIN_AN_HOUR
    assert later <= 25 * DOMAIN_AN_HOUR
