import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.parse import parse
from digest.feeds.parsed import Malformed, NotAFeed, ParsedFeed
from digest.feeds.plaintext import to_text
from digest.feeds.tree import MAX_ITEMS


def read(text: str) -> ParsedFeed:
    found = parse(text)
    assert isinstance(found, ParsedFeed), found
    return found


def reason(text: str) -> str:
    found = parse(text)
    assert isinstance(found, NotAFeed), found
    return found.reason


def channel(inside: str, attributes: str = 'version="2.0"') -> str:
    return f"<rss {attributes}><channel>{inside}</channel></rss>"


# --- fields ----------------------------------------------------------------------------------


def test_markup_that_was_not_escaped_is_kept_as_markup() -> None:
    feed = read(channel("<item><title>A <b>b</b> &amp; c</title><link>x</link></item>"))
    assert feed.items[0].title_html == "A <b>b</b> &amp; c"


def test_a_namespace_that_rss_should_not_have_does_no_harm() -> None:
    attributes = 'version="2.0" xmlns="http://backend.userland.com/rss2"'
    feed = read(channel("<title>T</title><item><title>A</title></item>", attributes))
    assert (feed.title_html, len(feed.items)) == ("T", 1)


def test_the_link_may_stand_in_an_attribute() -> None:
    atom = 'xmlns:a="http://www.w3.org/2005/Atom"'
    feed = read(
        channel(
            f"<item><a:link {atom} rel='self' href='https://a/no'/>"
            f"<a:link {atom} href='https://a/1'/></item>"
            "<item><link href='https://a/2'/></item>"
        )
    )
    assert [item.link for item in feed.items] == ["https://a/1", "https://a/2"]


def test_the_original_link_is_better_than_a_counter_s() -> None:
    ns = 'xmlns:f="http://rssnamespace.org/feedburner/ext/1.0"'
    feed = read(
        channel(
            f"<item {ns}><link>https://counter/1</link><f:origLink>https://a/1</f:origLink></item>"
        )
    )
    assert feed.items[0].link == "https://a/1"


def test_xml_base_is_joined_from_the_outside_in() -> None:
    feed = read(
        '<rss version="2.0" xml:base="https://a.example/x/"><channel xml:base="y/">'
        '<item xml:base="z/"><link>1</link></item><item><title>no link</title></item>'
        '<item xml:base="http://[bad"><link>2</link></item></channel></rss>'
    )
    assert [item.link for item in feed.items] == ["https://a.example/x/y/z/1", "", "2"]


@pytest.mark.parametrize(
    ("inside", "minutes"),
    [
        ("<ttl>60</ttl>", 60),
        ("<ttl>9999999999</ttl>", 7 * 24 * 60),
        ("<ttl>soon</ttl>", None),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", 24 * 60),
        ("<sy:updatePeriod>Hourly</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 15),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 60),
        ("<sy:updatePeriod>often</sy:updatePeriod>", None),
    ],
)
def test_how_often_the_publisher_wants_to_be_asked(inside: str, minutes: int | None) -> None:
    ns = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    expected = None if minutes is None else timedelta(minutes=minutes)
    assert read(channel(inside, ns)).ttl == expected


def test_atom_takes_html_links_before_others_and_the_source_s_title() -> None:
    feed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title>'
        '<link type="application/pdf" href="https://a/pdf"/>'
        '<link type="text/html" href="https://a/html"/>'
        "<source><title>Reuters</title></source></entry>"
        '<entry><link type="application/pdf" href="https://a/pdf"/></entry></feed>'
    )
    assert [item.link for item in feed.items] == ["https://a/html", "https://a/pdf"]
    assert feed.items[0].publisher == "Reuters"


def test_rss_1_may_lack_its_channel() -> None:
    feed = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/"><item rdf:about="https://a/1"/></rdf:RDF>'
    )
    assert feed.items[0].guid == feed.items[0].link == "https://a/1"


def test_a_parameter_entity_that_nobody_declared_is_nothing() -> None:
    assert read("<!DOCTYPE r [%x;]>" + channel("<title>T</title>")).title_html == "T"


