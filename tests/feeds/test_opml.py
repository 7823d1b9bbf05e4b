from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.opml import NotOpml, Outline, OutlineList, read_opml, write_opml
from digest.feeds.tree import MAX_CHARACTERS
from digest.model import FeedId, FeedKind
from digest.settings import Feed

NOW = datetime(2026, 11, 16, 7, tzinfo=UTC)

NESTED = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>Mine</title></head><body>
  <outline text="Cars">
    <outline text="レスポンス" type="rss" xmlUrl="https://response.example/rss?a=1&amp;b=2"
      language="ja-JP" category="/cars/japan,/trade"/>
    <outline title="Newsroom" text="ignored" XMLURL="https://newsroom.example/feed"/>
    <outline text="A folder without feeds"/>
  </outline>
  <outline text="Again" xmlUrl="https://newsroom.example/feed"/>
</body></opml>"""


def test_feeds_in_folders_are_found_and_what_has_no_address_is_counted() -> None:
    trade = Outline(
        url="https://response.example/rss?a=1&b=2",
        title="レスポンス",
        lang="ja",
        kind=FeedKind.TRADE,
    )
    newsroom = Outline(url="https://newsroom.example/feed", title="Newsroom")
    again = replace(newsroom, title="Again")
    assert read_opml(NESTED) == OutlineList(feeds=(trade, newsroom, again), without_address=1)


def test_a_bare_ampersand_costs_nothing() -> None:
    (found,) = list_of('<outline xmlUrl="https://a.example/?x=1&y=2"/>')
    assert found.url == "https://a.example/?x=1&y=2"


def list_of(outlines: str) -> tuple[Outline, ...]:
    found = read_opml(f"<opml version='2.0'><body>{outlines}</body></opml>")
    assert isinstance(found, OutlineList)
    return found.feeds


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("feed://cars.example/rss", "http://cars.example/rss"),
        ("FEED:https://cars.example/rss", "https://cars.example/rss"),
        ("feed://https://cars.example/rss", "https://cars.example/rss"),
        ("feed:///etc/passwd", "feed:///etc/passwd"),
        ("feed:cars", "feed:cars"),
    ],
)
def test_an_address_for_feed_readers_is_one_of_the_web(written: str, read: str) -> None:
    (found,) = list_of(f'<outline xmlUrl="{written}"/>')
    assert found.url == read


def test_what_is_no_list_says_why() -> None:
    for text, words in (
        ("<rss/>", "<rss>"),
        ('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>', "<urlset>"),
        ("not XML at all", "not well-formed"),
        ("<opml><outline", "not well-formed"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><opml>&a;</opml>', "entities"),
        (f"{NESTED[:-7]}{' ' * MAX_CHARACTERS}</opml>", "far longer"),
    ):
        found = read_opml(text)
        assert isinstance(found, NotOpml)
        assert words in found.reason


@given(
    st.lists(
        st.builds(
            Feed,
            id=st.uuids().map(lambda u: FeedId(str(u))),
            url=st.uuids().map(lambda u: f"https://{u}.example/?a=1&b=<2>"),
            title=st.text(max_size=40),
            lang=st.sampled_from(["en", "ja"]),
            kind=st.sampled_from(FeedKind),
        ),
        max_size=5,
    )
)
def test_what_is_written_is_read_again(feeds: list[Feed]) -> None:
    found = read_opml(write_opml(feeds, "Kuruma <Weekly> & \x00", NOW))
    assert isinstance(found, OutlineList)
    assert [(o.url, o.lang, o.kind) for o in found.feeds] == [
        (f.url, f.lang, f.kind) for f in feeds
    ]
    assert all("\x00" not in outline.title for outline in found.feeds)
