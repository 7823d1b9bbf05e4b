from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.clean import entries
from digest.feeds.parsed import ParsedItem
from digest.model import Entry, FeedKind
from tests.feeds.builders import NOW, feed, item, parsed


def one(told: Any = None, document: Any = None, **given: Any) -> Entry:
    found = entries(parsed(item(**given), **(document or {})), told or feed(), NOW)
    assert len(found) == 1
    return found[0]


def test_an_item_becomes_an_entry() -> None:
    assert one(summary_html="<p>In <b>Japan</b>.</p>") == Entry(
        feed=feed().id,
        guid="guid-1",
        url="https://trade.example/1",
        title="Nissan to close two plants",
        summary="In Japan.",
        published=NOW - timedelta(hours=1),
        dated=True,
        lang="en",
        outlet="Trade Paper",
    )


def test_a_missing_or_impossible_date_is_now_and_marked_so() -> None:
    for date in ("", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "31 Nov 2026"):
        entry = one(published=date)
        assert (entry.published, entry.dated) == (NOW, False)


def test_a_date_from_the_future_is_now() -> None:
    entry = one(published="2027-01-01T00:00:00Z")
    assert (entry.published, entry.dated) == (NOW, True)


def test_a_date_without_a_zone_is_local_to_the_feed_s_language() -> None:
    assert one(feed(lang="ja"), published="2026-11-16 12:00").published == NOW - timedelta(hours=4)
    assert one(published="2026-11-16 06:00").published == NOW - timedelta(hours=1)


def test_without_a_guid_the_link_is_the_identity_and_without_both_the_title() -> None:
    assert one(guid="").guid == "https://trade.example/1"
    first = one(guid="", link="")
    assert len(first.guid) == 64
    assert first.guid == one(guid="", link="", summary_html="more").guid
    assert first.guid != one(guid="", link="", title_html="Other").guid
    assert first.url == ""


def test_a_guid_of_any_length_and_content_is_a_usable_key() -> None:
    assert len(one(guid="x" * 5000).guid) == 64
    assert one(guid=" ../../etc\x00/passwd\ud800 \n").guid == "../../etc/passwd"


def test_a_guid_that_is_a_link_stands_in_for_a_missing_or_unusable_one() -> None:
    assert one(link="", guid="https://trade.example/?p=1").url == "https://trade.example/?p=1"
    assert one(link="javascript:x", guid="https://trade.example/2").url == "https://trade.example/2"


def test_a_guid_that_many_items_share_identifies_none() -> None:
    items = [item(guid="same", link=f"https://trade.example/{n}") for n in range(3)]
    found = entries(parsed(*items), feed(), NOW)
    assert [entry.guid for entry in found] == [f"https://trade.example/{n}" for n in range(3)]


def test_items_that_share_a_page_are_told_apart_by_its_parts() -> None:
    page = "https://go.example/press.html"
    items = [item(guid="", link=f"{page}#{n}", title_html=f"Notice {n}") for n in range(3)]
    other = item(guid="", link="https://go.example/other.html#top", title_html="Other")
    found = entries(parsed(*items, other), feed(), NOW)
    assert [entry.url for entry in found] == [
        *(f"{page}#{n}" for n in range(3)),
        "https://go.example/other.html",
    ]


@pytest.mark.parametrize("guid", ["", "https://go.example/press.html"])
def test_items_that_share_a_page_without_parts_are_told_apart_by_their_titles(guid: str) -> None:
    page = "https://go.example/press.html"
    items = [item(guid=guid, link=page, title_html=f"Notice {n}") for n in range(3)]
    found = entries(parsed(*items), feed(), NOW)
    assert [entry.title for entry in found] == ["Notice 0", "Notice 1", "Notice 2"]
    again = entries(parsed(items[2], items[1]), feed(), NOW)  # the page's order means nothing
    assert {entry.guid for entry in again} < {entry.guid for entry in found}


def test_the_whole_text_stands_in_for_a_summary_that_says_nothing() -> None:
    for nothing in ("", "<img src='x'>", "Nissan to close two plants", "Read more"):
        entry = one(summary_html=nothing, content_html="<p>Two of them.</p>")
        assert entry.summary == "Two of them."
    assert one(summary_html="Said.", content_html="<p>Two of them.</p>").summary == "Said."