def test_a_document_with_nothing_in_the_part_we_read_is_malformed() -> None:
    found = parse("<!--" + "x" * 3_000_000 + "-->" + channel(""))
    assert found == Malformed("not well-formed XML: it has no element")


def test_an_unknown_name_of_an_entity_stays_and_html_s_are_known() -> None:
    feed = read(channel("<title>a&nbsp;b&unheard;c&eacute;</title>"))
    assert feed.title_html == "a\xa0b&unheard;cé"


@pytest.mark.parametrize(
    "root",
    [
        "rss version='2.0' xmlns='http://www.w3.org/2005/Atom'",
        "rss version='2.0' xmlns='urn:of-somebody'",
        "RSS version='2.0'",
        "rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'",
        "rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='urn:x'",
    ],
)
def test_the_names_of_the_outermost_elements_count_more_than_namespaces(root: str) -> None:
    feed = read(
        f"<{root}><Channel><Title>T</Title></Channel><ITEM><title>A</title><Link>/1</Link>"
        f"<PUBDATE>soon</PUBDATE></ITEM></{root.split(maxsplit=1)[0]}>"
    )
    item = feed.items[0]
    assert (feed.title_html, item.title_html, item.link, item.published) == ("T", "A", "/1", "soon")


def test_atom_may_lack_its_namespace() -> None:
    feed = read("<feed><title>T</title><entry><title>A</title><link href='/1'/></entry></feed>")
    assert (feed.title_html, feed.items[0].title_html, feed.items[0].link) == ("T", "A", "/1")


def test_rss_0_90_is_named_by_its_namespace() -> None:
    rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    old = f'<rdf:RDF {rdf} xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel/></rdf:RDF>'
    assert read(old).format == "RSS 0.90"


def test_the_words_of_media_rss_are_found_at_any_depth() -> None:
    feed = read(
        channel(
            "<item><media:group><media:content><media:title>A</media:title></media:content>"
            "<media:description>B</media:description></media:group></item>"
            "<item><media:title>no</media:title><title>yes</title></item>",
            'xmlns:media="http://search.yahoo.com/mrss/"',
        )
    )
    assert (feed.items[0].title_html, feed.items[0].summary_html) == ("A", "B")
    assert feed.items[1].title_html == "yes"


def test_a_guid_that_says_so_is_the_link() -> None:
    feed = read(
        channel(
            "<link>https://a/</link><item><guid isPermaLink='true'>/1</guid></item>"
            "<item><guid isPermaLink='false'>/2</guid></item><item><guid>/3</guid></item>"
        )
    )
    assert [item.link for item in feed.items] == ["/1", "", ""]


def test_an_atom_entry_s_link_may_be_an_iana_address_or_its_content_s() -> None:
    feed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="https://a/1"'
        ' rel="http://www.iana.org/assignments/relation/alternate"/></entry>'
        '<entry><content src="https://a/2" type="text/html"/></entry>'
        '<entry><link rel="related" href="https://a/no"/></entry></feed>'
    )
    assert [item.link for item in feed.items] == ["https://a/1", "https://a/2", ""]


