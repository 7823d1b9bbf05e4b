import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.subscribers import links
from digest.web.languages import named_language, wanted_language
from digest.web.routes import (
    About,
    Archive,
    Choose,
    Confirm,
    Health,
    Home,
    Leave,
    Route,
    Sheet,
    View,
    methods_of,
    route_of,
)


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", Home()),
        ("/about", About()),
        ("/c/abc234", Confirm("abc234")),
        ("/p/abc234", Choose("abc234")),
        ("/u/abc234", Leave("abc234")),
        ("/v/abc234", View("abc234")),
        ("/archive/", Archive("index.html")),
        ("/archive/feed.xml", Archive("feed.xml")),
        ("/archive/weekly/2026-W47.en.html", Archive("weekly/2026-W47.en.html")),
        ("/style.css", Sheet()),
        ("/healthz", Health()),
        ("", None),
        ("/archive", None),
        ("/archive/manifest.toml", None),
        ("/archive/../x.html", None),
        ("/archive/weekly/../x.html", None),
        ("/x/abc234", None),
        ("/u/", None),
        ("/u/a/b", None),
        ("/u/" + "a" * 201, None),
        ("/u/日本", None),
    ],
)
def test_each_path_is_one_page(path: str, route: Route | None) -> None:
    assert route_of(path) == route


@given(st.text())
def test_no_path_raises(path: str) -> None:
    route_of(path)
    found = route_of(f"/archive/{path}")
    assert found is None or (isinstance(found, Archive) and ".." not in found.path.split("/"))


def test_mailed_links_lead_to_pages() -> None:
    base = "https://weekly.example.org"
    for kind in (links.CONFIRM, links.PREFERENCES, links.LEAVE, links.VIEW):
        assert route_of(links.page(base, kind, "abc234").removeprefix(base)) is not None
    assert route_of(links.about(base).removeprefix(base)) == About()
    assert route_of(links.archive(base).removeprefix(base)) == Archive("index.html")


def test_what_can_only_be_read_takes_no_form() -> None:
    read: list[Route] = [About(), View("a"), Archive("a"), Sheet(), Health()]
    filled_in: list[Route] = [Home(), Confirm("a"), Choose("a"), Leave("a")]
    assert {methods_of(route) for route in read} == {("GET", "HEAD")}
    assert {methods_of(route) for route in filled_in} == {("GET", "HEAD", "POST")}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("ja", "ja"),
        ("ja-JP,ja;q=0.9,en-US;q=0.8", "ja"),
        ("en-GB, ja;q=0.9", "en"),
        ("ja;q=0.5, en;q=0.6", "en"),
        ("fr, de", "en"),
        ("ja;q=0", "en"),
        ("ja;q=x", "en"),
        ("JA", "ja"),
        ("ja;v=1", "ja"),
        (",;,q=;=,", "en"),
    ],
)
def test_the_language_is_what_the_browser_likes_best(header: str, language: str) -> None:
    assert wanted_language(header, "en") == language


@given(st.text())
def test_no_header_and_no_query_raises(text: str) -> None:
    assert wanted_language(text, "en") in {"en", "ja"}
    assert named_language(text) in {None, "en", "ja"}


def test_an_address_may_name_the_language() -> None:
    assert named_language("lang=ja") == "ja"
    assert named_language("a=b&lang=en") == "en"
    assert named_language("lang=fr") is None
    assert named_language("&".join(["a=b"] * 30)) is None
