"""Follows one entry, story, reader or feed through the whole pipeline.

Here is found out what is meant; a module beside this one follows each kind of thing.
"""

from digest.app import App
from digest.app.tracing.feeds import FeedTold, feed_told
from digest.app.tracing.readers import PersonTold, person_told
from digest.app.tracing.reports import EntryTold, StoryTold, entry_told, numbered, story_told
from digest.errors import UsageError
from digest.feeds.links import canonical_url
from digest.model import ID_DIGITS

Told = StoryTold | EntryTold | PersonTold | FeedTold

__all__ = ["EntryTold", "FeedTold", "PersonTold", "StoryTold", "Told", "trace"]


def trace(app: App, thing: str) -> Told:
    """Whatever is meant by a number, a link, a GUID, an address or the id of a feed.

    A bare number is a story's, or an entry's where no story has it, unless a feed is called so;
    "story:12" and "entry:12" say which. Raises UsageError for what is not there or may be several
    things.
    """
    kind, colon, number = thing.partition(":")
    if colon and kind in {"story", "entry"}:
        if not number.isdecimal():
            raise UsageError(f"{thing}: {kind}: and a number, such as {kind}:12")
        row = _row(number)
        found = story_told(app, row) if kind == "story" else numbered(app, row)
        if found is None:
            hint = "`digest stories` lists them" if kind == "story" else "stories show has theirs"
            raise UsageError(f"there is no {kind} {number}; {hint}")
        return found
    feed = next((feed for feed in app.settings.feeds if feed.id == thing), None)
    if feed is not None:
        return feed_told(app, feed)
    if thing.isdecimal():
        found = story_told(app, _row(thing)) or numbered(app, _row(thing))
        if found is None:
            raise UsageError(f"neither a story nor an entry has the number {thing}")
        return found
    return _named(app, thing)


def _row(number: str) -> int:
    """The number of a row; 0, which none has, for one that is too large for any."""
    return int(number) if len(number) <= ID_DIGITS else 0


def _named(app: App, thing: str) -> Told:
    """An entry by its link or GUID, or a person by their address."""
    found = app.store.traces.named(list(dict.fromkeys([thing, canonical_url(thing) or thing])))
    if len(found) > 1:
        each = ", ".join(f"entry:{one.stored.id} of {one.stored.entry.feed}" for one in found)
        raise UsageError(f"{len(found)} entries have this link or GUID; say which: {each}")
    if found:
        return entry_told(app, found[0])
    if "@" in thing and "/" not in thing:
        return person_told(app, thing)
    raise UsageError(
        f"nothing is called {thing!r}: give the number of a story or entry, an entry's link or"
        " GUID, a reader's address, or the id of a feed"
    )