def test_the_whole_text_and_the_next_best_date_are_kept_apart() -> None:
    ns = (
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    item = read(
        channel(
            "<item><description>short</description><content:encoded>long</content:encoded>"
            "<dc:date>2026-11-16</dc:date><pubDate>soon</pubDate></item>",
            ns,
        )
    ).items[0]
    assert (item.summary_html, item.content_html) == ("short", "long")
    assert (item.published, item.updated) == ("soon", "2026-11-16")


def test_json_may_hold_line_breaks_and_halves_of_characters() -> None:
    feed = read(
        '{"version": "https://jsonfeed.org/version/1", "items": [{"id": 1, "title": "a\\ud800\tb",'
        ' "content_text": "x\ny", "date_published": 1794787200}]}'
    )
    item = feed.items[0]
    assert (item.guid, item.title_html, item.content_html) == ("1", "a\ufffd\tb", "x<br>y")
    assert item.published == "1794787200"


# --- faults ----------------------------------------------------------------------------------


def test_common_faults_are_mended() -> None:
    feed = read(
        "\ufeff\n<b>Notice</b>".replace("<b>Notice</b>", "Notice: x\n")
        + channel(
            "<title>R&D \x0c</title><item><title>&#0;A & B &#xD800;&#x41;</title>"
            "<link><![CDATA[https://a/?x=1&y=2]]></link></item>"
        )
        + "<!-- cached --> trailing words"
    )
    assert feed.lenient
    assert feed.items[0].title_html == "A & B A"
    assert feed.items[0].link == "https://a/?x=1&y=2"


def test_what_cannot_be_mended_is_left_to_the_lenient_parser() -> None:
    found = parse(channel("<item><title>A <b>B</title></item>"))
    assert isinstance(found, Malformed)
    assert "mismatched tag" in found.reason


def test_what_a_failing_server_printed_first_is_passed_over() -> None:
    feed = read(
        "<br />\n<b>Warning</b>: x in <b>/y.php</b><br />\n<?xml version='1.0'?>"
        + channel("<title>T</title>")
    )
    assert (feed.title_html, feed.lenient) == ("T", True)


@pytest.mark.parametrize("end", ["<item><title>B", "<item><title>B</title", "<item><![CDATA[B"])
def test_of_a_document_that_was_cut_off_the_whole_items_are_read(end: str) -> None:
    whole = channel("<item><title>A</title></item>").partition("</channel>")[0]
    feed = read(whole + end)
    assert [item.title_html for item in feed.items] == ["A"]
    assert feed.lenient
    assert isinstance(parse("<rss><channel>" + end), Malformed)


def test_entities_of_html_may_be_declared_and_no_others() -> None:
    declared = '<!DOCTYPE rss [<!ENTITY eacute "&#233;"><!ENTITY nbsp "&#160;">]>'
    assert read(declared + channel("<title>a&nbsp;&eacute;</title>")).title_html == "a\xa0é"
    for other in ('eacute "bomb"', 'bomb "&eacute;"', '% eacute "é"'):
        assert "entities" in reason(f"<!DOCTYPE rss [<!ENTITY {other}>]>" + channel(""))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (" \n\ufeff ", "empty"),
        ("Service unavailable", "neither XML nor JSON"),
        ("<!DOCTYPE html><html><body>Hi", "a web page"),
        ("<!-- a --> <!-- b -->\n<HTML><p>", "a web page"),
        ('<html xmlns="http://www.w3.org/1999/xhtml"><head/></html>', "a web page"),
        ("<html><title>Just a moment...</title><script>/cdn-cgi/challenge-platform/", "Cloudflare"),
        ('<html><script src="https://geo.captcha-delivery.com/c.js">', "DataDome"),
        ("<opml version='2.0'/>", "OPML"),
        ("<urlset/>", "sitemap"),
        ("<svg/>", "another kind (<svg>)"),
        ('<entry xmlns="http://www.w3.org/2005/Atom"/>', "single Atom entry"),
        ("{", "not well-formed JSON"),
        ('{"items": 3}', "not a JSON Feed"),
        ("[1, 2]", "not a JSON Feed"),
        ('{"version": "1", "items": []}', "not a JSON Feed"),
        ("[" * 200_000, "nested too deeply"),
        ('{"version": ' + "9" * 5000 + "}", "not well-formed JSON"),
    ],
)
def test_what_is_no_feed_says_what_it_is(text: str, words: str) -> None:
    assert words in reason(text)


# --- hostility -------------------------------------------------------------------------------

BILLION = (
    '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>'
    "<rss><channel><title>&c;</title></channel></rss>"
)


@pytest.mark.parametrize(
    "text",
    [
        BILLION,
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel>&x;</channel></rss>',
        '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd">%x;]><rss/>',
    ],
)
def test_entities_are_neither_expanded_nor_loaded(text: str) -> None:
    assert "declares XML entities" in reason(text)


