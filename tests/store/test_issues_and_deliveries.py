from collections.abc import Sequence
from datetime import timedelta

import pytest

from digest.errors import StoreError
from digest.model import (
    Choice,
    CompanyId,
    Delivery,
    DeliveryKind,
    DeliveryState,
    FeedId,
    Letter,
    Preferences,
    Segment,
    SegmentId,
    Status,
    StoryId,
    SubscriberId,
)
from digest.settings import Feed
from digest.store import Store
from digest.store.attempts import Result
from digest.store.issues import IssueOutcome, Missing
from tests.builders import NOW, database_of
from tests.store.builders import issue

WEEK = timedelta(days=7)
EVERYTHING = Choice(language="en")
NISSAN = Choice(language="en", companies=frozenset({CompanyId("nissan")}))


def segment(choice: Choice = EVERYTHING, stories: int = 1) -> Segment:
    return Segment(choice=choice, subject="Subject", html="<p>", text="text", stories=stories)


def subscribe(
    store: Store,
    name: str,
    *,
    choice: Choice = EVERYTHING,
    status: Status = Status.ACTIVE,
    rhythm: str = "weekly",
) -> SubscriberId:
    address = f"{name}@reader.example"
    found = store.subscribers.add(
        address,
        address,
        name=name,
        status=status,
        preferences=Preferences(choice=choice, rhythm=rhythm),
        consent=None,
        now=NOW,
    )
    assert found is not None
    return found


def publish(store: Store, *segments: Segment) -> list[Delivery]:
    with database_of(store).transaction() as connection:  # a story to refer to
        connection.execute("INSERT OR IGNORE INTO stories VALUES (1, '2026')")
    issue_id = store.issues.add(issue(), segments or (segment(),))
    assert isinstance(issue_id, int)
    return store.deliveries.of_issue(issue_id)


def claim(store: Store, *, limit: int = 10, resend_unknown: bool = True) -> Sequence[Delivery]:
    return store.deliveries.claim(limit, NOW + timedelta(minutes=1), resend_unknown=resend_unknown)


def finish(store: Store, delivery: Delivery, state: DeliveryState) -> None:
    result = Result(delivery=delivery.id, epoch=delivery.epoch, state=state, reply="said")
    store.deliveries.commit([result], [], NOW)


def states(store: Store) -> dict[DeliveryState, int]:
    return dict(store.deliveries.counts().by_state)


def test_an_edition_is_known_from_its_first_sight(store: Store) -> None:
    assert store.issues.since("weekly", NOW) == NOW
    assert store.issues.since("weekly", NOW + WEEK) == NOW


def test_an_issue_comes_back_as_it_was_frozen(store: Store) -> None:
    publish(store)
    found = store.issues.find("weekly", "2026-W47")
    assert found is not None
    assert (found.issue, found.outcome) == (issue(), IssueOutcome.PUBLISHED)
    assert store.issues.newest(1) == [found]


def test_a_period_is_decided_once(store: Store) -> None:
    publish(store)
    assert store.issues.add(issue(), [segment()]) is None
    assert store.issues.decide(issue(), IssueOutcome.SKIPPED, "late") is None
    assert store.issues.keys("weekly") == {"2026-W47"}


def test_a_period_without_an_issue_keeps_the_reason(store: Store) -> None:
    store.issues.decide(issue(), IssueOutcome.SKIPPED, "found too late")
    found = store.issues.find("weekly", "2026-W47")
    assert found is not None
    assert (found.outcome, found.reason) == (IssueOutcome.SKIPPED, "found too late")
    assert store.issues.told("weekly", NOW + WEEK) == {}


def test_what_was_told_is_known_to_later_issues_only(store: Store) -> None:
    publish(store)
    assert store.issues.told("weekly", NOW) == {}
    assert store.issues.told("weekly", NOW + WEEK) == {StoryId(1): 3}
    assert store.issues.newest_before("weekly", NOW) is None
    assert store.issues.newest_before("weekly", NOW + WEEK) is not None


