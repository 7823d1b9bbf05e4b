from dataclasses import replace
from datetime import timedelta

from digest.feeds.network import cut_off, forgive, without_blame
from digest.model import FeedId, PollState
from tests.feeds.builders import NOW

MINUTE = timedelta(minutes=1)


def answered(ago: int) -> PollState:
    return PollState(last_poll=NOW - ago * MINUTE)


def unreached(ago: int, since: int | None = None) -> PollState:
    """Failed so many minutes ago; the first time `since` minutes ago."""
    beginning = NOW - (ago if since is None else since) * MINUTE
    return PollState(last_poll=NOW - ago * MINUTE, failing_since=beginning, unreached=True)


def blameless(**states: PollState) -> set[str]:
    """Feeds with names such as a1, a2, b1: the letter is the host."""
    urls = {FeedId(name): f"https://{name[0]}.example/{name}" for name in states}
    return set(cut_off({FeedId(name): state for name, state in states.items()}, urls))


def test_three_hosts_that_fail_after_the_last_answer_are_our_network() -> None:
    found = blameless(a1=unreached(3), b1=unreached(2), c1=unreached(0), d1=answered(4))
    assert found == {"a1", "b1", "c1"}


def test_on_a_network_that_never_worked_nobody_is_to_blame() -> None:
    assert blameless(a1=unreached(0), b1=unreached(0), c1=unreached(0)) == {"a1", "b1", "c1"}


def test_two_hosts_are_too_few_to_tell_however_many_feeds_they_have() -> None:
    assert not blameless(a1=unreached(3), a2=unreached(2), b1=unreached(1), b2=unreached(0))


def test_one_answer_shows_that_the_network_works() -> None:
    failed = {"a1": unreached(3), "b1": unreached(2), "c1": unreached(1)}
    assert not blameless(**failed, d1=answered(0))
    assert not blameless(**failed, d1=answered(1))


def test_a_host_that_was_dead_before_proves_nothing() -> None:
    dead = unreached(1, since=600)
    assert not blameless(a1=dead, b1=unreached(2), c1=unreached(1), d1=answered(60))
    assert blameless(
        a1=dead, b1=unreached(2), c1=unreached(1), d1=answered(60), e1=unreached(0)
    ) == {"b1", "c1", "e1"}


def test_a_feed_that_our_own_guard_forbids_to_ask_tells_nothing() -> None:
    forbidden = PollState(last_poll=NOW, failing_since=NOW, unreached=None)
    failed = {"a1": unreached(3), "b1": unreached(2), "c1": unreached(1)}
    assert blameless(**failed, d1=forbidden) == {"a1", "b1", "c1"}
    assert not blameless(a1=unreached(3), b1=unreached(2), c1=forbidden)


def test_feeds_that_were_never_polled_are_no_evidence() -> None:
    assert not blameless(a1=PollState(), b1=PollState(), c1=PollState())
    assert not blameless()


def test_a_failure_of_unknown_beginning_is_no_evidence() -> None:
    old = PollState(last_poll=NOW, unreached=True)
    assert not blameless(a1=old, b1=old, c1=old)


def test_what_is_forgiven_leaves_no_trace_in_the_count() -> None:
    state = forgive(PollState(failures=2, error="no connection", failing_since=NOW))
    assert (state.failures, state.error) == (0, None)
    assert state.failing_since == NOW  # it becomes evidence of the host's own fault, if it stays


def settled(asked: set[str], **states: PollState) -> dict[FeedId, PollState]:
    known = {FeedId(name): state for name, state in states.items()}
    urls = {feed: f"https://{feed}.example/" for feed in known}
    return dict(without_blame(known, {feed: known[feed] for feed in known.keys() & asked}, urls))


def test_what_was_counted_before_it_showed_whose_fault_it_is_is_forgiven() -> None:
    counted = replace(unreached(3), failures=1, error="no connection")
    found = settled({"c"}, a=counted, b=unreached(2), c=unreached(0), d=answered(4))
    assert found == {"a": forgive(counted), "c": unreached(0)}


def test_a_host_that_was_dead_before_keeps_its_failures_and_is_excused_this_one() -> None:
    dead = replace(unreached(0, since=600), failures=5, error="no connection")
    others = {"a": unreached(2), "b": unreached(1), "c": unreached(0), "d": answered(60)}
    assert settled({"c", "e"}, e=dead, **others) == {"c": unreached(0), "e": dead}


def test_a_feed_that_is_not_said_to_be_public_tells_nothing() -> None:
    known = {FeedId(n): unreached(0) for n in "abc"} | {FeedId("own"): answered(0)}
    public = {FeedId(n): f"https://{n}.example/" for n in "abc"}
    assert set(without_blame(known, {FeedId("a"): unreached(0)}, public)) == {"a"}


def test_nothing_is_settled_if_nobody_was_asked_or_it_is_not_our_network() -> None:
    assert settled(set(), a=unreached(2), b=unreached(1), c=unreached(0)) == {}
    assert settled({"a"}, a=unreached(0), d=answered(4)) == {}
