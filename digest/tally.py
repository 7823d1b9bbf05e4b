"""Counts what the store does not keep, for as long as the process lives; for the metrics.

Like the log it is one for the process: what is counted happens deep inside, and is over at once.
Names and labels are words of ours, from short lists: never an address, nor what others wrote.
"""

from collections import Counter
from collections.abc import Mapping
from threading import Lock


class Tally:
    """Numbers that only grow, by name and labels. Safe for several threads."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, ...]] = Counter()
        self._lock = Lock()

    def count(self, name: str, *labels: str, number: int = 1) -> None:
        """Add to the count of this name and these labels."""
        with self._lock:
            self._counts[name, *labels] += number

    def of(self, name: str) -> Mapping[tuple[str, ...], int]:
        """The counts of a name, by their labels."""
        with self._lock:
            return {key[1:]: number for key, number in self._counts.items() if key[0] == name}


tally = Tally()
