from dataclasses import replace
from datetime import timedelta

import pytest

from digest.feeds.moves import BELIEVED_AFTER, address, explain_move, follow
from digest.feeds.outcomes import (
    Fetched,
    Gone,
    NotModified,
    PollOutcome,
    Refused,
    Unreachable,
    Unreadable,
)
from digest.model import PollState
from tests.feeds.builders import NOW

OLD, NEW, NEWER = (f"https://{name}.example/feed" for name in ("old", "new", "newer"))
SEEN = NOW - timedelta(days=3)
LONG_AGO = NOW - BELIEVED_AFTER
MOVED = PollState(moved_to=NEW, moved_since=SEEN, etag='"1"', body_hash="abc")
BELIEVED = replace(MOVED, moved_since=LONG_AGO)
NOT_FOUND = Refused(status=404, reason="404")
NO_SUCH_NAME = Unreachable(reason="no such name", connected=False, known_host=False)


def fetched(moved_to: str | None = None) -> Fetched:
    return Fetched(url=moved_to or OLD, body=b"", content_type="", moved_to=moved_to)


def at_old(state: PollState, outcome: PollOutcome) -> PollState:
    return follow(state, outcome, at_new=False, now=NOW)[0]


def at_new(state: PollState, outcome: PollOutcome) -> PollState:
    return follow(state, outcome, at_new=True, now=NOW)[0]


def test_the_old_address_is_asked_until_the_move_has_held_for_a_week() -> None:
    assert address(OLD, PollState(), NOW) == OLD
    assert address(OLD, MOVED, NOW) == OLD
    assert address(OLD, MOVED, SEEN + BELIEVED_AFTER) == NEW


def test_after_failures_both_addresses_are_tried_in_turn() -> None:
    asked = [address(OLD, replace(BELIEVED, failures=n), NOW) for n in range(6)]
    assert asked == [NEW, NEW, OLD, NEW, OLD, NEW]


@pytest.mark.parametrize("answer", [fetched(NEW), NotModified(moved_to=NEW)])
def test_a_permanent_redirect_is_remembered_from_its_first_day(answer: PollOutcome) -> None:
    first = at_old(PollState(), answer)
    assert (first.moved_to, first.moved_since) == (NEW, NOW)
    assert at_old(MOVED, answer).moved_since == SEEN


@pytest.mark.parametrize("answer", [fetched(), NotModified()])
def test_an_answer_of_the_old_address_itself_ends_the_move(answer: PollOutcome) -> None:
    state = at_old(MOVED, answer)
    assert (state.moved_to, state.moved_since) == (None, None)


def test_another_destination_begins_a_new_week() -> None:
    state = at_old(MOVED, fetched(NEWER))
    assert (state.moved_to, state.moved_since) == (NEWER, NOW)


def test_304_from_another_address_than_the_validators_is_not_believed() -> None:
    for state in (at_old(MOVED, NotModified()), at_old(MOVED, NotModified(moved_to=NEWER))):
        assert (state.etag, state.body_hash) == (None, None)
    assert at_old(MOVED, NotModified(moved_to=NEW)).etag == '"1"'


@pytest.mark.parametrize("failure", [NOT_FOUND, NO_SUCH_NAME, Gone()])
def test_a_move_is_believed_at_once_if_the_old_address_is_gone(failure: PollOutcome) -> None:
    state = at_old(MOVED, failure)
    assert address(OLD, state, NOW) == NEW
    assert explain_move(state) == f"moved to {NEW} since 2026-11-13: put it in feeds.toml"


@pytest.mark.parametrize("answer", [fetched(), fetched(NEWER), Gone()])
def test_what_was_believed_at_once_is_forgotten_with_the_move(answer: PollOutcome) -> None:
    sure = replace(MOVED, moved_for_good=True)
    state = at_new(sure, answer) if isinstance(answer, Gone) else at_old(sure, answer)
    assert not state.moved_for_good


@pytest.mark.parametrize(
    "failure",
    [
        Refused(status=503, reason="503"),
        Unreachable(reason="too slow"),
        Unreachable(reason="no connection", connected=False),
        Unreadable(reason="a page"),
    ],
)
def test_other_failures_say_nothing_of_the_move(failure: PollOutcome) -> None:
    assert at_old(MOVED, failure) == MOVED
    assert at_new(BELIEVED, failure) == BELIEVED


def test_a_feed_that_has_not_moved_is_not_changed_by_failures() -> None:
    for failure in (NOT_FOUND, NO_SUCH_NAME, Gone()):
        state, outcome = follow(PollState(), failure, at_new=False, now=NOW)
        assert (state, outcome) == (PollState(), failure)


def test_one_address_that_is_gone_does_not_retire_a_feed_with_two() -> None:
    for at, state in ((False, MOVED), (True, BELIEVED)):
        _, outcome = follow(state, Gone(), at_new=at, now=NOW)
        assert isinstance(outcome, Refused)
        assert outcome.status == 410
        assert outcome.retry_after is None


def test_a_new_address_that_is_gone_is_forgotten() -> None:
    state = at_new(BELIEVED, Gone())
    assert (state.moved_to, state.moved_since) == (None, None)
    assert address(OLD, state, NOW) == OLD


@pytest.mark.parametrize("answer", [fetched(), NotModified(), NOT_FOUND, NO_SUCH_NAME])
def test_the_new_address_may_answer_directly_or_fail_for_a_while(answer: PollOutcome) -> None:
    assert at_new(BELIEVED, answer) == BELIEVED


def test_a_new_address_may_move_on() -> None:
    state = at_new(BELIEVED, fetched(NEWER))
    assert (state.moved_to, state.moved_since) == (NEWER, NOW)
    assert address(OLD, state, NOW) == OLD


def test_a_destination_of_unknown_age_is_not_believed() -> None:
    undated = PollState(moved_to=NEW)
    assert address(OLD, undated, NOW) == OLD
    assert at_old(undated, NOT_FOUND) == undated


def test_the_operator_is_told_what_to_put_in_feeds_toml() -> None:
    assert explain_move(PollState()) is None
    advice = f"moved to {NEW} since 2026-11-13: put it in feeds.toml"
    assert explain_move(MOVED) == advice
    assert explain_move(PollState(moved_to=NEW)) == advice.replace(" since 2026-11-13", "")