def test_the_next_best_date_stands_in_for_one_that_cannot_be_read() -> None:
    for useless in ("soon", "0000-00-00", "Thu, 01 Jan 1970 00:00:00 GMT"):
        entry = one(published=useless, updated="2026-11-16T06:00:00Z")
        assert (entry.published, entry.dated) == (NOW - timedelta(hours=1), True)


def test_links_at_the_end_of_a_summary_are_not_its_words() -> None:
    tail = "<p>From our shelves</p><ul><li><a href='/b'>BMW up</a><li><a href='/c'>VW too</a></ul>"
    assert one(summary_html=f"<p>It closes two.</p>{tail}").summary == "It closes two."
    assert one(summary_html="<p><a href='/1'>It closes two</a></p>").summary == "It closes two"


def test_an_item_told_twice_is_one_entry() -> None:
    assert len(entries(parsed(item(), item()), feed(), NOW)) == 1


def test_an_item_without_words_is_left_out() -> None:
    assert entries(parsed(item(title_html=" <img src=x> ")), feed(), NOW) == []


def test_a_title_is_taken_from_the_summary_if_it_must_be() -> None:
    long = "Nissan will close two plants. " + "It said so on Monday in Yokohama. " * 4
    entry = one(title_html="", summary_html=long)
    assert entry.title == "Nissan will close two plants. It said so on Monday in Yokohama."
    assert entry.summary.startswith("Nissan will close")
    assert one(title_html="", summary_html="All there is").summary == ""


def test_relative_links_belong_to_the_document_and_not_to_the_site_that_it_names() -> None:
    assert one(link="/2").url == "https://trade.example/2"
    document = {"link": "https://trade.example/"}
    assert one(feed(url="https://trade.example/news/feed"), document, link="2").url == (
        "https://trade.example/news/2"
    )
    assert one(document={"link": ""}, link="2").url == "https://trade.example/2"
    found = entries(parsed(item(link="2"), link=""), feed(), NOW, "https://moved.example/rss/")
    assert found[0].url == "https://moved.example/rss/2"


@pytest.mark.parametrize("url", ["", "https://feeds.feedburner.com/site"])
def test_relative_links_belong_to_the_site_where_the_document_has_no_place_of_its_own(
    url: str,
) -> None:
    document = {"link": "https://site.example/x/"}
    assert one(feed(url=url), document, link="2").url == "https://site.example/x/2"


@pytest.mark.parametrize(
    ("configured", "declared", "title", "lang"),
    [
        ("en", "en", "Nissan", "en"),
        ("en", "en-us", "日産、トヨタ", "ja"),
        ("en", "ja", "日産社長交代", "ja"),
        ("en", "zh-cn", "丰田", "zh"),
        ("en", "en", "日産社長交代", "en"),
        ("ja", "en", "日産社長交代", "ja"),
        ("ja", "", "Honda N-BOX", "ja"),
        ("en", "", "ﾎﾝﾀﾞ", "ja"),
    ],
)
def test_the_language_is_the_text_s_own(
    configured: str, declared: str, title: str, lang: str
) -> None:
    assert one(feed(lang=configured), {"lang": declared}, title_html=title).lang == lang


SEARCH = feed(kind=FeedKind.SEARCH, title="Search: Nissan")


def test_a_search_feed_s_entry_belongs_to_its_publisher() -> None:
    entry = one(
        SEARCH,
        title_html="Nissan sells HQ - Harbour Times",
        publisher="Harbour Times",
        summary_html='<a href="x">Nissan sells HQ</a>&nbsp;&nbsp;<font>Harbour Times</font>',
    )
    assert (entry.title, entry.outlet, entry.summary) == ("Nissan sells HQ", "Harbour Times", "")


def test_a_search_feed_s_list_of_other_headlines_is_no_summary() -> None:
    listed = "<li>Nissan sells HQ - Harbour Times</li><li>BMW sells too - Other</li>"
    entry = one(SEARCH, title_html="Nissan sells HQ - Harbour Times", summary_html=listed)
    assert entry.summary == ""


