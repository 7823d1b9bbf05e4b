"""How much is at stake in a story, by the figures that it is told with.

A loss of billions is greater news than the launch of a bus, though as many outlets tell both. A
figure counts where as many reports give one of its size as a story's topics need. What is large
in any month is passed over: a great maker's sales, what its shares are worth, and people and
vehicles to whom nothing happens.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from digest.model import Report
from digest.stories.counted import MONEY, figures_in, opening, thing_of
from digest.stories.numbers import NumberAt
from digest.stories.tokens import lower


class _Sizes(NamedTuple):
    """From where on a figure is large, and very large."""

    large: float
    very_large: float


_SIZES: Mapping[str, _Sizes] = MappingProxyType(
    {
        "jpy": _Sizes(100e9, 1000e9),
        "usd": _Sizes(0.7e9, 7e9),
        "eur": _Sizes(0.6e9, 6e9),
        "person": _Sizes(1_000, 10_000),
        "vehicle": _Sizes(100_000, 1_000_000),
        "plant": _Sizes(2, 5),
    }
)
_USUAL = frozenset({"revenue", "worth"})  # what is told of money, and is no stake
_BEFALLEN = frozenset({"cut", "lose", "hire", "recall", "probe", "hurt"})  # of people and vehicles
_FACTORS = (1.0, 1.1, 1.2)


def stakes(reports: Sequence[Report]) -> float:
    """By how much more a story counts for the figures that enough of its reports give."""
    sizes = [_size(report) for report in reports]
    told = [
        factor
        for size, factor in enumerate(_FACTORS)
        if enough(sum(one >= size for one in sizes), len(reports))
    ]
    return max(told, default=_FACTORS[0])


def enough(reports: int, of: int) -> bool:
    """Whether what so many of a story's reports say is of the story: more than a third do."""
    return 3 * reports > of


def _size(report: Report) -> int:
    """How large the greatest figure of a report is: 0 is nothing much, 2 very large."""
    text = lower(opening(report.entry))
    size = 0
    for at in figures_in(text):
        sizes = _SIZES.get(at.number.unit)
        if sizes is not None and at.number.value >= sizes.large and _matters(text, at):
            size = max(size, 2 if at.number.value >= sizes.very_large else 1)
    return size


def _matters(text: str, at: NumberAt) -> bool:
    """Whether a figure is of what happens, not of what is large at any time."""
    unit = at.number.unit
    if unit == "plant":
        return True
    deed = thing_of(text, at).deed
    return deed not in _USUAL if unit in MONEY else deed in _BEFALLEN
