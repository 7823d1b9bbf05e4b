"""What is compared of reports that were placed before: as it was kept, else read again.

It is kept while their stories may take more entries, so that a restart costs a second and not a
minute; and read again where it was kept by another release of this program or another lexicon.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from digest import __version__
from digest.logs import Log
from digest.model import ClusterId, Entry, EntryId, Report, StoryId
from digest.store import Store
from digest.stories.tag import Tagger
from digest.stories.traits import Traits, packed, traits, unpacked

log = Log(__name__)


class Recall:
    """Keeps what is compared of entries, and gives it back."""

    def __init__(self, store: Store, tagger: Tagger) -> None:
        self._store = store
        self._tagger = tagger
        self._form = f"{__version__} {tagger.mark}"

    def keep(self, told: Iterable[Traits]) -> None:
        """Keep what is compared of these entries. Raises StoreError."""
        kept = ((one.entry, packed(one)) for one in told)
        self._store.readings.keep(kept, self._form)

    def of(self, report: Report) -> Traits | None:
        """What is compared of a report; None if it cannot be read any more."""
        kept = self._store.readings.of(report.stored.id, self._form)
        if kept is not None:
            return replace(unpacked(kept), owner=report.owner)
        return self._read_again(report.stored.id, report.entry, report.owner)

    def since(
        self, since: datetime, window: timedelta
    ) -> Iterator[tuple[ClusterId, StoryId, Traits]]:
        """The entries of every story with a report since then, in order of publication.

        Left out are clusters whose last one is older by the `window` than the newest of all, and
        entries that cannot be read any more. Raises StoreError.
        """
        kept = self._store.readings.told_since(since, self._form)
        last = {one.cluster: one.published for one in kept}
        newest = max((one.published for one in kept if one.told is not None), default=since)
        for one in kept:
            if last[one.cluster] < newest - window:
                continue
            if one.told is not None:
                told: Traits | None = replace(unpacked(one.told), owner=one.owner)
            else:
                stored = self._store.entries.entry(one.entry)
                told = self._read_again(one.entry, stored, one.owner)
            if told is not None:
                yield one.cluster, one.story, told

    def _read_again(self, number: EntryId, entry: Entry, owner: str) -> Traits | None:
        try:
            reading = self._tagger.read(
                entry.title, entry.summary, lang=entry.lang, outlet=entry.outlet
            )
        except Exception:  # another lexicon read it; the others must go on all the same
            log.exception("entry.unread", entry=number, feed=entry.feed)
            return None
        return traits(number, entry, reading, owner)
