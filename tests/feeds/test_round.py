"""What a round says of settings that cannot be meant, before it does anything."""

from pathlib import Path

import pytest

from digest.app import open_app
from digest.clock import machine
from digest.config import load
from digest.errors import ConfigError
from tests.feeds.builders import rss
from tests.feeds.server import FeedServer, Response


@pytest.mark.parametrize(
    ("head", "feed"),
    [
        ('[digest]\nsections = ["cheese"]', ""),
        ("", 'keep = ["topic:cheese"]'),
        ("", 'drop = ["company:cheese"]'),
        ("", '[[outlet]]\nid = "cheese"\nhosts = ["Bad Host"]'),
    ],
    ids=["sections", "keep", "drop", "outlet"],
)
async def test_words_that_are_wrong_are_told_before_a_feed_is_asked(
    tmp_path: Path, head: str, feed: str
) -> None:
    async with FeedServer({"/a": Response(body=rss("One"))}) as server:
        (tmp_path / "feeds.toml").write_text(
            f'{head}\n[mail]\nfrom = "news@kuruma.example"\n'
            f'[fetch]\nallow_hosts = ["{server.host}"]\n'
            f'[[feeds]]\nid = "a"\nurl = "{server.url("/a")}"\n{feed}\n',
            encoding="utf-8",
        )
        with open_app(load(tmp_path, {}), machine) as app:
            with pytest.raises(ConfigError, match="cheese"):
                await app.feeds.round(app.feeds.named())
            assert app.store.feeds.states() == {}
        assert server.requests == []
