from dataclasses import replace
from datetime import timedelta

import pytest

from digest.feeds.health import condition, notices, told, trouble
from digest.model import Notice, NoticeKind, PollState
from tests.feeds.builders import NOW, feed

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BROKEN, HEALED, QUIET = NoticeKind.FEED_BROKEN, NoticeKind.FEED_HEALED, NoticeKind.FEED_QUIET
FINE = PollState(last_success=NOW, last_news=NOW - HOUR, rhythm=HOUR)
FAILING = replace(FINE, failures=4, failing_since=NOW - DAY, error="no connection to x")
SILENT = replace(FINE, last_news=NOW - 10 * DAY)


def raised(before: PollState, after: PollState) -> list[Notice]:
    return list(notices(feed(), before, after, NOW))


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
        (PollState(retired=True), BROKEN),
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


def test_a_broken_feed_is_told_with_the_reason_and_since_when() -> None:
    (notice,) = raised(FINE, FAILING)
    assert (notice.kind, notice.about) == (BROKEN, "trade")
    assert "Trade Paper (https://trade.example/feed)" in notice.words
    assert "2026-11-15 07:00 UTC, 4 times in a row: no connection to x" in notice.words


def test_what_a_server_says_stays_short_and_on_its_line() -> None:
    hostile = replace(FAILING, error="a\r\nSubject: b\u202e\x1b[2J" + "c" * 900)
    (notice,) = raised(FINE, hostile)
    assert len(notice.words) < 700
    assert notice.words.isprintable()


def test_trouble_is_told_once() -> None:
    for trouble_, kind in ((FAILING, BROKEN), (SILENT, QUIET)):
        known = replace(trouble_, told=kind)
        assert kinds(known, trouble_) == []


def test_a_feed_that_heals_is_told_once_if_its_trouble_was() -> None:
    before = replace(FAILING, told=BROKEN)
    (notice,) = raised(before, FINE)
    assert notice.kind is HEALED
    assert "can be read again" in notice.words
    assert kinds(FAILING, FINE) == []


def test_a_broken_feed_is_not_healed_by_a_failure_that_was_not_its_own() -> None:
    before = replace(FAILING, told=BROKEN)
    assert kinds(before, replace(FAILING, failures=0, unreached=True)) == []
    assert kinds(before, replace(FAILING, failures=1)) == []


def test_a_quiet_feed_is_told_and_heals_when_it_brings_news() -> None:
    (notice,) = raised(FINE, SILENT)
    assert notice.kind is QUIET
    assert "since 2026-11-06" in notice.words
    before = replace(SILENT, told=QUIET)
    (healed,) = raised(before, replace(SILENT, last_news=NOW))
    assert healed.kind is HEALED
    assert "brings news again" in healed.words


def test_a_quiet_feed_whose_rhythm_is_seen_otherwise_has_not_brought_news() -> None:
    before = replace(SILENT, told=QUIET)
    assert kinds(before, replace(SILENT, rhythm=30 * DAY)) == []


def test_a_quiet_feed_may_break_too() -> None:
    assert kinds(replace(SILENT, told=QUIET), FAILING) == [BROKEN]


def test_a_feed_that_heals_and_has_been_silent_is_healed_first() -> None:
    before = replace(FAILING, told=BROKEN)
    assert kinds(before, SILENT) == [HEALED]
    assert kinds(replace(SILENT, told=None), SILENT) == [QUIET]


def test_410_is_told_at_once_even_of_a_feed_known_to_be_broken() -> None:
    gone = replace(FINE, retired=True)
    for before in (FINE, replace(FAILING, told=BROKEN)):
        (notice,) = raised(before, gone)
        assert notice.kind is BROKEN
        assert "410" in notice.words
    assert kinds(replace(gone, told=BROKEN), gone) == []
    assert kinds(replace(gone, told=BROKEN), FINE) == [HEALED]


def test_one_outage_or_silence_has_one_key_and_the_next_another() -> None:
    def key(state: PollState) -> str:
        (notice,) = raised(FINE, state)
        return notice.key

    assert key(FAILING) == key(replace(FAILING, failures=9))
    assert key(FAILING) != key(replace(FAILING, failing_since=NOW - 2 * DAY))
    assert key(SILENT) != key(replace(SILENT, last_news=NOW - 20 * DAY))
    assert len({key(FAILING), key(SILENT), key(PollState(retired=True))}) == 3


def test_what_was_told_is_remembered_until_it_is_over() -> None:
    assert told(FINE, notices(feed(), FINE, FAILING, NOW)) is BROKEN
    known = replace(FAILING, told=BROKEN)
    assert told(known, ()) is BROKEN
    assert told(known, notices(feed(), known, FINE, NOW)) is None
