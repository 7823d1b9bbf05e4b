import pytest

from digest.feeds.outcomes import (
    Fetched,
    Gone,
    NotModified,
    PollOutcome,
    Refused,
    Unreachable,
    Unreadable,
)
from digest.feeds.summary import RoundSummary, summarise
from digest.model import FeedId

FEED = FeedId("trade")
FETCHED = Fetched(url="https://trade.example/", body=b"", content_type="")


@pytest.mark.parametrize(
    ("outcome", "counts", "word", "error"),
    [
        (FETCHED, {"new": 1}, "new", None),
        (FETCHED, {"revised": 1}, "new", None),
        (FETCHED, {"old": 1}, "unchanged", None),
        (NotModified(), {}, "unchanged", None),
        (Gone(), {}, "gone", "the server says that this feed is gone"),
        (Refused(status=500, reason="500"), {}, "failed", "500"),
        (Unreachable(reason="no way"), {}, "failed", "no way"),
        (Unreadable(reason="a page"), {}, "failed", "a page"),
    ],
)
def test_a_poll_is_told_in_a_word_and_its_error(
    outcome: PollOutcome, counts: dict[str, int], word: str, error: str | None
) -> None:
    told = summarise(FEED, outcome, milliseconds=7, **counts)
    assert (told.outcome, told.error, told.milliseconds) == (word, error, 7)
    assert {"new": told.new, "revised": told.revised, "old": told.old} == {
        "new": 0,
        "revised": 0,
        "old": 0,
        **counts,
    }


def test_a_round_adds_its_feeds_up() -> None:
    summary = RoundSummary(
        feeds=(
            summarise(FEED, FETCHED, milliseconds=1, new=2, revised=3, old=4),
            summarise(FEED, FETCHED, milliseconds=1, new=10, revised=20, old=30),
            summarise(FEED, Gone(), milliseconds=1),
            summarise(FEED, Unreadable(reason="a page"), milliseconds=1),
        )
    )
    assert (summary.polled, summary.failed) == (4, 2)
    assert (summary.new, summary.revised, summary.old) == (12, 23, 34)


@pytest.mark.parametrize(
    ("feeds", "words"),
    [
        ((), "asked 0 feeds: 0 new entries, 0 revised, 0 feeds failed"),
        (({"new": 1},), "asked 1 feed: 1 new entry, 0 revised, 0 feeds failed"),
        (
            ({"new": 2, "old": 3}, {"revised": 1}),
            "asked 2 feeds: 2 new entries, 1 revised, 3 too old to be news, 0 feeds failed",
        ),
    ],
)
def test_a_round_is_told_in_one_line(feeds: tuple[dict[str, int], ...], words: str) -> None:
    polled = tuple(summarise(FEED, FETCHED, milliseconds=1, **counts) for counts in feeds)
    assert RoundSummary(feeds=polled).describe() == words


def test_one_feed_that_failed_is_told_as_one() -> None:
    failed = summarise(FEED, Gone(), milliseconds=1)
    assert RoundSummary(feeds=(failed,)).describe().endswith("1 feed failed")
