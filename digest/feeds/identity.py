"""Whether a found entry is new, or one that the store knows under this name or another.

An entry is known by three things: its GUID, its link, and its title on its day. Outlets change any
of them, and give some of them to other entries, so two that agree count for more than one that
does not, and one alone must be plausible. Of a search feed neither GUIDs nor links mean anything:
there the title and the publisher are the identity. How titles are compared, names.py decides;
whether what is new is news, news.py.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from digest.feeds.names import Found
from digest.model import (
    EntryChange,
    EntryId,
    FeedKind,
    KnownEntry,
    LostGuid,
    NewEntry,
    RevisedEntry,
)

ONE_DAY = timedelta(days=1)  # so far apart may dates be that count as one day
# The same where a date is missing or counts for less. Some outlets set a new one with each edit.
NO_DAY = timedelta(days=14)
# Characters; a GUID as short as this may be a place in a list, which another has tomorrow.
LONGEST_ORDINAL = 3
# A feed that tells its history again with new GUIDs, links and dates: at least so many titles that
# we have, now all of one moment. Titles that come back each week do that too, but were of one
# moment before, and are not as many.
REPEATED_TITLES = 3
SURELY_REPEATED_TITLES = 10
ONE_MOMENT = timedelta(minutes=10)

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Identified:
    """What of a document is new, what has changed, and how much was known before."""

    new: tuple[NewEntry, ...]
    changed: tuple[EntryChange, ...]
    known: int


def identify(
    found: Sequence[Found],
    known: Sequence[KnownEntry],
    kind: FeedKind,
    taken: Collection[EntryId] = (),
) -> Identified:
    """Tell new entries from known ones; no known entry is taken for two found ones.

    `known` are all entries of the feed that bear a GUID, a link or a title of these. The GUIDs of
    `found` differ from one another. Those of `known` that are `taken` are in the document too, and
    unchanged; in a search feed none are.
    """
    search = kind is FeedKind.SEARCH
    same = _same_titles(found, known) if search else _same_entries(found, known, taken)
    new: list[NewEntry] = []
    revised: list[RevisedEntry] = []
    for number, one in enumerate(found):
        before = same.get(number)
        if before is None:
            new.append(NewEntry(entry=one.entry, title_key=one.title_key))
            continue
        change = _revision(one, before, names_count=not search)
        if change is not None:
            revised.append(change)
    lost = _lost_guids([*new, *revised], known)
    return Identified(tuple(new), (*lost, *revised), len(same))


def _lost_guids(
    told: Iterable[NewEntry | RevisedEntry], known: Iterable[KnownEntry]
) -> Iterator[LostGuid]:
    """The known entries whose GUID another entry bears from now on: a GUID names one of a feed."""
    holders = {entry.guid: entry.id for entry in known}
    for change in told:
        holder = holders.get(change.entry.guid)
        if holder is not None and not (isinstance(change, RevisedEntry) and change.id == holder):
            yield LostGuid(id=holder)


def _revision(one: Found, before: KnownEntry, *, names_count: bool) -> RevisedEntry | None:
    """What is to be changed of a known entry, if anything; names are its GUID, link and title.

    Its first date stays, however often the outlet sets a new one: old news must not come again.
    Where there was none, one that is told later counts, unless it is after we saw the entry.
    """
    entry, url = one.entry, one.entry.url or before.url
    words = (entry.title, entry.summary) != (before.title, before.summary)
    names = (entry.guid, url, one.title_key) != (before.guid, before.url, before.title_key)
    now_dated = entry.dated and not before.dated
    if not words and not now_dated and not (names and names_count):
        return None
    published = min(entry.published, before.published) if now_dated else before.published
    entry = replace(entry, url=url, published=published, dated=before.dated or entry.dated)
    return RevisedEntry(id=before.id, entry=entry, title_key=one.title_key, words=words)


# --- which known entry is it? ------------------------------------------------------------------

Same = dict[int, KnownEntry]  # by the number of the found entry

_BY_LINK_AND_TITLE, _BY_GUID, _BY_LINK, _BY_TITLE = range(4)  # the first is believed most


def _same_titles(found: Sequence[Found], known: Iterable[KnownEntry]) -> Same:
    """In a search feed: by title and publisher, the nearest in time."""
    by_title = _groups((entry.title_key, entry) for entry in known)
    same: Same = {}
    for number, one in enumerate(found):
        namesakes = ((_apart(one, k), k.id, k) for k in by_title.get(one.title_key, ()))
        for _, _, nearest in sorted(pair for pair in namesakes if pair[0] <= NO_DAY)[:1]:
            same[number] = nearest
    return same


def _same_entries(
    found: Sequence[Found], known: Sequence[KnownEntry], taken: Collection[EntryId]
) -> Same:
    by_guid = {entry.guid: entry for entry in known}
    same: Same = {}
    rest: list[int] = []
    for number, one in enumerate(found):  # nearly all of them, so nothing is built for these
        before = by_guid.get(one.entry.guid)
        agree = before is not None and (_same_link(one, before) or _same_title(one, before))
        if before is not None and agree and before.id not in taken:
            same[number] = before
        else:
            rest.append(number)
    if rest and known:
        matching = _Matching(found, known, same, taken)
        matching.by_names(rest, by_guid)
        matching.by_titles_told_again([number for number in rest if number not in same])
    return same


class _Matching:
    """The search for those entries whose GUID alone does not say which they are."""

    def __init__(
        self,
        found: Sequence[Found],
        known: Sequence[KnownEntry],
        same: Same,
        taken: Collection[EntryId],
    ) -> None:
        self._found = found
        self._same = same
        self._unchanged_titles = {k.title_key for k in known if k.id in taken}
        self._taken: set[EntryId] = {entry.id for entry in same.values()} | set(taken)
        self._by_link = _groups((k.url, k) for k in known if k.url)
        self._by_title = _groups((k.title_key, k) for k in known if k.title_key)
        self._links = _groups((one.entry.url, one) for one in found)

    def by_names(self, rest: Iterable[int], by_guid: Mapping[str, KnownEntry]) -> None:
        """Take the pairs that agree in most, the nearest in time first."""
        pairs: list[tuple[int, timedelta, int, EntryId, KnownEntry]] = []
        for number in rest:
            one = self._found[number]
            candidates = {
                k.id: k
                for k in (
                    *filter(None, (by_guid.get(one.entry.guid),)),
                    *self._by_link.get(one.entry.url, ()),
                    *self._by_title.get(one.title_key, ()),
                )
                if k.id not in self._taken
            }
            for k in candidates.values():
                rank = self._rank(one, k)
                if rank is not None:
                    pairs.append((rank, _apart(one, k), number, k.id, k))
        recognised = self._recognised_titles()
        for rank, _, number, _, k in sorted(pairs, key=lambda pair: pair[:4]):
            if number in self._same or k.id in self._taken:
                continue
            key = self._found[number].title_key
            if rank == _BY_TITLE:
                # Its namesake kept a GUID or a link: in this feed those tell them apart.
                if key in recognised:
                    continue
            else:
                recognised.add(key)
            self._take(number, k)

    def _rank(self, one: Found, k: KnownEntry) -> int | None:
        """How well they agree, the smaller the better; None if they are two entries.

        A GUID or a link alone, with another title and a date far away, has been given to a new
        entry: feeds number their entries from 1 again, or link all of them to one page.
        """
        apart = _apart(one, k)
        one_day = apart <= (ONE_DAY if one.entry.dated and k.dated else NO_DAY)
        same_link = _same_link(one, k)
        alone = same_link and len(self._links[k.url]) == len(self._by_link[k.url]) == 1
        if same_link and _same_title(one, k) and (one_day or alone):
            return _BY_LINK_AND_TITLE
        ordinal = len(k.guid) <= LONGEST_ORDINAL
        if one.entry.guid == k.guid and (one_day or (apart <= NO_DAY and not ordinal)):
            return _BY_GUID
        if alone and apart <= NO_DAY:
            return _BY_LINK
        return _BY_TITLE if one_day and _same_title(one, k) else None

    def by_titles_told_again(self, rest: Sequence[int]) -> None:
        """Recognise a feed's history by its titles, where they come at once under one date."""
        recognised = self._recognised_titles()
        pairs: dict[EntryId, tuple[int, KnownEntry]] = {}
        for number in rest:
            key = self._found[number].title_key
            known = [k for k in self._by_title.get(key, ()) if k.id not in self._taken]
            if known and key not in recognised:
                newest = max(known, key=lambda k: (k.published, k.id))
                pairs.setdefault(newest.id, (number, newest))
        if len(pairs) < max(REPEATED_TITLES, len(rest) / 2):
            return
        now = [self._found[number].entry.published for number, _ in pairs.values()]
        before = [k.published for _, k in pairs.values()]
        of_days = max(before) - min(before) > ONE_DAY or len(pairs) >= SURELY_REPEATED_TITLES
        if of_days and max(now) - min(now) <= ONE_MOMENT:
            for number, k in pairs.values():
                self._take(number, k)

    def _recognised_titles(self) -> set[str]:
        return {self._found[number].title_key for number in self._same} | self._unchanged_titles

    def _take(self, number: int, k: KnownEntry) -> None:
        self._same[number] = k
        self._taken.add(k.id)


def _same_link(one: Found, k: KnownEntry) -> bool:
    return one.entry.url == k.url != ""


def _same_title(one: Found, k: KnownEntry) -> bool:
    return one.entry.title == k.title or one.title_key == k.title_key != ""


def _apart(one: Found, k: KnownEntry) -> timedelta:
    return abs(one.entry.published - k.published)


def _groups(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    groups: dict[K, list[V]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups
