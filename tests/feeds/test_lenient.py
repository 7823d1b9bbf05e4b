"""feedparser as fallback, and as the oracle of the fast path on well-formed documents."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.feeds.lenient import parse_leniently
from digest.feeds.parse import parse
from digest.feeds.parsed import NotAFeed, ParsedFeed, ParsedItem
from digest.feeds.plaintext import to_text
from digest.feeds.tree import MAX_ITEMS


def leniently(text: str) -> ParsedFeed:
    found = parse_leniently(text)
    assert isinstance(found, ParsedFeed)
    return found


def test_fields_of_broken_documents_are_found() -> None:
    feed = leniently(
        "<rss version='2.0'><channel><title>T & <b>U</title><language>ja</language><ttl>30</ttl>"
        "<link>https://a.example/</link><item><title>A &amp; <b>B</title>"
        "<link>https://a.example/1?x=1&y=2</link><guid>g</guid><description>D &lt; E"
        "</description><pubDate>Mon, 16 Nov 2026 06:00:00 GMT</pubDate>"
        "<source url='https://r.example'>Reuters</source></item>"
    )
    item = feed.items[0]
    assert (feed.format, feed.lang, feed.ttl) == ("RSS 2.0", "ja", timedelta(minutes=30))
    assert to_text(item.title_html) == "A & B"
    assert to_text(item.summary_html) == "D < E"
    assert item.link == "https://a.example/1?x=1&y=2"
    assert (item.guid, item.publisher) == ("g", "Reuters")
    assert item.published == "Mon, 16 Nov 2026 06:00:00 GMT"


def test_content_stands_in_for_a_missing_summary() -> None:
    feed = leniently(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title>'
        '<content type="html">&lt;p&gt;words</content></entry><entry>'
    )
    assert to_text(feed.items[0].summary_html) == "words"


def test_a_ttl_that_is_no_number_is_none() -> None:
    assert leniently("<rss><channel><ttl>x<b></ttl><item><title>A").ttl is None


def test_no_feed_is_no_feed() -> None:
    assert isinstance(parse_leniently("words"), NotAFeed)


def test_only_so_many_items_are_taken() -> None:
    feed = leniently("<rss><channel>" + "<item><title>x<b></title></item>" * (MAX_ITEMS + 1))
    assert (len(feed.items), feed.cut) == (MAX_ITEMS, True)


# --- the differential test -------------------------------------------------------------------

# Allowed differences, kept out of the documents below: feedparser folds and trims in other places
# (so plain text is compared), reads "Â¡" as UTF-8 read wrongly, prefers other dates where there
# are several, and joins relative links with the document's address.
TEXT = st.text(
    alphabet="abc XYZ 019 .,:;!?'\"#()[]-+*/=日産自動車のトヨタ「」、。①㈱ﾎﾝﾀﾞ😀éß", max_size=40
)
DIFFERENTIAL = settings(max_examples=40, deadline=None)
HTML = st.lists(
    st.sampled_from(["<p>", "</p>", "<b>", "</b>", "<br>", "&amp;", "words ", "日産"]), max_size=6
).map("".join)
NAME = st.from_regex(r"[a-z0-9-]{1,12}", fullmatch=True)
LINK = NAME.map(lambda name: f"https://trade.example/{name}?a=1&b=2")
DATE = st.sampled_from(["Mon, 16 Nov 2026 06:00:00 GMT", "2026-11-16T06:00:00+09:00"])


def xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', '')}]]>"


ITEMS = st.lists(
    st.fixed_dictionaries(
        {"title": TEXT, "summary": HTML, "link": LINK, "guid": NAME, "date": DATE}
    ),
    max_size=4,
)
WRITERS = st.sampled_from([xml, cdata])


def comparable(item: ParsedItem) -> tuple[str, ...]:
    return (
        to_text(item.title_html),
        to_text(item.summary_html),
        item.link,
        item.guid,
        item.published,
        to_text(item.publisher),
    )


def same(document: str) -> None:
    fast, slow = parse(document), parse_leniently(document)
    assert isinstance(fast, ParsedFeed)
    assert not fast.lenient
    assert isinstance(slow, ParsedFeed)
    assert list(map(comparable, fast.items)) == list(map(comparable, slow.items))
    assert fast.format == slow.format
    assert to_text(fast.title_html) == to_text(slow.title_html)
    assert (fast.link, fast.lang, fast.ttl) == (slow.link, slow.lang, slow.ttl)


def visible_title(title: str) -> str:
    """A title that is there: feedparser takes one of white space for none."""
    return title.strip() or "x"


@DIFFERENTIAL
@given(ITEMS, WRITERS)
def test_rss_2_is_read_as_feedparser_reads_it(items: list[dict[str, str]], write: object) -> None:
    assert callable(write)
    inside = "".join(
        f"<item><title>{write(visible_title(i['title']))}</title><link>{xml(i['link'])}</link>"
        f"<guid isPermaLink='false'>{i['guid']}</guid><pubDate>{i['date']}</pubDate>"
        f"<description>{write(i['summary'])}</description></item>"
        for i in items
    )
    same(
        "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'><channel><title>T</title>"
        f"<link>https://trade.example/</link><language>en</language><ttl>60</ttl>{inside}"
        "</channel></rss>"
    )


@DIFFERENTIAL
@given(ITEMS, WRITERS)
def test_rss_1_is_read_as_feedparser_reads_it(items: list[dict[str, str]], write: object) -> None:
    assert callable(write)
    inside = "".join(
        f"<item rdf:about='{xml(i['link'])}'><title>{write(visible_title(i['title']))}</title>"
        f"<link>{xml(i['link'])}</link><dc:date>{i['date']}</dc:date>"
        f"<description>{write(i['summary'])}</description></item>"
        for i in items
    )
    same(
        "<rdf:RDF xmlns='http://purl.org/rss/1.0/' xmlns:dc='http://purl.org/dc/elements/1.1/'"
        " xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><channel><title>T</title>"
        f"<link>https://trade.example/</link></channel>{inside}</rdf:RDF>"
    )


@DIFFERENTIAL
@given(ITEMS)
def test_atom_1_is_read_as_feedparser_reads_it(items: list[dict[str, str]]) -> None:
    inside = "".join(
        f"<entry><title type='html'>{xml(visible_title(i['title']))}</title>"
        f"<link href='{xml(i['link'])}'/><id>{i['guid']}</id><published>{i['date']}</published>"
        f"<summary type='html'>{xml(i['summary'])}</summary></entry>"
        for i in items
    )
    same(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'><title>T</title>"
        f"<link href='https://trade.example/'/>{inside}</feed>"
    )


@pytest.mark.parametrize("version", ["0.91", "0.92", "0.93", "0.94"])
def test_older_versions_are_named_alike(version: str) -> None:
    same(
        f"<rss version='{version}'><channel><title>T</title><link>https://a.example/</link>"
        "<item><title>A</title><link>https://a.example/1</link></item></channel></rss>"
    )
