import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.pace import Pace


def test_a_seconds_worth_leaves_at_once_and_then_one_at_a_time() -> None:
    pace = Pace(10)
    waits = [round(pace.reserve(100.0), 3) for _ in range(12)]
    assert waits == [0.0] * 10 + [0.1, 0.2]


def test_a_pause_fills_the_bucket_but_not_more() -> None:
    pace = Pace(2)
    assert [pace.reserve(0.0) for _ in range(3)] == [0, 0, 0.5]
    assert [pace.reserve(100.0) for _ in range(3)] == [0, 0, 0.5]


def test_less_than_one_a_second_is_one_at_a_time() -> None:
    pace = Pace(1 / 60)
    assert [pace.reserve(5.0) for _ in range(3)] == [0, 60, 120]


def test_without_a_limit_nothing_waits() -> None:
    pace = Pace(None)
    assert [pace.reserve(0.0, 1000) for _ in range(3)] == [0, 0, 0]


def test_what_is_urgent_does_not_wait_behind_what_has_reserved_before() -> None:
    pace = Pace(10)
    pace.reserve(0.0, 10)
    assert pace.reserve(0.0, 8) == pytest.approx(0.8)
    assert pace.reserve(0.0, urgent=True) == 0
    assert pace.reserve(0.0) == pytest.approx(1.0)  # and the others pay for it


@given(
    st.floats(0.5, 1000),
    st.lists(st.tuples(st.floats(0, 5), st.integers(1, 8)), min_size=1, max_size=40),
)
def test_no_stretch_of_time_holds_more_than_its_share_and_the_burst(
    per_second: float, asked: list[tuple[float, int]]
) -> None:
    pace, now = Pace(per_second), 0.0
    sent: list[tuple[float, int]] = []
    for gap, messages in asked:
        now += gap
        sent.append((now + pace.reserve(now, messages), messages))
    sent.sort()
    burst = max(1.0, per_second)
    for first in range(len(sent)):
        total = 0
        for at, messages in sent[first:]:
            total += messages
            assert total <= (at - sent[first][0]) * per_second + burst + 8 + 1e-6