def test_a_search_feed_s_real_summary_is_kept() -> None:
    entry = one(SEARCH, title_html="Nissan sells HQ", summary_html="It moves to Atsugi.")
    assert (entry.summary, entry.outlet) == ("It moves to Atsugi.", "Search: Nissan")


def test_a_search_feed_s_titles_name_publishers_only_if_most_of_them_do() -> None:
    def outlets(*titles: str) -> list[str]:
        items = [item(guid=title, link=title, title_html=title) for title in titles]
        return [entry.outlet for entry in entries(parsed(*items), SEARCH, NOW)]

    own = SEARCH.title
    assert outlets("Nissan crash - What We Know", "Honda up", "Mazda down") == [own] * 3
    assert outlets("Nissan up - Harbour Times", "Honda up - example.com", "Mazda") == [
        *("Harbour Times", "example.com"),
        own,
    ]
    for suffix in ("what we know", "2026", "here's what Nissan said so far", "3%"):
        assert outlets(f"Nissan crash - {suffix}") == [own]
    assert outlets("日産 (ロイター)", "日産（ロイター）", "Nissan", "Honda", "Mazda")[:2] == [
        *("ロイター", "ロイター")
    ]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Nissan sells HQ - Trade Paper", "Nissan sells HQ"),
        ("Nissan sells HQ | Trade Paper RSS", "Nissan sells HQ"),
        ("日産（trade paper）", "日産"),
        ("Nissan sells HQ - Reuters", "Nissan sells HQ"),
        ("ホンダ（ロイター）", "ホンダ"),
        ("ホンダ 【ロイター】", "ホンダ"),
        ("Nissan - Honda talks end", "Nissan - Honda talks end"),
        ("Reuters", "Reuters"),
        ("（ロイター）", "（ロイター）"),
        ("Trade Paper", "Trade Paper"),
        ("(Trade Paper)", "(Trade Paper)"),
        ("トヨタ（関係者）", "トヨタ（関係者）"),
        ("｢軽｣の①号車 - ロイター", "｢軽｣の①号車"),
    ],
)
def test_a_title_ends_before_the_outlet_s_own_name_or_an_agency_s(title: str, shown: str) -> None:
    assert one(document={"title_html": "Trade Paper RSS"}, title_html=title).title == shown


def test_a_date_without_a_zone_in_a_japanese_document_or_form_is_japanese() -> None:
    for date in ("2026年11月16日 12:00", "令和8年11月16日 午後0時", "２０２６-11-16 12:00"):
        assert one(published=date).published == NOW - timedelta(hours=4)
    document = {"lang": "ja-JP"}
    assert one(document=document, published="2026-11-16 12:00").published == (
        NOW - timedelta(hours=4)
    )


def test_plain_text_keeps_its_angle_brackets_and_ampersands() -> None:
    entry = one(title_html="Use <b> &\n&lt;i&gt;", summary_html="a < b <c>\n\n d &amp;", plain=True)
    assert (entry.title, entry.summary) == ("Use <b> & &lt;i&gt;", "a < b <c> d &amp;")


HOSTILE = st.text(max_size=60) | st.sampled_from(
    [
        "<script>x</script>",
        "&#xD800;",
        "javascript:alert(1)",
        "http://[",
        "\x00",
        "\ud800",
        "9" * 99,
    ]
)


@given(st.lists(st.builds(ParsedItem, **dict.fromkeys(ParsedItem.__slots__, HOSTILE)), max_size=5))
def test_no_item_makes_it_raise_and_every_entry_can_be_stored(items: list[ParsedItem]) -> None:
    for kind in (FeedKind.TRADE, FeedKind.SEARCH):
        for entry in entries(parsed(*items), feed(kind=kind), NOW):
            assert entry.title
            assert entry.published <= NOW
            for text in (entry.guid, entry.url, entry.title, entry.summary, entry.outlet):
                text.encode("utf-8")
                assert not set(text) & set("\x00\n\r\u202e")
