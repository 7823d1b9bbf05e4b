"""The fast path against feedparser: on well-formed documents both must tell the same entries.

What may differ stands in ALLOWED, or is kept out of the generated documents, each with its reason:

- Text of white space or invisible characters only: feedparser takes it for none, and a field that
  stands elsewhere for its text.
- C1 control characters and "Â" before "¡" to "¿": feedparser takes them for badly read windows-1252
  or UTF-8 and reads them again.
- Words in angle brackets in Atom's plain text: feedparser takes them for HTML if it knows the tag.
- Links without a host and with spaces: feedparser joins and cleans them in its own way; ours is
  tested in test_links.py.
- Relative ids: feedparser joins them with xml:base, which makes them change with it.
"""

import html
from collections.abc import Callable
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.feeds.clean import entries
from digest.feeds.decode import decode
from digest.feeds.lenient import parse_leniently
from digest.feeds.parse import parse
from digest.feeds.parsed import ParsedFeed
from digest.feeds.plaintext import to_text
from digest.model import Entry
from tests.feeds.builders import NOW, feed
from tests.feeds.corpus import WRITERS, json_feed, pieces
from tests.feeds.test_golden import DOCUMENTS

ALLOWED = {  # document: {field: reason}
    "rss091-doctype-public": {"title": "feedparser drops HTML's entities where a DTD is named"},
    "rdf-without-namespace": {"format": "without a namespace feedparser does not know RDF"},
    "atom-without-namespace": {"format": "without a namespace feedparser knows no version of Atom"},
    "atom10-bases-and-types": {"url": "feedparser does not read the address of Atom's content"},
}


def differing(document: str) -> dict[str, object]:
    """The fields that the two tell differently."""
    fast, slow = parse(document), parse_leniently(document)
    assert isinstance(fast, ParsedFeed)
    assert isinstance(slow, ParsedFeed)
    assert not fast.lenient
    found: dict[str, object] = {}
    if to_text(fast.title_html) != to_text(slow.title_html):
        found["feed title"] = fast.title_html, slow.title_html
    for name in ("format", "link", "lang", "ttl", "skip_hours", "skip_days"):
        if getattr(fast, name) != getattr(slow, name):
            found[name] = getattr(fast, name), getattr(slow, name)
    ours, theirs = entries(fast, feed(), NOW), entries(slow, feed(), NOW)
    if len(ours) != len(theirs):
        found["count"] = len(ours), len(theirs)
    for one, other in zip(ours, theirs, strict=False):
        for name in Entry.__slots__:
            if getattr(one, name) != getattr(other, name):
                found[name] = getattr(one, name), getattr(other, name)
    return found


def well_formed() -> dict[str, str]:
    """The golden documents that the fast path reads without mending, and the corpus."""
    texts = {
        name: decode(document.body, document.content_type).text
        for name, document in DOCUMENTS.items()
    }
    parsed = {name: parse(text) for name, text in texts.items()}
    corpus = {
        f"{write.__name__} {seed}": write(pieces(seed, 10))
        for write in WRITERS
        if write is not json_feed
        for seed in range(2)
    }
    return corpus | {
        name: texts[name]
        for name, found in parsed.items()
        if isinstance(found, ParsedFeed) and not found.lenient and "JSON" not in found.format
    }


WELL_FORMED = well_formed()


@pytest.mark.parametrize("name", sorted(WELL_FORMED))
def test_known_documents_are_read_as_feedparser_reads_them(name: str) -> None:
    assert set(differing(WELL_FORMED[name])) == set(ALLOWED.get(name, {}))


# --- generated documents ---------------------------------------------------------------------


class Told(NamedTuple):
    """What one item says, before it is written in some format."""

    title: str
    summary: str  # HTML
    link: str
    guid: str
    date: str


def numbered(text: str) -> str:
    """Every character as a reference by its number."""
    return "".join(f"&#{ord(character)};" for character in text)


def cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', '')}]]>"


def named(text: str) -> str:
    """Escaped markup with the entities of HTML, which XML does not know and feeds use."""
    return escape(html.escape(text).replace("é", "&eacute;").replace("—", "&mdash;"))


TEXT = st.text(
    alphabet="abc XYZ 019 .,:;!?'\"#()[]-+*/=&<>日産自動車のトヨタ「」、。①㈱ﾎﾝﾀﾞ😀éß—\n\t",
    max_size=40,
).map(lambda text: f"{text} end")
PARTS = st.sampled_from(
    ["<p>", "</p>", "<b>", "</b>", "<br>", "<li>", "&amp;", "&nbsp;", "&#8217;", "words ", "日産、",
     "<a href='/x'>", "</a>", "<img src='i' alt='a > b'>", "\n", "Read more", "関連記事",
     "AT&amp;T. "]
)  # fmt: skip
HTML = st.lists(PARTS, max_size=8).map(lambda parts: "<p>Say.</p>" + "".join(parts))
NAME = st.from_regex(r"[a-z0-9-]{1,12}", fullmatch=True)
LINK = st.one_of(
    NAME.map(lambda name: f"https://trade.example/{name}?a=1&b=2"),
    NAME.map(lambda name: f"https://trade.example/x/{name}#part"),
    NAME.map(lambda name: f"http://Trade.example:80/{name}?utm_source=rss"),
)
DATE = st.sampled_from(
    ["Mon, 16 Nov 2026 06:00:00 GMT", "2026-11-16T06:00:00+09:00", "16 Nov 26 06:00 JST", "soon"]
)
TOLD = st.builds(Told, title=TEXT, summary=HTML, link=LINK, guid=NAME, date=DATE)
TEXT_WRITERS = st.sampled_from([escape, cdata, numbered])
Write = Callable[[str], str]


