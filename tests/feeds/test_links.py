from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.links import canonical_url

SITE = "https://trade.example/news/"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://Trade.Example/A", "https://trade.example/A"),
        ("HTTPS://trade.example.:443", "https://trade.example/"),
        ("http://trade.example:80/a", "http://trade.example/a"),
        ("http://trade.example:8080/a", "http://trade.example:8080/a"),
        ("/a?b=1", "https://trade.example/a?b=1"),
        ("a", "https://trade.example/news/a"),
        ("?p=1", "https://trade.example/news/?p=1"),
        ("//cdn.example/a", "https://cdn.example/a"),
        (" \nhttps://trade.example/\n a\t", "https://trade.example/%20a"),
        ("https://trade.example/日産?q=車", "https://trade.example/%E6%97%A5%E7%94%A3?q=%E8%BB%8A"),
        ("https://trade.example/%E6%97%A5", "https://trade.example/%E6%97%A5"),
        ("https://日産.example/", "https://xn--wgv425a.example/"),
        ('https://trade.example/"><script>', "https://trade.example/%22%3E%3Cscript%3E"),
        ("https://trade.example/a#section", "https://trade.example/a"),
        ("http://[2001:DB8::1]:80/a", "http://[2001:db8::1]/a"),
        ("https://trade.example/%e6%97%a5", "https://trade.example/%E6%97%A5"),
        ("https://trade.example/?a=1&amp;b=2&#038;c=3", "https://trade.example/?a=1&b=2&c=3"),
        ("www.trade.example/a", "https://www.trade.example/a"),
        ("https://trade.example/a\u200b", "https://trade.example/a"),
        ("https://trade.example/#!/news/1", "https://trade.example/#!/news/1"),
        ("https://trade.example/#/news/1", "https://trade.example/#/news/1"),
    ],
)
def test_a_link_becomes_absolute_and_canonical(link: str, expected: str) -> None:
    assert canonical_url(link, SITE) == expected


@pytest.mark.parametrize(
    "query",
    [
        "utm_source=rss&utm_medium=feed",
        "UTM_Campaign=x",
        "fbclid=1",
        "gclid=2",
        "padid=ag478_from_newsroom",
        "from=RSS",
        "ref=rss_top",
        "source=feed",
        "at_medium=RSS&at_campaign=rss",
        "cmpid=x&mc_cid=1&igshid=2",
        "n_cid=DSREA001",
        "iref=comtop_list",
        "srsltid=abc",
        "_gl=1*abc",
        "ref_src=twsrc",
        "referrer=rss",
        "ref=rssfeed",
        "rss=1",
    ],
)
def test_what_only_counts_clicks_is_dropped(query: str) -> None:
    assert canonical_url(f"https://trade.example/a?{query}") == "https://trade.example/a"
    assert (
        canonical_url(f"https://trade.example/a?id=7&{query}&p=2")
        == "https://trade.example/a?id=7&p=2"
    )


def test_what_leads_to_the_page_is_kept_in_order() -> None:
    for query in ("id=2&a=1&a=2", "from=tokyo", "ref=home", "type=news", "q=utm_source", "flag"):
        assert canonical_url(f"https://trade.example/?{query}").endswith(f"/?{query}")


@pytest.mark.parametrize(
    "link",
    [
        "",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "mailto:editor@trade.example",
        "ftp://trade.example/",
        "https://user:secret@trade.example/",
        "https://user@trade.example/",
        "https:///a",
        "https://[::1",
        "https://trade.example:99999/",
        "https://trade.example:port/",
        "https://tra de.example/",
        "https://" + "日" * 80 + ".example/",
        "https://trade.example/" + "x" * 3000,
    ],
)
def test_what_cannot_be_linked_is_nothing(link: str) -> None:
    assert canonical_url(link, SITE) == ""


@pytest.mark.parametrize(
    "link",
    [
        "https://www.google.com/url?rct=j&url=https://trade.example/a%3Fid%3D1%26utm_source%3Dx",
        "http://www.bing.com/news/apiclick.aspx?aid=&url=https%3a%2f%2ftrade.example%2fa%3fid%3d1&c=2",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Ftrade.example%2Fa%3Fid%3D1",
    ],
)
def test_a_page_that_only_leads_on_is_not_the_link(link: str) -> None:
    assert canonical_url(link) == "https://trade.example/a?id=1"


def test_a_search_result_that_leads_nowhere_stays() -> None:
    assert canonical_url("https://www.google.com/url?q=toyota") == (
        "https://www.google.com/url?q=toyota"
    )
    found = canonical_url("https://news.google.com/rss/articles/CBMi?oc=5&hl=ja&gl=JP")
    assert found == "https://news.google.com/rss/articles/CBMi"


def test_a_part_of_a_page_is_kept_where_it_is_asked_for() -> None:
    part = canonical_url("https://trade.example/press#11月", anchor=True)
    assert part == "https://trade.example/press#11%E6%9C%88"
    for counted in ("#xtor=RSS-1", "#utm_source=rss", "#:~:text=x"):
        found = canonical_url(f"https://trade.example/press{counted}", anchor=True)
        assert found == "https://trade.example/press"


def test_bases_are_tried_in_turn() -> None:
    assert canonical_url("a", "", SITE) == "https://trade.example/news/a"
    assert canonical_url("a", "b/", SITE) == "https://trade.example/news/b/a"
    assert canonical_url("a") == ""


URLS = st.text(alphabet="abZ/:?&=#%.[]@ utm_sorce日\\\"'<>~\n1", max_size=60)


@given(st.sampled_from(["", "https://trade.example/", "http://", "//"]), URLS)
def test_a_canonical_link_is_safe_and_stays_as_it_is(start: str, rest: str) -> None:
    found = canonical_url(start + rest, SITE)
    assert canonical_url(found) == found
    if found:
        assert urlsplit(found).scheme in {"http", "https"}
        assert found.isascii()
        assert not set(found) & set('<>" \n')
        assert found.partition("#")[2][:1] in {"", "!", "/"}
