"""How much is at stake in a story, by the figures that it is told with.

A loss of billions is greater news than the launch of a bus, though as many outlets tell both. A
figure counts where as many reports give one of its size as a story's topics need; people and
vehicles count where something befalls them, for a large maker sells a million cars any year.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from digest.model import Report
from digest.stories.facts import sentences
from digest.stories.figures import SENTENCES, deed_of, figures_in
from digest.stories.tokens import lower, normalise

SHARE = 0.34  # of the reports at least, for what they give to be of the story: two of three


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
_BEFALLEN = frozenset({"cut", "lose", "hire", "recall", "probe", "hurt"})  # deeds of figures
_COUNTS = frozenset({"person", "vehicle"})
_FACTORS = (1.0, 1.1, 1.2)


def stakes(reports: Sequence[Report]) -> float:
    """By how much more a story counts for the figures that enough of its reports give."""
    least = SHARE * len(reports)
    sizes = [_size(report) for report in reports]
    return max(
        factor for size, factor in enumerate(_FACTORS) if sum(one >= size for one in sizes) >= least
    )


def _size(report: Report) -> int:
    """How large the greatest figure of a report is: 0 is nothing much, 2 very large."""
    entry = report.entry
    text = lower(normalise("\n".join((entry.title, *sentences(entry.summary)[:SENTENCES]))))
    found = [
        (at.number.value >= sizes.large) + (at.number.value >= sizes.very_large)
        for at in figures_in(text)
        if (sizes := _SIZES.get(at.number.unit)) is not None
        and (at.number.unit not in _COUNTS or deed_of(text, at) in _BEFALLEN)
    ]
    return max(found, default=0)
