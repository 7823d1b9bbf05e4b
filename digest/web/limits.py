"""How often one visitor may ask: a bucket that each request takes from and time fills again.

Seconds are those of a clock that never goes back. Only so many visitors are remembered; those who
have not come for longest are forgotten first, so that many of them cannot fill the memory.
"""

from collections import OrderedDict
from dataclasses import dataclass

REMEMBERED = 10_000  # visitors, of each rate


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and then one in so many seconds."""

    burst: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left for a visitor at a time."""

    left: float
    at: float


def take(bucket: Bucket | None, rate: Rate, now: float) -> tuple[Bucket, float]:
    """Take one, if there is one. Gives how many seconds to wait until there is, 0 if taken."""
    if bucket is None:
        bucket = Bucket(rate.burst, now)
    filled = min(rate.burst, bucket.left + max(0.0, now - bucket.at) / rate.seconds)
    if filled >= 1:
        return Bucket(filled - 1, now), 0.0
    return Bucket(filled, now), (1 - filled) * rate.seconds


class Limiter:
    """Remembers the buckets of visitors at one rate."""

    def __init__(self, rate: Rate, remembered: int = REMEMBERED) -> None:
        self._rate = rate
        self._remembered = remembered
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def wait(self, visitor: str, now: float) -> float:
        """Count one request; gives how many seconds too early it comes, 0 if it may be met."""
        bucket, seconds = take(self._buckets.pop(visitor, None), self._rate, now)
        self._buckets[visitor] = bucket
        if len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)
        return seconds
