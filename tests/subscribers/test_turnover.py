"""Who came and went: the moves that the database counts, week by week."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Consent, Moves, Preferences, Status, SubscriberId, Suppression
from digest.store import Store
from digest.subscribers.turnover import Week, bars, by_week, curve, first_monday
from tests.builders import NOW

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = timedelta(days=1)
CONSENT = Consent(at=NOW, how="form", words="yes")


def add(store: Store, name: str, status: Status, now: datetime = NOW) -> SubscriberId:
    made = store.subscribers.add(
        f"{name}@example.com",
        f"{name}@example.com",
        name="",
        status=status,
        preferences=Preferences(),
        consent=CONSENT,
        now=now,
    )
    assert made is not None
    return made


def test_each_move_is_counted_by_the_database_and_nobody_is_named(store: Store) -> None:
    first = add(store, "a", Status.PENDING)
    add(store, "b", Status.ACTIVE)
    add(store, "c", Status.ACTIVE)
    assert store.subscribers.set_status(first, Status.ACTIVE, NOW + DAY)
    assert store.subscribers.set_status(first, Status.ACTIVE, NOW + DAY)  # no move
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    assert store.moves.since(NOW) == [
        Moves(hour=hour, was=None, became=Status.ACTIVE, readers=2),
        Moves(hour=hour, was=None, became=Status.PENDING, readers=1),
        Moves(hour=hour + DAY, was=Status.PENDING, became=Status.ACTIVE, readers=1),
    ]
    assert store.moves.since(NOW + 2 * DAY) == []


def test_an_erased_reader_has_left_and_an_address_that_is_known_does_not_come_twice(
    store: Store,
) -> None:
    reader = add(store, "a", Status.ACTIVE)
    again = store.subscribers.add(
        "a@example.com",
        "a@example.com",
        name="",
        status=Status.ACTIVE,
        preferences=Preferences(),
        consent=None,
        now=NOW,
    )
    assert again is None
    store.persons.erase("a@example.com", "hash", Suppression.FORGOTTEN, reader, NOW)
    assert [(m.was, m.became, m.readers) for m in store.moves.since(NOW)] == [
        (None, Status.ACTIVE, 1),
        (Status.ACTIVE, Status.ERASED, 1),
    ]


def moved(day: int, was: Status | None, became: Status, readers: int = 1) -> Moves:
    hour = datetime(2026, 11, day, 15, tzinfo=UTC)  # midnight in Tokyo
    return Moves(hour=hour, was=was, became=became, readers=readers)


def test_weeks_are_those_of_the_lists_zone_and_add_up() -> None:
    start = first_monday(datetime(2026, 11, 22, 14, tzinfo=UTC), 2, TOKYO)
    assert start == datetime(2026, 11, 9, tzinfo=TOKYO)
    moves = [
        moved(7, None, Status.ACTIVE, 9),  # before
        moved(8, None, Status.PENDING, 3),  # a Monday's first hour in Tokyo
        moved(14, Status.PENDING, Status.ACTIVE, 2),
        moved(15, Status.ACTIVE, Status.SUSPENDED),
        moved(16, Status.SUSPENDED, Status.LEFT),  # was none any more
        moved(16, Status.ACTIVE, Status.PAUSED),  # is one still
        moved(17, Status.PAUSED, Status.ERASED),
        moved(18, Status.LEFT, Status.ACTIVE),
    ]
    assert by_week(moves, 10, start, 2) == [
        Week(monday=date(2026, 11, 9), asked=3, joined=2, readers=11),
        Week(monday=date(2026, 11, 16), joined=1, left=1, bounced=1, readers=10),
    ]


@given(
    st.lists(
        st.builds(
            moved,
            st.integers(1, 30),
            st.none() | st.sampled_from(Status),
            st.sampled_from(Status),
            st.integers(1, 50),
        ),
        max_size=20,
    ),
    st.integers(0, 1000),
    st.integers(1, 9),
)
def test_the_numbers_add_up_and_can_be_drawn(moves: list[Moves], now: int, weeks: int) -> None:
    told = by_week(moves, now, datetime(2026, 11, 2, tzinfo=TOKYO), weeks)
    assert told[-1].readers == now
    for before, week in pairwise(told):
        assert week.readers == before.readers + week.joined - week.left - week.bounced
    assert [len(bar) <= 26 for bar in bars(told)] == [True] * weeks
    assert len(curve(told)) == weeks


def test_what_there_is_can_be_seen_in_the_plot() -> None:
    weeks = [
        Week(monday=date(2026, 11, 2), joined=960, readers=960),
        Week(monday=date(2026, 11, 9), joined=1, left=1, readers=960),
        Week(monday=date(2026, 11, 16), readers=960),
    ]
    assert bars(weeks) == ["█" * 24, "█░", ""]
    assert curve(weeks) == "▁▁▁"
    assert bars([]) == []
    assert curve([]) == ""
