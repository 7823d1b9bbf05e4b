"""The stories of a project: one index, which knows what the store knows."""

import weakref
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Never

import pytest

from digest.app import App, open_app
from digest.app.apart import Checked
from digest.config import load
from digest.errors import StoreError
from digest.garbage import look_now
from digest.model import FeedId, Link, Placement, PollState
from digest.store.entries import EntryTable
from tests.builders import NOW, as_new, database_of, entry

CONFIG = '[[feeds]]\nurl = "https://trade.example/"\nid = "trade"\n'
EVENT = (
    ("en", "Toyota recalls 135,000 Prius cars over rear doors"),
    ("ja", "トヨタ、プリウス13万5000台リコール 後部ドアに不具合"),
)


class FullDisk(EntryTable):
    """Refuses to keep where entries were placed."""

    def place(self, placements: Sequence[Placement], links: Sequence[Link], now: datetime) -> Never:
        del placements, links, now
        raise StoreError("database or disk is full")


def poll(app: App) -> None:
    app.store.feeds.sync(app.settings.feeds, NOW)
    entries = [
        entry(number=n, feed=FeedId("trade"), title=title, lang=lang, published=NOW - each)
        for n, (lang, title) in enumerate(EVENT, start=1)
        for each in [timedelta(hours=6 - n)]
    ]
    app.store.feeds.record(FeedId("trade"), PollState(), as_new(*entries), NOW)


def stories(app: App) -> list[int]:
    """How many reports each story has."""
    return [len(story.reports) for story in app.store.entries.placed_since(NOW - timedelta(days=1))]


def test_what_a_full_disk_did_not_keep_is_one_story_all_the_same_when_there_is_room(
    tmp_path: Path,
) -> None:
    (tmp_path / "feeds.toml").write_text(CONFIG, encoding="utf-8")
    with open_app(load(tmp_path, {}), lambda: NOW) as app:
        poll(app)
        whole = app.store.entries
        app.store.entries = FullDisk(database_of(app.store))  # as the store does
        with pytest.raises(StoreError):
            app.stories.ingest()
        app.store.entries = whole
        app.stories.ingest()
        assert stories(app) == [2]


def test_settings_that_were_replaced_are_not_kept(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(CONFIG, encoding="utf-8")
    with open_app(load(tmp_path, {}), lambda: NOW) as first:
        checked = Checked(first.settings, first.lexicon, first.renderer)
        second = first.hand_over(checked)
        third = second.hand_over(checked)
        gone = weakref.ref(second)
        del second
        look_now()
        assert gone() is None
        assert first.stories is third.stories
