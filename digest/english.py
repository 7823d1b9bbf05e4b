"""The English of what commands and the log say."""

from collections.abc import Iterable

_CLOSE = 0.65  # how alike names must be; at .6 earnings are offered for charging


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 entry", "2 entries". `many` where it is not `one` with an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def meant(name: str, known: Iterable[str]) -> str:
    """What may be meant by a name that nothing has, to end a sentence: "; did you mean nissan?".

    Empty where none of those that are `known` is like it.
    """
    from difflib import get_close_matches  # noqa: PLC0415  # only who errs waits for it

    like = get_close_matches(name.lower(), [*known], cutoff=_CLOSE)
    return f"; did you mean {' or '.join(like)}?" if like else ""