def test_each_active_reader_of_the_edition_gets_the_segment_of_their_choice(store: Store) -> None:
    everything = subscribe(store, "emma")
    narrow = subscribe(store, "noor", choice=NISSAN)
    subscribe(store, "left", status=Status.LEFT)
    subscribe(store, "daily", rhythm="daily")
    assert set(store.issues.choices("weekly")) == {EVERYTHING, NISSAN}
    deliveries = publish(store, segment(), segment(NISSAN))
    chosen = {d.subscriber: store.issues.segment(d.segment).choice for d in deliveries if d.segment}
    assert chosen == {everything: EVERYTHING, narrow: NISSAN}
    assert deliveries[0].key == f"issue/weekly/2026-W47/{everything}"


def test_a_segment_without_stories_is_not_mailed_and_says_why(store: Store) -> None:
    subscribe(store, "noor", choice=NISSAN)
    (delivery,) = publish(store, segment(NISSAN, stories=0))
    assert delivery.state is DeliveryState.DROPPED


def test_claims_take_letters_before_issues(store: Store) -> None:
    subscribe(store, "emma")
    publish(store)
    letter = Letter(subject="Please confirm", text="…")
    assert store.deliveries.add_letter(
        "confirmation/1",
        DeliveryKind.CONFIRMATION,
        address="new@reader.example",
        subscriber=None,
        letter=letter,
        now=NOW,
    )
    first, second = claim(store)
    assert (first.kind, first.letter) == (DeliveryKind.CONFIRMATION, letter)
    assert second.kind is DeliveryKind.ISSUE


def test_a_letter_is_queued_once(store: Store) -> None:
    def queue() -> bool:
        return store.deliveries.add_letter(
            "notice/1",
            DeliveryKind.NOTICE,
            address="editor@kuruma.example",
            subscriber=None,
            letter=Letter(subject="s", text="t"),
            now=NOW,
        )

    assert queue()
    assert not queue()


def test_what_is_claimed_is_not_claimed_twice(store: Store) -> None:
    subscribe(store, "emma")
    publish(store)
    assert len(claim(store)) == 1
    assert claim(store) == []


def test_a_reader_who_left_meanwhile_gets_nothing(store: Store) -> None:
    emma = subscribe(store, "emma")
    publish(store)
    store.subscribers.set_status(emma, Status.LEFT, NOW)
    assert claim(store) == []
    assert states(store) == {DeliveryState.DROPPED: 1}


def test_the_way_to_sent(store: Store) -> None:
    subscribe(store, "emma")
    publish(store)
    (delivery,) = claim(store)
    store.deliveries.commit([], [delivery], NOW)
    assert states(store) == {DeliveryState.DATA: 1}
    finish(store, delivery, DeliveryState.SENT)
    assert states(store) == {DeliveryState.SENT: 1}
    assert store.deliveries.next_due(resend_unknown=True) is None


def test_after_a_crash_the_claimed_wait_again_and_the_begun_are_unknown(store: Store) -> None:
    subscribe(store, "emma")
    subscribe(store, "noor")
    publish(store)
    begun, _ = claim(store)
    store.deliveries.commit([], [begun], NOW)
    assert store.deliveries.recover(NOW, NOW + timedelta(hours=1)) == (1, 1)
    assert states(store) == {DeliveryState.QUEUED: 1, DeliveryState.UNKNOWN: 1}
    assert [d.id for d in claim(store)] != [begun.id]


def test_an_unknown_delivery_is_claimed_again_only_where_the_operator_wants_it(
    store: Store,
) -> None:
    subscribe(store, "emma")
    publish(store)
    store.deliveries.commit([], claim(store), NOW)
    store.deliveries.recover(NOW, NOW)
    assert store.deliveries.next_due(resend_unknown=False) is None
    assert claim(store, resend_unknown=False) == []
    assert len(claim(store, resend_unknown=True)) == 1


def test_a_result_of_an_older_claim_changes_nothing(store: Store) -> None:
    subscribe(store, "emma")
    publish(store)
    (old,) = claim(store)
    store.deliveries.recover(NOW, NOW)
    (new,) = claim(store)
    finish(store, old, DeliveryState.SENT)
    assert states(store) == {DeliveryState.CLAIMED: 1}
    assert new.epoch == old.epoch + 1


def test_a_deferred_delivery_waits_for_its_time(store: Store) -> None:
    subscribe(store, "emma")
    publish(store)
    (delivery,) = claim(store)
    later = NOW + timedelta(hours=1)
    store.deliveries.commit(
        [
            Result(
                delivery=delivery.id,
                epoch=delivery.epoch,
                state=DeliveryState.DEFERRED,
                reply="450 later",
                not_before=later,
            )
        ],
        [],
        NOW,
    )
    assert store.deliveries.next_due(resend_unknown=True) == later
    assert claim(store) == []
    assert len(store.deliveries.claim(1, later, resend_unknown=True)) == 1


