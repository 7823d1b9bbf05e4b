"""The limits of what is read of a document."""

import pytest

from digest.feeds.parse import parse
from digest.feeds.parsed import NotAFeed, ParsedFeed
from digest.feeds.tree import (
    MAX_ATTRIBUTES,
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_ITEMS,
    Tree,
    read_tree,
)


@pytest.mark.parametrize(
    "text",
    [
        f"<rss>{'<a>' * MAX_DEPTH}{'</a>' * MAX_DEPTH}</rss>",
        "<rss><a " + " ".join(f"b{n}='1'" for n in range(MAX_ATTRIBUTES + 1)) + "/></rss>",
    ],
    ids=["depth", "attributes"],
)
def test_what_is_beyond_a_limit_is_refused(text: str) -> None:
    assert isinstance(read_tree(text), NotAFeed)


def test_the_deepest_that_is_allowed_is_read() -> None:
    text = f"<rss>{'<a>' * (MAX_DEPTH - 1)}{'</a>' * (MAX_DEPTH - 1)}</rss>"
    assert isinstance(read_tree(text), Tree)


def test_many_items_are_read_from_both_ends() -> None:
    items = "".join(f"<item><title>{n}</title></item>" for n in range(3 * MAX_ITEMS))
    found = read_tree(f"<rss>{items}</rss>")
    assert isinstance(found, Tree)
    titles = [item.findtext("title") for item in found.items]
    assert (titles[0], titles[-1], found.cut) == ("0", str(3 * MAX_ITEMS - 1), True)


def long_feed(*, newest_first: bool) -> str:
    """More than is read, of entries of one a day."""
    days = [
        f"<item><title>{year}-{month:02}-{day:02}</title><pubDate>{year}-{month:02}-{day:02}"
        f"</pubDate><description>{'x' * 2_000}</description></item>"
        for year in range(2022, 2026)
        for month in range(1, 13)
        for day in range(1, 29)
    ]
    shown = reversed(days) if newest_first else days
    text = f"<rss version='2.0'><channel><title>Long</title>{''.join(shown)}</channel></rss>"
    assert len(text) > MAX_CHARACTERS
    return text


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_a_feed_that_is_too_long_the_newest_entries_are_read(*, newest_first: bool) -> None:
    found = parse(long_feed(newest_first=newest_first))
    assert isinstance(found, ParsedFeed)
    assert found.cut
    assert max(item.title_html for item in found.items) == "2025-12-28"


def test_an_item_that_is_longer_than_all_we_read_leaves_the_feed_unread() -> None:
    item = f"<item><title>{'x' * MAX_CHARACTERS}</title></item>"
    found = parse(f"<rss version='2.0'><channel>{item}</channel></rss>")
    assert not isinstance(found, ParsedFeed) or not found.items
