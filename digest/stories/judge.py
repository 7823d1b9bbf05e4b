"""What one entry is by itself: its tags, its owner, whether its feed keeps it, what is compared.

Nothing of this depends on other entries, so that many may be read at once.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from digest.logs import Log
from digest.model import FeedId, FeedKind, Placement, StoredEntry, Tags
from digest.settings import Feed
from digest.stories.owner import owner_of
from digest.stories.rules import Facts, Rule, matches, parse
from digest.stories.tag import Tagger
from digest.stories.traits import Traits, traits

log = Log(__name__)


class Judged(Struct, frozen=True, gc=False):
    """An entry that has been read, on its way to a cluster."""

    placement: Placement  # still without a cluster
    traits: Traits | None  # None: it is in no story


class Judge:
    """Reads entries by a lexicon and the rules of their feeds."""

    def __init__(self, tagger: Tagger, feeds: Mapping[FeedId, Feed]) -> None:
        self.tagger = tagger
        self.feeds = feeds
        self._keep = {feed.id: _rules(feed.keep) for feed in feeds.values()}
        self._drop = {feed.id: _rules(feed.drop) for feed in feeds.values()}

    def judge(self, stored: StoredEntry) -> Judged:
        """What an entry is; one that cannot be read is in no story."""
        try:
            return self._judge(stored)
        except Exception as error:  # one hostile entry must not hold up the others
            log.exception("entry.unread", entry=stored.id, feed=stored.entry.feed)
            return Judged(_unread(stored, error), None)

    def _judge(self, stored: StoredEntry) -> Judged:
        entry = stored.entry
        feed = self.feeds.get(entry.feed)
        owner = owner_of(self.tagger.lexicon, entry)
        reading = self.tagger.read(entry.title, entry.summary, lang=entry.lang, outlet=entry.outlet)
        kind = feed.kind if feed else FeedKind.GENERAL
        dropped_by = self._dropped_by(stored, reading.tags, kind)
        placement = Placement(
            entry=stored.id,
            tags=reading.tags,
            cluster=None,
            owner=owner.name,
            kind=kind,
            weight=owner.weight * (feed.weight if feed else 1.0),
            dropped_by=dropped_by,
        )
        if dropped_by is not None:
            return Judged(placement, None)
        return Judged(placement, traits(stored.id, entry, reading, owner.name))

    def _dropped_by(self, stored: StoredEntry, tags: Tags, kind: FeedKind) -> str | None:
        """The rule of its feed that leaves the entry out, or None."""
        entry = stored.entry
        keep, drop = self._keep.get(entry.feed, ()), self._drop.get(entry.feed, ())
        if not keep and not drop:
            return None
        facts = Facts(
            companies=frozenset(tags.subjects),
            topics=frozenset(tags.topic_ids),
            outlets=frozenset({entry.outlet}),
            langs=frozenset({entry.lang}),
            kinds=frozenset({str(kind)}),
            text=f"{entry.title}\n{entry.summary}",
        )
        for rule in drop:
            if matches(rule, facts):
                return f"drop: {rule}"
        if keep and not any(matches(rule, facts) for rule in keep):
            return "keep: none of " + ", ".join(map(str, keep))
        return None


def _unread(stored: StoredEntry, error: Exception) -> Placement:
    """An entry that tagging failed at: in no story, and never tried again as it is."""
    reason = f"not relevant: it could not be read ({type(error).__name__})"
    return Placement(
        entry=stored.id,
        tags=Tags(companies=(), topics=(), relevant=False, reasons=(reason,)),
        cluster=None,
        owner=stored.entry.outlet,
        kind=FeedKind.GENERAL,
        weight=1.0,
        dropped_by=reason,
    )


def _rules(texts: Sequence[str]) -> tuple[Rule, ...]:
    return tuple(parse(text) for text in texts)