@pytest.mark.parametrize("known", [True, False])
def test_an_address_subscribes_once(store: Store, *, known: bool) -> None:
    if known:
        subscribe(store, "emma")
    again = store.subscribers.add(
        "emma@reader.example",
        "emma@reader.example",
        name="",
        status=Status.ACTIVE,
        preferences=Preferences(),
        consent=None,
        now=NOW,
    )
    assert (again is None) is known


def test_a_request_is_followed_from_asking_to_its_result(store: Store) -> None:
    request = store.requests.ask("poll", {"feed": "trade"}, NOW)
    (waiting,) = store.requests.open()
    assert (waiting.kind, waiting.arguments) == ("poll", {"feed": "trade"})
    store.requests.finish(request, "2 new entries", NOW)
    assert store.requests.open() == []
    done = store.requests.get(request)
    assert (done.result, done.status, done.finished_at) == ("2 new entries", 0, NOW)


def test_a_request_can_be_withdrawn_until_it_is_answered(store: Store) -> None:
    request = store.requests.ask("poll", {}, NOW)
    assert store.requests.withdraw(request)
    assert store.requests.open() == []
    answered = store.requests.ask("poll", {}, NOW)
    store.requests.finish(answered, "done", NOW)
    assert not store.requests.withdraw(answered)


def test_a_reader_who_comes_while_segments_are_rendered_is_not_forgotten(store: Store) -> None:
    with database_of(store).transaction() as connection:  # a story to refer to
        connection.execute("INSERT OR IGNORE INTO stories VALUES (1, '2026')")
    subscribe(store, "emma")
    late = subscribe(store, "noor", choice=NISSAN)
    assert store.issues.add(issue(), [segment()]) == Missing((NISSAN,))
    assert store.issues.keys("weekly") == set()
    issue_id = store.issues.add(issue(), [segment(), segment(NISSAN)])
    assert isinstance(issue_id, int)
    assert late in {delivery.subscriber for delivery in store.deliveries.of_issue(issue_id)}


def test_the_first_edition_is_as_old_as_the_first_feed(store: Store) -> None:
    """Polled on Sunday, started on Monday after the due time: Monday's issue is owed."""
    store.feeds.sync([Feed(id=FeedId("a"), url="https://a.example", title="A")], NOW - WEEK)
    assert store.issues.would_be_since("weekly", NOW) == NOW - WEEK
    assert store.issues.since("weekly", NOW) == NOW - WEEK
    assert store.issues.would_be_since("daily", NOW) == NOW
    assert store.issues.since("daily", NOW) == NOW  # a later edition owes nothing of before


def test_editions_that_are_first_seen_together_are_equally_old(store: Store) -> None:
    """What `digest next` says of each of them before the service runs is what it does."""
    store.feeds.sync([Feed(id=FeedId("a"), url="https://a.example", title="A")], NOW - WEEK)
    store.issues.see(["weekly", "daily"], NOW)
    assert store.issues.would_be_since("weekly", NOW) == NOW - WEEK
    assert store.issues.would_be_since("daily", NOW) == NOW - WEEK
    store.issues.see(["weekly", "monthly"], NOW)
    assert store.issues.would_be_since("monthly", NOW) == NOW


def test_what_has_been_decided_is_not_owed_again_when_the_schedule_changes(store: Store) -> None:
    store.issues.since("weekly", NOW - 3 * WEEK)
    publish(store)
    assert store.issues.since("weekly", NOW + WEEK) == issue().period.end


def test_the_last_run_of_a_kind_is_remembered(store: Store) -> None:
    assert store.requests.last_run("poll") is None
    store.requests.record_run("poll", NOW, NOW, {"new": 1})
    store.requests.record_run("poll", NOW + WEEK, NOW + WEEK, {"new": 2})
    last = store.requests.last_run("poll")
    assert last is not None
    assert last.summary == {"new": 2}


def test_a_segment_that_there_is_not_is_an_error_or_nothing(store: Store) -> None:
    assert store.issues.find_segment(SegmentId(7)) is None
    with pytest.raises(StoreError, match="no segment 7"):
        store.issues.segment(SegmentId(7))