def rss_2(told: list[Told], write: Write) -> str:
    inside = "".join(
        f"<item><title>{write(html.escape(t.title))}</title><link>{escape(t.link)}</link>"
        f"<guid isPermaLink='false'>{t.guid}</guid><pubDate>{t.date}</pubDate>"
        f"<description>{write(t.summary)}</description></item>"
        for t in told
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'><channel><title>T</title>"
        "<link>https://trade.example/</link><language>en</language><ttl>60</ttl>"
        f"<skipHours><hour>3</hour></skipHours>{inside}</channel></rss>"
    )


def rss_091(told: list[Told], write: Write) -> str:
    inside = "".join(
        f"<item><title>{write(html.escape(t.title))}</title><link>{escape(t.link)}</link>"
        f"<description>{write(t.summary)}</description></item>"
        for t in told
    )
    return (
        "<rss version='0.91'><channel><title>T</title><link>https://trade.example/</link>"
        f"<language>ja</language>{inside}</channel></rss>"
    )


def rss_1(told: list[Told], write: Write) -> str:
    inside = "".join(
        f"<item rdf:about={quoteattr(t.link)}><title>{write(html.escape(t.title))}</title>"
        f"<link>{escape(t.link)}</link><dc:date>{t.date}</dc:date>"
        f"<content:encoded>{write(t.summary)}</content:encoded></item>"
        for t in told
    )
    return (
        "<rdf:RDF xmlns='http://purl.org/rss/1.0/' xmlns:dc='http://purl.org/dc/elements/1.1/'"
        " xmlns:content='http://purl.org/rss/1.0/modules/content/' xml:lang='ja'"
        " xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><channel><title>T</title>"
        f"<link>https://trade.example/</link></channel>{inside}</rdf:RDF>"
    )


def rss_090(told: list[Told], write: Write) -> str:
    inside = "".join(
        f"<item><title>{write(html.escape(t.title))}</title><link>{escape(t.link)}</link></item>"
        for t in told
    )
    return (
        "<rdf:RDF xmlns='http://my.netscape.com/rdf/simple/0.9/'"
        " xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><channel><title>T</title>"
        f"<link>https://trade.example/</link></channel>{inside}</rdf:RDF>"
    )


def atom_1(told: list[Told], write: Write) -> str:
    inside = "".join(
        f"<entry xml:base='sub/'><title type='html'>{write(html.escape(t.title))}</title>"
        f"<link rel='self' href='self'/><link href={quoteattr(t.link)}/><id>tag:{t.guid}</id>"
        f"<link rel='enclosure' href='a.mp3'/><published>{t.date}</published>"
        f"<summary type='html'>{write(t.summary)}</summary></entry>"
        for t in told
    )
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en' xml:base='https://trade.example/'>"
        f"<title>T</title><link href='https://trade.example/'/>{inside}</feed>"
    )


def atom_03(told: list[Told], write: Write) -> str:
    inside = "".join(
        f"<entry><title type='text/html' mode='escaped'>{write(html.escape(t.title))}</title>"
        f"<link rel='alternate' type='text/html' href={quoteattr(t.link)}/><id>{t.guid}</id>"
        f"<issued>{t.date}</issued><content type='text/html' mode='escaped'>{write(t.summary)}"
        "</content></entry>"
        for t in told
    )
    return (
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#' xml:lang='ja'><title>T</title>"
        f"<link rel='alternate' type='text/html' href='https://trade.example/'/>{inside}</feed>"
    )


FORMATS = (rss_2, rss_091, rss_1, rss_090, atom_1, atom_03)


@pytest.mark.parametrize("write_feed", FORMATS)
@settings(max_examples=25, deadline=None)
@given(told=st.lists(TOLD, max_size=4), write=TEXT_WRITERS)
def test_generated_documents_are_read_as_feedparser_reads_them(
    write_feed: Callable[[list[Told], Write], str], told: list[Told], write: Write
) -> None:
    assert not differing(write_feed(told, write))


@settings(max_examples=25, deadline=None)
@given(told=st.lists(TOLD, min_size=1, max_size=2))
def test_names_of_html_s_entities_are_read_as_feedparser_reads_them(told: list[Told]) -> None:
    assert not differing(rss_2(told, named))


@pytest.mark.parametrize("version", ["0.92", "0.93", "0.94"])
def test_older_versions_are_named_alike(version: str) -> None:
    assert not differing(rss_091([], escape).replace("0.91", version))