HEAVY = {
    "deep": channel("<a>" * 300_000),
    "attributes": channel("<a " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>"),
    "namespaces": channel("<a " + " ".join(f'xmlns:a{n}="u"' for n in range(80_000)) + "/>"),
    "elements": channel("<item>" + "<a/>" * 450_000 + "</item>"),
    "entities": channel("<title>" + "&nbsp;" * 300_000 + "</title>"),
    "ampersands": channel("<title>" + "& " * 700_000 + "</title>"),
    "sections": channel("<title>" + "<![CDATA[" * 200_000),
    "comments": "<rss>" + "<!-- -" * 300_000,
    "comments before html": "<!---->" * 290_000,
    "ends": channel("</rss " * 300_000),
    "items": channel("<item><title>x</title></item>" * 100_000),
    "text": channel("<item><title>" + "x" * 3_000_000 + "</title></item>"),
    "json": '{"version": "https://jsonfeed.org/version/1", "items": [' + "{}," * 600_000 + "{}]}",
}


@pytest.mark.parametrize("name", HEAVY)
def test_heavy_documents_take_no_more_than_linear_time(name: str) -> None:
    started = time.process_time()
    parse(HEAVY[name])
    assert time.process_time() - started < 10  # a second or two; quadratic ones take minutes


def test_only_so_many_items_are_read_and_only_whole_ones() -> None:
    feed = read(channel("<item><title>x</title></item>" * (MAX_ITEMS + 1)))
    assert (len(feed.items), feed.cut) == (MAX_ITEMS, True)
    long = "y" * 1_200_000
    feed = read(channel(f"<item><title>x</title></item><item><title>{long}{long}</title></item>"))
    assert (len(feed.items), feed.cut) == (1, True)
    feed = read(channel("<item><title>x</title></item>" + "<a/>" * 600_000))
    assert (len(feed.items), feed.cut) == (1, True)  # as far as the length allows
    many = ",".join(["{}"] * (MAX_ITEMS + 1))
    feed = read(f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{many}]}}')
    assert (len(feed.items), feed.cut) == (MAX_ITEMS, True)


def test_json_that_is_far_too_large_is_not_read() -> None:
    assert "too large" in reason('{"a": "' + "x" * 5_000_000 + '"}')


def test_a_flag_is_no_text() -> None:
    feed = read('{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": true}]}')
    assert feed.items[0].guid == ""


WORDS = st.text(alphabet="abc&;<>/!?-[]\"'= \n日本DOCTYPECDATA#x0:", max_size=60)


@given(
    st.lists(st.sampled_from(["<rss>", "<channel>", "<item>", "</item>", "<title>", "&#"]) | WORDS)
)
def test_no_text_makes_it_raise(pieces: list[str]) -> None:
    parse("".join(pieces))
    parse("<rss><channel>" + "".join(pieces))


@pytest.mark.parametrize("words", ["if a<b then", "5 < 6", "a<b and c<d e", "車<3"])
def test_a_bare_less_than_sign_costs_nothing(words: str) -> None:
    feed = read(channel(f"<item><title>{words}</title></item><item><!-- a<b <i --></item>"))
    assert to_text(feed.items[0].title_html) == words
    assert feed.lenient


@pytest.mark.parametrize(
    "attributes", ["type='image/png'", "type='application/octet-stream'", "mode='base64'"]
)
def test_what_is_no_text_is_no_summary(attributes: str) -> None:
    atom = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>A</title>{}</entry></feed>"
    feed = read(atom.format(f"<content {attributes}>iVBORw0KGgo=</content>"))
    assert feed.items[0].content_html == ""
    feed = read(atom.format("<content type='application/xhtml+xml'>words</content>"))
    assert feed.items[0].content_html == "words"


def test_json_gives_plain_text() -> None:
    feed = read(
        '{"version": "https://jsonfeed.org/version/1.1", "items": [{"title": "<b> &amp;",'
        ' "content_text": "a <b> c"}, {"content_text": "t", "content_html": "<p>h"}]}'
    )
    first, second = feed.items
    assert (first.plain, first.title_html, first.summary_html) == (True, "<b> &amp;", "a <b> c")
    assert (second.summary_html, second.content_html) == ("", "<p>h")
