from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.opml import NotOpml, Outline, read_opml, write_opml
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


def test_feeds_in_folders_are_found_once_each() -> None:
    assert read_opml(NESTED) == [
        Outline(
            url="https://response.example/rss?a=1&b=2",
            title="レスポンス",
            lang="ja",
            kind=FeedKind.TRADE,
        ),
        Outline(url="https://newsroom.example/feed", title="Newsroom"),
    ]


def test_a_bare_ampersand_costs_nothing() -> None:
    (found,) = list_of('<outline xmlUrl="https://a.example/?x=1&y=2"/>')
    assert found.url == "https://a.example/?x=1&y=2"


def list_of(outlines: str) -> list[Outline]:
    found = read_opml(f"<opml version='2.0'><body>{outlines}</body></opml>")
    assert isinstance(found, list)
    return found


def test_what_is_no_list_says_why() -> None:
    for text, words in (
        ("<rss/>", "<rss>"),
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
    assert isinstance(found, list)
    assert [(o.url, o.lang, o.kind) for o in found] == [(f.url, f.lang, f.kind) for f in feeds]
    assert all("\x00" not in outline.title for outline in found)
