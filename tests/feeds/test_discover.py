from collections.abc import AsyncIterator, Mapping

import pytest

from digest.feeds.check import FeedCheck
from digest.feeds.discover import MOST_GUESSES, NoSite, discover
from digest.feeds.fetch import Fetcher
from digest.feeds.workers import ParserPool
from digest.settings import FetchSettings
from tests.feeds.builders import NOW, rss
from tests.feeds.server import FeedServer, Response

HTML = "text/html; charset=utf-8"


def page(*links: str) -> Response:
    head = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{link}">' for link in links
    )
    return Response(body=f"<!doctype html><html><head>{head}</head>".encode(), content_type=HTML)


class Site:
    def __init__(self, server: FeedServer, fetcher: Fetcher, parser: ParserPool) -> None:
        self._server = server
        self._fetcher = fetcher
        self._parser = parser

    async def look(self, answers: Mapping[str, Response]) -> list[FeedCheck] | NoSite:
        self._server.answers.update(answers)
        return await discover(
            self._server.url("/"), fetcher=self._fetcher, parser=self._parser, now=NOW
        )

    async def found(self, answers: Mapping[str, Response]) -> list[str]:
        seen = await self.look(answers)
        assert isinstance(seen, list)
        return [feed.url.removeprefix(self._server.url("")) for feed in seen]

    @property
    def asked(self) -> list[str]:
        return [request.path for request in self._server.requests]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with FeedServer({}) as server:
        settings = FetchSettings(allow_hosts=frozenset({server.host}))
        async with Fetcher(settings, "test") as fetcher, ParserPool() as parser:
            yield Site(server, fetcher, parser)


async def test_the_feeds_that_a_page_names_are_found(site: Site) -> None:
    answers = {
        "/": page("/rss", "/broken"),
        "/rss": Response(body=rss("One")),
        "/broken": page(),
        "/feed": Response(body=rss("not asked for")),
    }
    assert await site.found(answers) == ["/rss"]
    assert "/feed" not in site.asked


async def test_else_the_usual_places_are_tried(site: Site) -> None:
    answers = {"/": page(), "/index.rdf": Response(body=rss("One"))}
    assert await site.found(answers) == ["/index.rdf"]


async def test_an_address_that_is_a_feed_is_its_own_feed(site: Site) -> None:
    assert await site.found({"/": Response(body=rss("One"))}) == ["/"]
    assert site.asked == ["/"]


async def test_two_addresses_of_one_feed_are_one(site: Site) -> None:
    answers = {
        "/": page("/rss", "/old"),
        "/rss": Response(body=rss("One")),
        "/old": Response(status=302, headers={"Location": "/rss"}),
    }
    assert await site.found(answers) == ["/rss"]


async def test_a_site_is_asked_for_so_many_feeds_at_most(site: Site) -> None:
    answers = {"/": page(*(f"/rss/{n}" for n in range(MOST_GUESSES + 30)))}
    assert await site.found(answers) == []
    assert len(site.asked) == 1 + MOST_GUESSES


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (Response(status=503), "503"),
        (Response(status=410), "gone"),
        (Response(status=304), "304"),
        (Response(raw=b""), "closed"),
    ],
)
async def test_a_site_that_cannot_be_seen_says_why(
    site: Site, response: Response, words: str
) -> None:
    seen = await site.look({"/": response})
    assert isinstance(seen, NoSite)
    assert words in seen.reason
