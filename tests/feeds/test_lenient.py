"""feedparser as fallback. As the oracle of the fast path it is in test_differential.py."""

from datetime import timedelta

from digest.feeds.lenient import parse_leniently
from digest.feeds.parsed import NotAFeed, ParsedFeed
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


def test_a_picture_is_no_summary() -> None:
    feed = leniently(
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>A & B</title>"
        "<content type='image/png'>iVBORw0KGgo=</content></entry></feed>"
    )
    assert feed.items[0].content_html == ""
