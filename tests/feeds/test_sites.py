from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.sites import named_in, usual_places

PAGE = """<!doctype html><html><head>
<!-- <link rel="alternate" type="application/rss+xml" href="/commented-out"> -->
<link rel="stylesheet" href="/style.css">
<LINK REL='Alternate feed' TYPE="application/rss+xml; charset=utf-8" href='/rss/index.rdf'>
<link rel="alternate" type="application/atom+xml" href="https://news.example/atom?a=1&amp;b=2">
<link rel="alternate" type="text/html" hreflang="ja" href="/ja/">
<link rel=alternate type=application/feed+json href=feed.json>
<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
<link rel="alternate" type="application/rss+xml" href="http://[broken">
</head><body>
<a href="/about">About</a> <a href="/feedback">Feedback</a> <a href="/business">Business</a>
<a href="/category/ev/feed/">EV</a> <a href="/news.rdf">RDF</a> <a href="/?format=rss">RSS</a>
<a href="/rss/index.rdf">again</a> <a>nowhere</a>
</body></html>"""


def test_a_page_names_its_feeds() -> None:
    named = named_in(PAGE, "https://cars.example/news/")
    assert named.declared == (
        "https://cars.example/rss/index.rdf",
        "https://news.example/atom?a=1&b=2",
        "https://cars.example/news/feed.json",
    )


def test_a_page_says_what_its_links_are_relative_to() -> None:
    page = (
        "<base target='_top'><base href='/en/'><base href='/ja/'>"
        "<link rel='alternate' type='application/rss+xml' href='rss.xml'><a href='news.rdf'>"
    )
    named = named_in(page, "https://cars.example/top")
    assert named.declared == ("https://cars.example/en/rss.xml",)
    assert named.linked == ("https://cars.example/en/news.rdf",)


def test_links_that_look_like_feeds_come_after() -> None:
    named = named_in(PAGE, "https://cars.example/news/")
    assert named.linked == (
        "https://cars.example/category/ev/feed/",
        "https://cars.example/news.rdf",
        "https://cars.example/?format=rss",
    )


def test_usual_places_are_under_the_page_and_under_the_root() -> None:
    places = usual_places("https://cars.example/news")
    assert places[0] == "https://cars.example/news/feed"
    assert "https://cars.example/index.rdf" in places
    assert len(set(places)) == len(places)
    assert len(usual_places("https://cars.example/")) < len(places)


@given(st.text(alphabet="<>linka href='\"/=rss-.!", max_size=300))
def test_any_page_gives_http_addresses_or_none(page: str) -> None:
    named = named_in(page, "https://cars.example/")
    assert all(url.startswith("http") for url in (*named.declared, *named.linked))
