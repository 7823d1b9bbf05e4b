from hypothesis import given
from hypothesis import strategies as st

from digest.web.limits import Bucket, Limiter, Rate, take

RATE = Rate(burst=3, seconds=10)


def test_some_at_once_and_then_one_at_a_time() -> None:
    limiter = Limiter(RATE)
    assert [limiter.wait("a", 0) for _ in range(3)] == [0, 0, 0]
    assert limiter.wait("a", 0) == 10
    assert limiter.wait("a", 4) == 6
    assert limiter.wait("a", 10.5) == 0
    assert limiter.wait("a", 10.5) > 9


def test_one_visitor_does_not_slow_another() -> None:
    limiter = Limiter(RATE)
    for _ in range(10):
        limiter.wait("a", 0)
    assert limiter.wait("b", 0) == 0


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=60))
def test_never_more_than_the_burst_and_what_time_fills(times: list[float]) -> None:
    limiter, times = Limiter(RATE), sorted(times)
    met = [at for at in times if limiter.wait("a", at) == 0]
    for first in range(len(met)):
        for last in range(first, len(met)):
            assert last - first + 1 <= RATE.burst + (met[last] - met[first]) / RATE.seconds + 1e-6


def test_a_clock_that_goes_back_fills_nothing() -> None:
    assert take(Bucket(left=0, at=100), RATE, 50) == (Bucket(left=0, at=50), 10)


def test_those_who_came_last_are_remembered() -> None:
    limiter = Limiter(Rate(burst=1, seconds=1000), remembered=100)
    for number in range(1000):
        limiter.wait(f"visitor {number}", number / 1000)
    assert limiter.wait("visitor 999", 1) > 0
    assert limiter.wait("visitor 0", 1) == 0
    assert len(limiter._buckets) == 100  # noqa: SLF001  # it is the memory that is looked at
