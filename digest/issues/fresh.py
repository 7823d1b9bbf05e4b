"""What of a story's sentences and figures is new to somebody who has read the others."""

from collections.abc import Sequence
from functools import lru_cache

from digest.model import Figure, KeySentence
from digest.stories.numbers import Number, numbers
from digest.stories.tokens import lower, normalise

FEWEST_SENTENCES = 2  # one alone says no more than a summary
TWICE = 2
_REMEMBERED = 5_000  # texts: the segments of an issue tell the same stories


def fresh(told: Sequence[KeySentence], title: str) -> list[KeySentence]:
    """The sentences in their order, without those that give no figure which was not given before.

    Where too few are left, the best of the others stay.
    """
    said = [*_numbers(title)]
    new: list[bool] = []
    for sentence in told:
        figures = _numbers(sentence.text)
        new.append(not figures or not all(any(map(each.agrees, said)) for each in figures))
        said += figures
    spare = FEWEST_SENTENCES - sum(new)
    kept: list[KeySentence] = []
    for sentence, is_fresh in zip(told, new, strict=True):
        if is_fresh or spare > 0:
            kept.append(sentence)
        spare -= not is_fresh
    return kept


def is_new(figure: Figure, shown: Sequence[str]) -> bool:
    """Whether a figure is not told at least twice among texts that are shown."""
    given = Number(figure.unit, figure.claims[0].value)
    return sum(any(map(given.agrees, _numbers(text))) for text in shown) < TWICE


@lru_cache(_REMEMBERED)
def _numbers(text: str) -> tuple[Number, ...]:
    return tuple(numbers(lower(normalise(text))))
