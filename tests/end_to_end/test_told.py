"""The operator is told by mail what needs a hand, and that it is over: the wired parts together."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.app import App, open_app
from digest.config import load
from digest.mail.notices import GATHER
from digest.model import DeliveryKind, Letter, NoticeKind
from tests.builders import database_of

NOW = datetime(2026, 11, 17, 7, tzinfo=UTC)
CONFIG = """
[operator]
address = "editor@kuruma.example"
[mail]
from = "weekly@kuruma.example"
on_unknown = "hold"
[[feeds]]
url = "https://trade.example/feed"
id = "trade"
"""


class Hand:
    """A clock."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def app(tmp_path: Path, hand: Hand) -> Iterator[App]:
    (tmp_path / "feeds.toml").write_text(CONFIG, encoding="utf-8")
    with open_app(load(tmp_path, {}), hand) as opened:
        yield opened


def after(app: App, hand: Hand, time: timedelta) -> None:
    hand.now += time
    app.notices.tend()


async def letters(app: App) -> list[Letter]:
    """What has come to the operator, once the outbox is empty."""
    await app.mail.drain()
    rows = database_of(app.store).connection.execute(  # as a mailbox would show it
        "SELECT id FROM deliveries WHERE kind = ? AND state = 'sent' ORDER BY id",
        (DeliveryKind.NOTICE,),
    )
    found = []
    for row in rows:
        letter = "SELECT letter->>'subject', letter->>'text' FROM deliveries WHERE id = ?"
        text = database_of(app.store).connection.execute(letter, (row[0],)).fetchone()
        found.append(Letter(subject=text[0], text=text[1]))
    return found


async def test_one_mail_when_it_breaks_and_one_when_it_is_well(app: App, hand: Hand) -> None:
    since = NOW - timedelta(days=1)
    app.raise_(NoticeKind.FEED_BROKEN, "trade", "Trade cannot be read.", since)
    app.raise_(NoticeKind.DISK_LOW, "state", "Little room.")
    after(app, hand, timedelta(minutes=1))
    assert await letters(app) == []
    after(app, hand, GATHER)
    (letter,) = await letters(app)
    assert letter.subject == "Kuruma Weekly: feed broken (trade), disk nearly full (state)"
    after(app, hand, timedelta(hours=9))
    app.settle(NoticeKind.FEED_BROKEN, "trade")
    app.settle(NoticeKind.DISK_LOW, "state")
    after(app, hand, GATHER)
    _, over = await letters(app)
    assert over.subject == "Kuruma Weekly: feed works (trade), disk has room (state)"
    after(app, hand, timedelta(days=3))
    assert len(await letters(app)) == 2


async def test_while_a_letter_cannot_leave_the_next_one_gathers(app: App, hand: Hand) -> None:
    app.raise_(NoticeKind.MAIL_BLOCKED, "mail server", "No mail leaves.")
    after(app, hand, timedelta())  # queued, and nobody takes it
    app.raise_(NoticeKind.BACKUP_FAILING, "backups", "No backup.")
    after(app, hand, timedelta(hours=5))
    app.raise_(NoticeKind.DISK_LOW, "state", "Little room.")
    after(app, hand, timedelta(hours=5))
    assert len(await letters(app)) == 1
    after(app, hand, timedelta())
    assert [one.subject for one in await letters(app)] == [
        "Kuruma Weekly: no mail leaves (mail server)",
        "Kuruma Weekly: disk nearly full (state), no backup (backups)",
    ]


async def test_a_feed_that_was_taken_out_needs_no_hand(app: App, hand: Hand) -> None:
    app.raise_(NoticeKind.FEED_BROKEN, "gone-from-feeds-toml", "Words.")
    app.raise_(NoticeKind.FEED_QUIET, "trade", "Words.")
    after(app, hand, timedelta())
    assert [one.notice.about for one in app.store.notices.open()] == ["trade"]


async def test_held_outcomes_that_nobody_knows_need_a_hand_until_they_are_known(
    app: App, hand: Hand
) -> None:
    letter = Letter(subject="s", text="t")
    app.store.deliveries.add_letter(
        "copy/1",
        DeliveryKind.ANSWER,
        address="a@kuruma.example",
        subscriber=None,
        letter=letter,
        now=NOW,
    )
    connection = database_of(app.store).connection  # as a kill leaves it
    connection.execute("UPDATE deliveries SET state = 'unknown'")
    after(app, hand, timedelta())
    (one,) = app.store.notices.open()
    assert one.notice.kind is NoticeKind.MAIL_UNKNOWN
    connection.execute("UPDATE deliveries SET state = 'sent'")
    after(app, hand, timedelta())
    assert app.store.notices.open() == []


async def test_without_an_operator_nobody_is_mailed(tmp_path: Path, hand: Hand) -> None:
    (tmp_path / "feeds.toml").write_text(
        CONFIG.replace('address = "editor@kuruma.example"', ""), encoding="utf-8"
    )
    with open_app(load(tmp_path, {}), hand) as app:
        app.raise_(NoticeKind.DISK_LOW, "state", "Little room.")
        after(app, hand, timedelta(days=1))
        assert await letters(app) == []
        assert len(app.store.notices.open()) == 1  # `digest status` shows it
