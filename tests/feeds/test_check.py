import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from digest.feeds.check import FeedCheck, check
from digest.feeds.fetch import Fetcher, FetchLimits
from digest.feeds.workers import ParserPool
from digest.settings import FetchSettings
from tests.feeds.builders import NOW, rss
from tests.feeds.server import FeedServer, Response

SNAPSHOT = Path(__file__).parents[2] / "digest" / "demo" / "snapshot"


class Checker:
    def __init__(self, server: FeedServer, fetcher: Fetcher, parser: ParserPool) -> None:
        self.server = server
        self._fetcher = fetcher
        self._parser = parser

    async def __call__(self, source: str, base_url: str = "") -> FeedCheck:
        return await check(
            source, fetcher=self._fetcher, parser=self._parser, now=NOW, base_url=base_url
        )

    async def at(self, response: Response) -> FeedCheck:
        self.server.answers["/feed"] = response
        return await self(self.server.url("/feed"))


@pytest.fixture
async def checker() -> AsyncIterator[Checker]:
    async with FeedServer({}) as server:
        settings = FetchSettings(allow_hosts=frozenset({server.host}))
        async with Fetcher(settings, "test") as fetcher, ParserPool() as parser:
            yield Checker(server, fetcher, parser)


async def test_a_good_feed_is_described(checker: Checker) -> None:
    found = await checker.at(Response(body=rss("Nissan & Honda", "二")))
    assert (found.error, found.format, found.encoding) == (None, "RSS 2.0", "utf-8")
    assert (found.title, len(found.entries), found.advice) == ("Trade", 2, ())
    lines = "\n".join(found.lines())
    assert "Trade: 2 entries" in lines
    assert "2026-11-16 07:00 UTC  Nissan & Honda" in lines


async def test_the_row_for_machines_has_every_entry(checker: Checker) -> None:
    found = await checker.at(Response(body=rss("One", published=None)))
    row = json.loads(json.dumps(found.as_row()))
    assert (row["ok"], row["error"], row["format"], row["encoding"]) == (
        True,
        None,
        "RSS 2.0",
        "utf-8",
    )
    assert row["entries"] == [
        {
            "guid": "guid-One",
            "url": "https://trade.example/0",
            "title": "One",
            "summary": "",
            "published": None,
            "dated": False,
        }
    ]


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (Response(status=404), "404 Not Found"),
        (Response(status=410), "gone"),
        (Response(status=304), "304"),
        (Response(raw=b""), "closed the connection"),
        (Response(body=b"<!doctype html><html>"), "a web page"),
        (Response(body=b"<html><title>Just a moment...</title>"), "bot wall"),
        (Response(body=b""), "empty"),
    ],
)
async def test_what_cannot_be_used_says_why(
    checker: Checker, response: Response, words: str
) -> None:
    found = await checker.at(response)
    assert found.error is not None
    assert words in found.error
    assert found.as_row()["ok"] is False
    assert words in "\n".join(found.lines())


async def test_a_private_address_is_not_fetched(checker: Checker) -> None:
    found = await checker("http://127.0.0.1/feed")
    assert "allow_hosts" in (found.error or "")


LINKLESS = rss("x").replace(b"https:", b"news:").replace(b"guid-x", b"")


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        (rss(), "it holds no entries now"),
        (rss("One", published=None), "it dates no entry"),
        (rss("One", "Two").replace(b"<pubDate>Mon", b"<pubDate>x", 1), "can be read: 1 entry"),
        (rss("One", published=NOW - timedelta(days=90)), "its newest entry is of 2026-08-18"),
        (rss("One & Two").replace(b"&amp;", b"&"), "not well-formed XML"),
        (rss(*map(str, range(501))), "longer than a poll reads"),
        (LINKLESS, "no usable link"),
    ],
)
async def test_advice_names_what_the_operator_should_know(
    checker: Checker, body: bytes, advice: str
) -> None:
    found = await checker.at(Response(body=body))
    assert found.error is None
    assert any(advice in line for line in found.advice), found.advice
    assert any(advice in line for line in found.lines())


async def test_a_move_for_good_is_told(checker: Checker) -> None:
    checker.server.answers["/new"] = Response(body=rss("One"))
    found = await checker.at(Response(status=301, headers={"Location": "/new"}))
    assert found.advice == (f"it has moved for good: use {checker.server.url('/new')}",)


async def test_a_file_is_read_like_a_poll(checker: Checker, tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes(rss("One").replace(b"https://trade.example/", b"/"))
    found = await checker(str(file), "https://moved.example/rss")
    assert found.entries[0].url == "https://moved.example/0"
    assert "no such file" in ((await checker(str(tmp_path / "none"))).error or "")
    assert "only http and https" in ((await checker("ftp://trade.example/rss")).error or "")
    assert "cannot be read" in ((await checker(str(tmp_path))).error or "")


async def test_a_file_that_a_poll_would_not_read_whole_is_refused(
    checker: Checker, tmp_path: Path
) -> None:
    file = tmp_path / "feed.xml"
    limit = FetchLimits().body_bytes
    file.write_bytes(rss("One").ljust(limit))
    assert (await checker(str(file))).error is None
    file.write_bytes(rss("One").ljust(limit + 1))
    assert f"larger than {limit} bytes" in ((await checker(str(file))).error or "")


async def test_stdin_is_read_like_a_file(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(rss("One"))))
    assert len((await checker("-")).entries) == 1


@pytest.mark.parametrize("path", sorted(SNAPSHOT.iterdir()), ids=lambda path: path.name)
async def test_the_feeds_of_the_demo_are_read(checker: Checker, path: Path) -> None:
    found = await checker(str(path), "https://demo.example/")
    assert found.error is None
    assert found.entries
    assert all(entry.url and entry.title for entry in found.entries)
    assert sum("\ufffd" in entry.title + entry.summary for entry in found.entries) <= 1


async def test_a_page_instead_of_a_feed_names_its_feeds(checker: Checker) -> None:
    page = b'<!doctype html><link rel="alternate" type="application/rss+xml" href="/rss">'
    found = await checker.at(Response(body=page))
    assert found.advice == (
        f"the page names a feed: {checker.server.url('/rss')}",
        f"`digest feeds discover {found.source}` looks for the feeds of this site",
    )
