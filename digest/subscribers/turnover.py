"""How many readers joined, left and bounced in each week, by the moves that the store counts.

A reader is who gets issues, or will again after a pause. So the numbers add up: the readers at the
end of a week are those of the week before, with who joined and without who left or bounced.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from digest.model import Moves, Status

_WEEK = timedelta(weeks=1)
_READERS = frozenset({Status.ACTIVE, Status.PAUSED})
_BAR = 24  # characters
_STEPS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What happened in one week."""

    monday: date
    asked: int = 0  # addresses that were asked for the first time
    joined: int = 0
    left: int = 0
    bounced: int = 0
    readers: int  # at its end, or now


def first_monday(now: datetime, weeks: int, zone: tzinfo) -> datetime:
    """When so many weeks begin of which this one is the last."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday()) - (weeks - 1) * _WEEK
    return datetime(monday.year, monday.month, monday.day, tzinfo=zone)


def by_week(moves: Iterable[Moves], readers: int, start: datetime, weeks: int) -> list[Week]:
    """So many weeks from `start` on, in its zone; there are so many `readers` at their end."""
    zone = start.tzinfo
    counts = [[0, 0, 0, 0] for _ in range(weeks)]
    for move in moves:
        number = (move.hour.astimezone(zone).date() - start.date()) // _WEEK
        kind = _kind(move)
        if kind is not None and 0 <= number < weeks:
            counts[number][kind] += move.readers
    told = []
    for number in reversed(range(weeks)):
        asked, joined, left, bounced = counts[number]
        told.append(
            Week(
                monday=start.date() + number * _WEEK,
                asked=asked,
                joined=joined,
                left=left,
                bounced=bounced,
                readers=readers,
            )
        )
        readers -= joined - left - bounced
    return told[::-1]


def _kind(move: Moves) -> int | None:
    """Which of a week's counts a move belongs to: asked, joined, left, bounced; None: none."""
    was, is_ = move.was in _READERS, move.became in _READERS
    if is_ and not was:
        return 1
    if was and not is_:
        return 3 if move.became is Status.SUSPENDED else 2
    return 0 if move.was is None and move.became is Status.PENDING else None


def bars(weeks: Sequence[Week]) -> list[str]:
    """A bar for each week: █ for who joined, ░ for who left or bounced, all on one scale."""
    most = max((week.joined + week.left + week.bounced for week in weeks), default=0)
    scale = min(1.0, _BAR / most) if most else 0.0
    return [
        "█" * _long(week.joined, scale) + "░" * _long(week.left + week.bounced, scale)
        for week in weeks
    ]


def _long(number: int, scale: float) -> int:
    return max(1, round(number * scale)) if number else 0  # what there is can be seen


def curve(weeks: Sequence[Week]) -> str:
    """The readers at the end of each week as a line of blocks, from the fewest to the most."""
    counts = [week.readers for week in weeks]
    low, high = min(counts, default=0), max(counts, default=0)
    span = high - low or 1
    return "".join(_STEPS[(count - low) * (len(_STEPS) - 1) // span] for count in counts)
