"""What is deleted when it is old, and what must stay whatever its age."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.feeds.keep import _key, keep, pack
from digest.model import (
    Choice,
    ClusterId,
    DeliveryKind,
    DeliveryState,
    Entry,
    EntryId,
    FeedId,
    FeedKind,
    Issue,
    Letter,
    Placement,
    Preferences,
    Segment,
    Status,
    StoryId,
    SubscriberId,
)
from digest.settings import Feed
from digest.store import Store
from digest.store.attempts import Result
from digest.store.pruning import Limits
from digest.subscribers.tokens import leave_token, who_leaves
from tests.builders import NOW, database_of, entry, tags
from tests.store.builders import issue

DAY = timedelta(days=1)
TRADE = Feed(id=FeedId("trade"), url="https://trade.example/feed", title="Trade Paper")
KEPT = 400


def limits(now: datetime, *, entries: int = KEPT, deliveries: int = KEPT, logs: int = 30) -> Limits:
    return Limits(
        entries=now - entries * DAY, deliveries=now - deliveries * DAY, logs=now - logs * DAY
    )


def prune(store: Store, now: datetime, followed: Sequence[str] = ("trade",), **given: int) -> int:
    return sum(store.pruning.steps(limits(now, **given), followed))


def poll(store: Store, document: Sequence[Entry], now: datetime) -> int:
    """Poll a document, with its marks as poll.py keeps them; gives how many entries were news."""
    store.feeds.sync([TRADE], now)
    state = store.feeds.states()[TRADE.id]
    marks = {told.guid.encode().ljust(8, b"\0")[-8:]: _key(told.guid) for told in document}
    recorded = keep(
        store,
        TRADE,
        document,
        before=replace(state, last_success=state.last_success or now - DAY),
        after=replace(state, last_success=now),
        new_feed_window=1000 * DAY,
        now=now,
        marks=pack(marks),
    )
    return recorded.new


def place(store: Store, now: datetime, cluster: int | None = None) -> None:
    """Make a story of each entry that waits, or one of all."""
    for stored in store.entries.waiting(1000):
        place_one(store, stored.id, stored.id if cluster is None else cluster, now)


def texts(store: Store) -> set[str]:
    found = {stored.entry.guid for stored, _, _ in store.entries.placed(NOW - 10_000 * DAY)}
    return found | {stored.entry.guid for stored in store.entries.waiting(1000)}


def news(number: int, age: float, **given: object) -> Entry:
    return entry(
        number=number,
        title=f"Nissan tells of plan number {number}",
        published=NOW - age * DAY,
        **given,
    )


def test_a_story_goes_when_its_last_report_is_old(store: Store) -> None:
    poll(store, [news(1, 410), news(2, 390)], NOW - 390 * DAY)
    place(store, NOW - 390 * DAY, cluster=1)
    poll(store, [], NOW)
    assert prune(store, NOW) == 0
    assert prune(store, NOW + 11 * DAY) > 0
    assert texts(store) == set()
    assert store.entries.story(StoryId(1)) is None


def test_what_waits_for_ingest_stays_whatever_its_date(store: Store) -> None:
    poll(store, [news(1, 10)], NOW - 9 * DAY)
    poll(store, [], NOW)
    prune(store, NOW + 1000 * DAY)
    assert texts(store) == {"guid-1"}


def test_what_its_feed_still_tells_stays(store: Store) -> None:
    document = [news(1, 1), news(2, 1)]
    poll(store, document, NOW)
    place(store, NOW)
    poll(store, document[:1], NOW + DAY)
    later = NOW + 1000 * DAY
    prune(store, later)
    assert texts(store) == {"guid-1"}
    assert poll(store, document, later) == 0  # the other one is history


def test_what_had_no_date_stays_while_its_feed_is_followed(store: Store) -> None:
    undated = news(1, 1, dated=False)
    poll(store, [undated], NOW)
    place(store, NOW)
    poll(store, [], NOW + DAY)
    later = NOW + 1000 * DAY
    prune(store, later)
    assert poll(store, [replace(undated, published=later)], later) == 0
    poll(store, [], later)
    prune(store, later, followed=[])
    assert texts(store) == set()


def test_of_a_feed_that_is_not_followed_any_more_nothing_is_left_in_the_end(store: Store) -> None:
    poll(store, [news(1, 1)], NOW)
    place(store, NOW)
    prune(store, NOW + DAY, followed=[])
    assert store.feeds.urls() != {}
    prune(store, NOW + 1000 * DAY, followed=[])
    assert store.feeds.urls() == {}
    assert store.feeds.marks(TRADE.id) == b""


# --- issues and mail ---------------------------------------------------------------------------


def reader(store: Store, name: str) -> SubscriberId:
    found = store.subscribers.add(
        f"{name}@reader.example",
        f"{name}@reader.example",
        name="",
        status=Status.ACTIVE,
        preferences=Preferences(),
        consent=None,
        now=NOW,
    )
    assert found is not None
    return found


def publish(store: Store, made: Issue) -> int:
    part = Segment(choice=Choice(), subject="S", html="<p>", text="t", stories=1)
    number = store.issues.add(made, [part])
    assert isinstance(number, int)
    return number


def send_all(store: Store, now: datetime) -> None:
    for delivery in store.deliveries.claim(1000, now, resend_unknown=True):
        store.deliveries.commit([], [delivery], now)
        result = Result(
            delivery=delivery.id, epoch=delivery.epoch, state=DeliveryState.SENT, reply="250 ok"
        )
        store.deliveries.commit([result], [], now)


def test_messages_go_with_their_attempts_and_the_issue_stays(store: Store) -> None:
    poll(store, [news(1, 1)], NOW)
    place(store, NOW, cluster=1)
    ada = reader(store, "ada")
    number = publish(store, issue())
    send_all(store, NOW + DAY)
    found = store.issues.find("weekly", "2026-W47")
    told = store.issues.told("weekly", NOW + DAY)
    poll(store, [], NOW + DAY)

    prune(store, NOW + 399 * DAY)
    proofs = store.outbox.prove(number)  # type: ignore[arg-type]
    assert [len(proof.attempts) for proof in proofs] == [1]
    prune(store, NOW + 500 * DAY)
    assert store.outbox.prove(number) == []  # type: ignore[arg-type]
    assert store.deliveries.counts().total == 0
    assert store.issues.find("weekly", "2026-W47") == found
    assert store.issues.told("weekly", NOW + DAY) == told
    assert [one.issue.period.key for one in store.archive.listed()] == ["2026-W47"]
    assert store.archive.stories(number) == found.issue.stories if found else ()  # type: ignore[arg-type]
    assert store.issues.segment_number(number, Choice()) is None  # type: ignore[arg-type]
    assert who_leaves(store.secret(), leave_token(store.secret(), ada)) == ada
    assert store.subscribers.get(ada) is not None


def test_a_message_that_has_not_left_stays(store: Store) -> None:
    store.deliveries.add_letter(
        "k",
        DeliveryKind.NOTICE,
        address="a@example.org",
        subscriber=None,
        letter=Letter(subject="s", text="t"),
        now=NOW,
    )
    prune(store, NOW + 5000 * DAY)
    assert store.deliveries.counts().open == 1


def test_a_number_is_not_given_again_when_all_messages_are_gone(store: Store) -> None:
    def letter(key: str, now: datetime) -> int:
        store.deliveries.add_letter(
            key,
            DeliveryKind.NOTICE,
            address="a@example.org",
            subscriber=None,
            letter=Letter(subject="s", text="t"),
            now=now,
        )
        return int(store.outbox.rows()[-1].id)

    first = letter("a", NOW)
    send_all(store, NOW)
    later = NOW + 500 * DAY
    prune(store, later)
    assert letter("b", later) > first


def test_logs_go_and_the_last_run_of_a_kind_stays(store: Store) -> None:
    asked = store.requests.ask("poll", {}, NOW)
    store.requests.finish(asked, "done", NOW)
    waiting = store.requests.ask("poll", {}, NOW)
    for day in range(3):
        store.requests.record_run("poll", NOW + day * DAY, NOW + day * DAY, {"new": day})
    prune(store, NOW + 60 * DAY)
    assert [request.id for request in store.requests.open()] == [waiting]
    with pytest.raises(IndexError):
        store.requests.get(asked)
    last = store.requests.last_run("poll")
    assert last is not None
    assert last.summary == {"new": 2}


def test_when_it_was_done_last_is_remembered(store: Store) -> None:
    assert store.pruning.last() is None
    store.pruning.done(NOW)
    assert store.pruning.last() == NOW


def test_references_are_enforced_again_afterwards(store: Store) -> None:
    prune(store, NOW)
    connection = database_of(store).connection
    assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_free_pages_are_given_back(tmp_path: Path) -> None:
    with Store.open(tmp_path / "state") as store:
        for number in range(400):
            store.deliveries.add_letter(
                str(number),
                DeliveryKind.NOTICE,
                address="a@example.org",
                subscriber=None,
                letter=Letter(subject="s", text="t" * 20_000),
                now=NOW,
            )
        send_all(store, NOW)
        before = (tmp_path / "state" / "digest.db").stat().st_size
        prune(store, NOW + 500 * DAY)
        store.scrub()
        assert (tmp_path / "state" / "digest.db").stat().st_size < before // 3


# --- whatever was read, published and pruned when ----------------------------------------------


@dataclass(frozen=True)
class Told:
    """An item of the feed: when it came, whether it has a date, until when the feed tells it."""

    came: int  # days ago
    dated: bool
    told_for: int  # days
    story: int


ITEMS = st.lists(
    st.builds(
        Told,
        came=st.integers(0, 900),
        dated=st.booleans(),
        told_for=st.integers(0, 900),
        story=st.integers(1, 5),
    ),
    max_size=8,
)


@settings(max_examples=25)
@given(ITEMS, st.integers(120, 500), st.lists(st.integers(0, 900), max_size=4))
def test_old_news_never_comes_back_and_issues_stay_as_they_were(
    items: list[Told], kept: int, prunings: list[int]
) -> None:
    with Store.open_to_read(Path("there-is-no-such-folder")) as store:
        made = [
            news(number, item.came, dated=item.dated, guid=f"guid-{number}")
            for number, item in enumerate(items)
        ]
        number, published = 0, {}
        for age in sorted({900, *(item.came for item in items), *prunings, 0}, reverse=True):
            now = NOW - age * DAY
            document = [
                told if told.dated else replace(told, published=now)
                for told, item in zip(made, items, strict=True)
                if item.came >= age >= item.came - item.told_for
            ]
            fresh = {t.guid for t, i in zip(made, items, strict=True) if i.came == age}
            assert poll(store, document, now) == len(fresh)
            for stored in store.entries.waiting(100):
                item = items[int(stored.entry.guid.removeprefix("guid-"))]
                place_one(store, stored.id, item.story, now)
            if fresh:
                number += 1
                key = f"2026-W47.{number}"
                store.issues.add(
                    replace(
                        issue(),
                        period=replace(issue().period, key=key),
                        stories=(
                            replace(
                                issue().stories[0], story=StoryId(items[int(min(fresh)[5:])].story)
                            ),
                        ),
                    ),
                    [],
                )
                published[key] = store.issues.find("weekly", key)
            if age in prunings:
                prune(store, now, entries=kept)
        for key, before in published.items():
            assert store.issues.find("weekly", key) == before
        check = database_of(store).connection
        assert check.execute("PRAGMA foreign_key_check").fetchall() == []


def place_one(store: Store, number: EntryId, cluster: int, now: datetime) -> None:
    one = Placement(
        entry=number,
        tags=tags(companies=("nissan",)),
        cluster=ClusterId(cluster),
        owner="trade",
        kind=FeedKind.TRADE,
        weight=1.0,
    )
    store.entries.place([one], [], now)
