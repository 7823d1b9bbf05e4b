from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digest.config import load
from digest.daemon.changes import changed
from digest.model import FeedId
from digest.settings import Feed, Settings, WebSettings

HEAD = """
[digest.editions]
weekly = "mon 07:00"
[mail]
from = "weekly@kuruma.example"
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "feeds.toml").write_text(HEAD, encoding="utf-8")
    return load(tmp_path, {})


def feed(name: str, **given: Any) -> Feed:
    return Feed(id=FeedId(name), url=f"https://{name}.example/", title=name, **given)


def test_nothing_has_changed(settings: Settings) -> None:
    assert changed(settings, replace(settings)) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: replace(s, title="Another", max_stories=3), ["[digest]"]),
        (lambda s: replace(s, operator="editor@kuruma.example"), ["[operator]"]),
        (lambda s: replace(s, mail=replace(s.mail, connections=9)), ["[mail]"]),
        (lambda s: replace(s, web=WebSettings(), language="ja"), ["[digest]", "[web]"]),
        (lambda s: replace(s, user_lexicon={"company": []}), ["the lexicon's tables"]),
    ],
)
def test_the_tables_that_differ_are_named(
    settings: Settings, change: Callable[[Settings], Settings], words: list[str]
) -> None:
    assert sorted(changed(settings, change(settings))) == sorted(words)


def test_feeds_are_counted(settings: Settings) -> None:
    old = replace(settings, feeds=(feed("a"), feed("b"), feed("c")))
    new = replace(settings, feeds=(feed("a", weight=2.0), feed("c"), feed("d"), feed("e")))
    assert changed(old, new) == ["feeds (2 new, 1 gone, 1 changed)"]
    assert changed(new, replace(new, feeds=new.feeds[::-1])) == ["feeds (in another order)"]
