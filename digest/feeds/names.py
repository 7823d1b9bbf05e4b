"""What an entry is compared by beside its GUID and its link: its title, folded and hashed."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from digest.feeds.tails import WIRE_LENGTH, WIRES
from digest.model import Entry, FeedKind

TITLE_BYTES = 8  # in UTF-8: 8 Latin letters or 3 Japanese ones; a shorter title says too little
GENERIC_TITLES = frozenset(
    {
        *("pressrelease", "newsrelease", "announcement", "latestnews", "newsupdate", "untitled"),
        *("プレスリリース", "ニュースリリース", "お知らせ", "新着情報", "更新情報", "ニュース"),
    }
)

_WIRE_BEFORE = re.compile(
    rf"[(\[【<](?:{WIRES})[)\]】>]\s*|(?:update(?: \d+)?|exclusive|breaking|corrected|refile"
    r"|breakingviews|analysis|速報)\s*[-:]\s*|[(\[【<](?:update|更新|速報)[)\]】>]\s*"
)
_WIRE_AFTER = re.compile(
    rf"(?:\s+[-–—|/:]\s*(?:{WIRES})(?:\.com|\.co\.jp)?|\s*[(\[【<](?:{WIRES})[)\]】>])\s*$"
)
_WIRE_MARK = re.compile(r"[-–—|/:(\[【<]")

# What does not count in a title; "1.5" and "15" stay two numbers.
_FOLDED = re.compile(r"(?!(?<=\d)[.:/]\d)\W+|_")
_BETWEEN_DIGITS = frozenset(".:/")
_UNFOLDED = {code: None for code in range(128) if not chr(code).isalnum()}


@dataclass(frozen=True, slots=True)
class Found:
    """An entry of a document, with its title as it is compared."""

    entry: Entry
    title_key: str


def named(entries: Iterable[Entry], kind: FeedKind) -> list[Found]:
    """The entries of a document with what they are compared by, in their order.

    A search feed's entry of one title and publisher is told of once, whatever its GUIDs.
    """
    if kind is not FeedKind.SEARCH:
        return [Found(entry, title_key(entry)) for entry in entries]
    told: dict[str, Found] = {}
    for entry in entries:
        key = search_key(entry)
        told.setdefault(key, Found(entry, key))
    return list(told.values())


def title_key(entry: Entry) -> str:
    """A title without case, width, white space, punctuation and the outlet's name, as a hash."""
    words = _fold(entry.title, entry.outlet)
    if words in GENERIC_TITLES or len(words.encode()) < TITLE_BYTES:
        return ""
    return _hash(words)


def search_key(entry: Entry) -> str:
    """The identity of a search feed's entry: its title and its publisher."""
    words = _fold(entry.title, entry.outlet) or entry.title
    return _hash(f"{words}\n{_fold(entry.outlet, '')}")


def matching_title(title: str, outlet: str = "") -> str:
    """A title as it is compared: NFKC, lower case, without the outlet's or an agency's name."""
    text = " ".join(unicodedata.normalize("NFKC", title).lower().split())
    name = _matching_name(outlet)
    for _ in range(2):  # "UPDATE 2-… (Reuters) - Yahoo News"
        if name and text.endswith(name):
            for mark in (" - ", " – ", " — ", " | "):
                text = text.removesuffix(mark + name)
        before = _WIRE_BEFORE.match(text)
        start = before.end() if before else 0
        end = max(start, len(text) - WIRE_LENGTH)
        # Few titles hold a mark there, and to look for one takes a tenth of the search.
        after = _WIRE_MARK.search(text, end) and _WIRE_AFTER.search(text, end)
        if not before and not after:
            break
        text = text[start : after.start() if after else None].strip() or text
    return text


@lru_cache(maxsize=64)
def _matching_name(outlet: str) -> str:
    return unicodedata.normalize("NFKC", outlet).lower().strip()


def _fold(text: str, outlet: str) -> str:
    folded = matching_title(text, outlet)
    if not _BETWEEN_DIGITS.isdisjoint(folded):
        return _FOLDED.sub("", folded).casefold()
    if folded.isascii():
        return folded.translate(_UNFOLDED)
    return "".join(filter(str.isalnum, folded)).casefold()


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
