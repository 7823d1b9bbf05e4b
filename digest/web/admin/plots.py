"""Small drawings as shapes with their places, for a template to write as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 120  # of the drawing; the page scales it
_FOOT = 18  # below, for the dates
_HEAD = 14  # above, for the greatest number


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar, and what it says to whoever points at it."""

    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Bars or a line over days."""

    label: str  # all of it in a sentence, for those who do not see it
    first: str  # the first day
    last: str  # the last day
    most: str  # the greatest number
    bars: tuple[Bar, ...] = ()
    line: str = ""  # the points of a polyline
    area: str = ""  # the same, closed at the foot


def bars(name: str, days: Sequence[tuple[str, int]]) -> Plot:
    """A bar for each day. `days` are in order, none left out, at least one."""
    most = max(number for _, number in days)
    step = WIDTH / len(days)
    return Plot(
        label=_label(name, days),
        first=days[0][0],
        last=days[-1][0],
        most=str(most),
        bars=tuple(
            Bar(
                x=round(index * step + step * 0.12, 1),
                y=round(_y(number, 0, most), 1),
                width=round(step * 0.76, 1),
                height=round(HEIGHT - _FOOT - _y(number, 0, most), 1),
                words=f"{day}: {number}",
            )
            for index, (day, number) in enumerate(days)
        ),
    )


def line(name: str, days: Sequence[tuple[str, int]]) -> Plot:
    """A line over the days. `days` are in order, none left out, at least one."""
    most = max(number for _, number in days)
    least = min(0, *(number for _, number in days)) if len(days) > 1 else 0
    step = WIDTH / max(1, len(days) - 1)
    points = [
        f"{round(index * step, 1)},{round(_y(number, least, most), 1)}"
        for index, (_, number) in enumerate(days)
    ]
    foot = HEIGHT - _FOOT
    return Plot(
        label=_label(name, days),
        first=days[0][0],
        last=days[-1][0],
        most=str(most),
        line=" ".join(points),
        area=" ".join([f"0,{foot}", *points, f"{WIDTH},{foot}"]),
    )


def _y(number: int, least: int, most: int) -> float:
    """How far from the top a number stands."""
    room = HEIGHT - _FOOT - _HEAD
    span = max(1, most - least)
    return _HEAD + room * (1 - (number - least) / span)


def _label(name: str, days: Sequence[tuple[str, int]]) -> str:
    numbers = [number for _, number in days]
    return (
        f"{name} from {days[0][0]} to {days[-1][0]}: at most {max(numbers)},"
        f" at least {min(numbers)}, last {numbers[-1]}"
    )
