"""The English of what commands and the log say."""


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 entry", "2 entries". `many` where it is not `one` with an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"
