"""The other ways to group news that bench/stories.py measures: MinHash and edit distance.

Each takes entries one by one, in order of publication, and puts an entry into the group of the one
that is most like it of the last days, if that is like enough; else into a group of its own. Both
compare headlines within a language, as they are meant to, and get the threshold that is best for
them. They are optional: `pip install kuruma-digest[bench]`.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from importlib.util import find_spec
from time import process_time
from typing import Any

from digest.model import Entry
from digest.stories.tokens import normalise

WINDOW = timedelta(hours=96)  # as long as ours keeps a cluster open
PERMUTATIONS = 128  # datasketch's own number
SHINGLE = 3  # characters; the same for both languages

Group = Callable[[Sequence[Entry], float], list[int]]  # entries and a threshold to groups


class _Live:
    """The entries of one language that may still be joined, the oldest first."""

    def __init__(self) -> None:
        self.entries: deque[tuple[Entry, int]] = deque()

    def expired(self, entry: Entry) -> Iterator[int]:
        """Drop those that are too old for an entry, and tell which."""
        while self.entries and self.entries[0][0].published < entry.published - WINDOW:
            yield self.entries.popleft()[1]


def min_hash(entries: Sequence[Entry], threshold: float) -> list[int]:
    """Groups by datasketch: MinHash of the headline's pieces, found by locality."""
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415  # optional

    groups: list[int] = []
    indexes: dict[str, Any] = {}
    live: dict[str, _Live] = {}
    hashes: dict[int, Any] = {}
    blank = MinHash(num_perm=PERMUTATIONS)
    for number, entry in enumerate(entries):
        index = indexes.setdefault(
            entry.lang, MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
        )
        known = live.setdefault(entry.lang, _Live())
        for old in known.expired(entry):
            index.remove(old)
            del hashes[old]
        mine = blank.copy()
        mine.update_batch(_shingles(entry.title))
        best = max(index.query(mine), key=lambda n: (hashes[n].jaccard(mine), -n), default=None)
        alike = best is not None and hashes[best].jaccard(mine) >= threshold
        groups.append(groups[best] if alike and best is not None else number)
        index.insert(number, mine)
        hashes[number] = mine
        known.entries.append((entry, number))
    return groups


def edit_distance(entries: Sequence[Entry], threshold: float) -> list[int]:
    """Groups by rapidfuzz: the headline that shares most words with it, whatever their order."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415  # optional

    groups: list[int] = []
    live: dict[str, _Live] = {}
    titles: dict[str, dict[int, str]] = {}
    for number, entry in enumerate(entries):
        known, of_lang = live.setdefault(entry.lang, _Live()), titles.setdefault(entry.lang, {})
        for old in known.expired(entry):
            del of_lang[old]
        title = normalise(entry.title).lower()
        found = process.extractOne(
            title, of_lang, scorer=fuzz.token_set_ratio, score_cutoff=100 * threshold
        )
        groups.append(number if found is None else groups[found[2]])
        of_lang[number] = title
        known.entries.append((entry, number))
    return groups


def _shingles(title: str) -> set[bytes]:
    text = normalise(title).lower()
    return {text[at : at + SHINGLE].encode() for at in range(max(1, len(text) - SHINGLE + 1))}


PEERS: dict[str, tuple[str, Group, Sequence[float]]] = {  # module, way, thresholds to try
    "datasketch MinHashLSH": ("datasketch", min_hash, (0.4, 0.5, 0.6, 0.7)),
    "rapidfuzz token_set": ("rapidfuzz", edit_distance, (0.55, 0.65, 0.75, 0.85)),
}


def installed() -> dict[str, tuple[Group, Sequence[float]]]:
    """The peers that are there."""
    return {
        name: (group, tried) for name, (module, group, tried) in PEERS.items() if find_spec(module)
    }


def timed(group: Group, entries: Sequence[Entry], threshold: float) -> tuple[list[int], float]:
    """The groups, and the seconds of CPU that they took."""
    began = process_time()
    groups = group(entries, threshold)
    return groups, process_time() - began
