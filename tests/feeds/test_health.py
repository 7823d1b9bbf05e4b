from dataclasses import replace
from datetime import timedelta

import pytest

from digest.feeds.health import condition, notices, trouble
from digest.model import Notice, NoticeKind, PollState, Settled
from tests.feeds.builders import NOW, feed

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BROKEN, GONE, QUIET = NoticeKind.FEED_BROKEN, NoticeKind.FEED_GONE, NoticeKind.FEED_QUIET
FINE = PollState(last_success=NOW, last_news=NOW - HOUR, rhythm=HOUR)
FAILING = replace(FINE, failures=4, failing_since=NOW - DAY, error="no connection to x")
SILENT = replace(FINE, last_news=NOW - 10 * DAY)


def raised(before: PollState, after: PollState) -> list[Notice]:
    return [one for one in notices(feed(), before, after, NOW) if isinstance(one, Notice)]


def settled(before: PollState, after: PollState) -> set[NoticeKind]:
    return {one.kind for one in notices(feed(), before, after, NOW) if isinstance(one, Settled)}


def kinds(before: PollState, after: PollState) -> list[NoticeKind]:
    return [notice.kind for notice in raised(before, after)]


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (PollState(), "new"),
        (FINE, "ok"),
        (SILENT, "ok"),
        (replace(FAILING, failures=1, failing_since=NOW), "failing"),
        (FAILING, "broken"),
        (replace(FAILING, retired=True), "gone"),
    ],
)
def test_a_feed_is_called_broken_when_the_operator_is_told_so(state: PollState, word: str) -> None:
    assert condition(state, NOW) == word


# --- what is wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (FINE, None),
        (PollState(), None),
        (FAILING, BROKEN),
        (replace(FAILING, failures=3), None),
        (replace(FAILING, failing_since=NOW - DAY + HOUR), None),
        (PollState(retired=True), GONE),
        (SILENT, QUIET),
        (replace(SILENT, last_news=NOW - 9 * DAY), None),  # the holidays of May and the New Year
        (replace(SILENT, rhythm=7 * DAY), None),
        (replace(SILENT, rhythm=7 * DAY, last_news=NOW - 28 * DAY), QUIET),
        (replace(SILENT, rhythm=None), None),
        (replace(SILENT, rhythm=None, last_news=NOW - 30 * DAY), QUIET),
        (replace(SILENT, failures=1), None),  # first it must answer again
    ],
)
def test_trouble_has_lasted_for_long_enough_to_bother_somebody(
    state: PollState, expected: NoticeKind | None
) -> None:
    assert trouble(state, NOW) is expected


# --- what is told ----------------------------------------------------------------------------


def test_a_feed_that_is_fine_is_not_talked_about() -> None:
    assert kinds(FINE, FINE) == []
    assert kinds(FINE, replace(FAILING, failures=1)) == []


def test_a_broken_feed_is_told_with_the_reason_since_when_and_what_to_do() -> None:
    (notice,) = raised(FINE, FAILING)
    assert (notice.kind, notice.about, notice.since) == (BROKEN, "trade", NOW - DAY)
    assert "Trade Paper (https://trade.example/feed)" in notice.words
    assert "cannot be read: no connection to x." in notice.words
    assert "`digest feeds check trade`" in notice.words


def test_what_a_server_says_stays_short_and_on_its_line() -> None:
    hostile = replace(FAILING, error="a\r\nSubject: b\u202e\x1b[2J" + "c" * 900)
    (notice,) = raised(FINE, hostile)
    assert len(notice.words) < 700
    assert notice.words.isprintable()


def test_a_feed_that_works_is_neither_broken_nor_gone() -> None:
    assert settled(FAILING, FINE) == {BROKEN, GONE}


def test_a_broken_feed_is_not_healed_by_a_failure_that_was_not_its_own() -> None:
    assert settled(FAILING, replace(FAILING, failures=0, unreached=True)) == set()
    assert settled(FAILING, replace(FAILING, failures=1)) == set()


def test_a_quiet_feed_is_told_and_heals_when_it_brings_news() -> None:
    (notice,) = raised(FINE, SILENT)
    assert (notice.kind, notice.since) == (QUIET, NOW - 10 * DAY)
    assert QUIET not in settled(SILENT, SILENT)
    assert QUIET in settled(SILENT, replace(SILENT, last_news=NOW))


def test_a_quiet_feed_whose_rhythm_is_seen_otherwise_has_not_brought_news() -> None:
    assert QUIET not in settled(SILENT, replace(SILENT, rhythm=30 * DAY))


def test_a_quiet_feed_may_break_too() -> None:
    assert kinds(SILENT, FAILING) == [BROKEN]


def test_a_feed_that_heals_and_has_been_silent_is_both() -> None:
    assert kinds(FAILING, SILENT) == [QUIET]
    assert BROKEN in settled(FAILING, SILENT)


def test_410_is_told_and_of_being_broken_there_is_no_more_to_tell() -> None:
    gone = replace(FINE, retired=True)
    (notice,) = raised(FINE, gone)
    assert notice.kind is GONE
    assert "410" in notice.words
    over = Settled(kind=BROKEN, about="trade", by_hand=True)
    assert over in notices(feed(), FAILING, gone, NOW)
