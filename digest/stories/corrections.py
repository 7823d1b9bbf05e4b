"""What an operator may ask of stories, and what of it binds the machine ever after.

Stories that were made one stay one because the store keeps them so; what must be remembered while
new reports come is which stories were split and may never be one again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

from digest.model import EntryId, StoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """These stories tell of one event. Undone, each that came into another leaves it again."""

    stories: tuple[StoryId, ...]
    undo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """These entries tell of another event. Undone, the story that they became returns."""

    story: StoryId  # that they leave; to undo, the one that they became
    entries: tuple[EntryId, ...] = ()
    undo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """This entry's headline tells the story. Undone without an entry, all that were chosen."""

    story: StoryId
    entry: EntryId | None
    undo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclude:
    """This story belongs in no issue and no alert."""

    story: StoryId
    undo: bool = False


Wish = Merge | Split | Lead | Exclude


def incomplete(wish: Wish) -> str | None:
    """What a wish lacks to be looked at, in words for the operator; None if nothing."""
    match wish:
        case Merge(stories=stories, undo=False) if len(set(stories)) < 2:
            return "name two stories or more that tell of one event"
        case Split(story=story, entries=(), undo=False):
            return f"name the entries that leave story {story}; {_shown(story)}"
        case Split(entries=(_, *_), undo=True):
            return "a split is undone as a whole: name only the story that the entries became"
        case Lead(story=story, entry=None, undo=False):
            return f"name the entry whose headline tells story {story}; {_shown(story)}"
        case _:
            return None


def _shown(story: StoryId) -> str:
    return f"`digest stories show {story}` says their numbers"


def as_arguments(wish: Wish) -> dict[str, str]:
    """A wish as a request carries it to a running service."""
    entries: Iterable[EntryId] = ()
    match wish:
        case Merge(stories=stories):
            kind, named = "merge", stories
        case Split(story=story, entries=entries):
            kind, named = "split", (story,)
        case Lead(story=story, entry=entry):
            kind, named = "lead", (story,)
            entries = () if entry is None else (entry,)
        case Exclude(story=story):
            kind, named = "exclude", (story,)
        case _:
            assert_never(wish)
    return {
        "wish": kind,
        "stories": " ".join(map(str, named)),
        "entries": " ".join(map(str, entries)),
        "undo": "yes" if wish.undo else "",
    }


def wish_of(arguments: Mapping[str, str]) -> Wish:
    """The wish that a request carries. Raises ValueError for what `as_arguments` never gives."""
    stories = tuple(StoryId(int(number)) for number in arguments["stories"].split())
    entries = tuple(EntryId(int(number)) for number in arguments["entries"].split())
    undo = bool(arguments["undo"])
    match arguments["wish"]:
        case "merge":
            return Merge(stories=stories, undo=undo)
        case "split":
            return Split(story=stories[0], entries=entries, undo=undo)
        case "lead":
            return Lead(story=stories[0], entry=entries[0] if entries else None, undo=undo)
        case "exclude":
            return Exclude(story=stories[0], undo=undo)
        case other:
            raise ValueError(f"no wish is called {other!r}")


class Ties:
    """What binds linking: stories that were split stay apart, merged ones need not be alike."""

    def __init__(
        self,
        *,
        apart: Iterable[tuple[StoryId, StoryId]] = (),
        merged: Iterable[StoryId] = (),
    ) -> None:
        self._apart: dict[StoryId, set[StoryId]] = defaultdict(set)
        self._merged = set(merged)
        for one, other in apart:
            self._apart[one].add(other)
            self._apart[other].add(one)

    def may_join(self, one: StoryId, other: StoryId) -> bool:
        """Whether the machine may make these stories one."""
        return not self._apart or other not in self._apart.get(one, ())

    def merged(self, story: StoryId) -> bool:
        """Whether the operator made this story of several, which need not be alike."""
        return story in self._merged

    def join(self, keep: StoryId, gone: StoryId) -> None:
        """The machine made two stories one: what was said of either holds for both."""
        if gone in self._merged:
            self._merged.add(keep)
        for other in self._apart.pop(gone, ()):
            self._apart[other].discard(gone)
            self._apart[other].add(keep)
            self._apart[keep].add(other)
