"""Walks what the operator says of stories into the store: merge, split, lead, exclude.

Asked for twice, a correction is done once, and the answer says so. What was mailed before stays as
it was: issues are frozen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from digest.errors import UsageError
from digest.model import Correction, CorrectionKind, EntryId, StoryId
from digest.store import Store
from digest.store.corrections import Whereabouts
from digest.stories.corrections import Exclude, Lead, Merge, Split, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What became of a wish."""

    words: str
    moved: bool = False  # entries or clusters are in other stories now


def correct(store: Store, wish: Wish, who: str, now: datetime) -> Corrected:
    """Do what the operator says, all of it or nothing.

    Raises UsageError, in words for the operator, for what is not there or cannot be.
    """
    with store.transaction():
        match wish:
            case Merge(undo=False):
                return _merge(store, wish, who, now)
            case Merge():
                return _unmerge(store, wish, who, now)
            case Split(undo=False):
                return _split(store, wish, who, now)
            case Split():
                return _unsplit(store, wish, who, now)
            case Lead():
                return _lead(store, wish, who, now)
            case Exclude():
                return _exclude(store, wish, who, now)
            case _:
                assert_never(wish)


# --- merge -----------------------------------------------------------------------------------


def _merge(store: Store, wish: Merge, who: str, now: datetime) -> Corrected:
    keep, *others = sorted({_story(store, number) for number in wish.stories})
    if len(set(wish.stories)) < 2:
        raise UsageError("name two stories or more that tell of one event")
    named = _list(sorted(set(wish.stories)))
    if not others:
        return Corrected(words=f"stories {named} are one already: story {keep}")
    for story in (keep, *others):
        if _of(store, story, CorrectionKind.EXCLUDE):
            raise UsageError(
                f"story {story} is excluded, and would take the others with it;"
                f" `digest stories exclude {story} --undo` first"
            )
    for other in others:
        store.corrections.merge(keep, other, who, now)
    return Corrected(words=f"stories {named} are one now: story {keep}", moved=True)


def _unmerge(store: Store, wish: Merge, who: str, now: datetime) -> Corrected:
    for number in wish.stories:
        _story(store, number)
    back = store.corrections.unmerge(wish.stories, who, now)
    if not back:
        named = _list(sorted(set(wish.stories)))
        return Corrected(words=f"nothing to undo: nobody merged {named} into another story")
    return Corrected(words=f"{_stories(back)} on its own again", moved=True)


# --- split -----------------------------------------------------------------------------------


def _split(store: Store, wish: Split, who: str, now: datetime) -> Corrected:
    story = _story(store, wish.story)
    if not wish.entries:
        raise UsageError(f"name the entries that leave story {story}; {_shown(story)}")
    found = {entry: _entry(store, entry) for entry in sorted(set(wish.entries))}
    elsewhere = {where.story for where in found.values()}
    if len(elsewhere) == 1 and elsewhere != {story}:
        (other,) = elsewhere
        if any(each.story == wish.story for each in _of(store, other, CorrectionKind.SPLIT)):
            return Corrected(
                words=f"{_entries(found)} left story {story} before, for story {other}"
            )
    for entry, where in found.items():
        _refuse_stranger(story, entry, where)
    if len(found) == store.corrections.count_entries(story):
        raise UsageError(f"these are all the reports of story {story}: nothing would be left of it")
    made = store.corrections.split(story, found, who, now)
    return Corrected(words=f"{_entries(found)} left story {story} for story {made}", moved=True)


def _unsplit(store: Store, wish: Split, who: str, now: datetime) -> Corrected:
    story = _story(store, wish.story)
    if wish.entries:
        raise UsageError(
            "a split is undone as a whole: name only the story that the entries became"
        )
    into = store.corrections.unsplit(story, who, now)
    if into is None:
        return Corrected(words=f"nothing to undo: nobody split story {story} off another one")
    return Corrected(words=f"story {wish.story} is part of story {into} again", moved=True)


# --- lead, exclude ---------------------------------------------------------------------------


def _lead(store: Store, wish: Lead, who: str, now: datetime) -> Corrected:
    story = _story(store, wish.story)
    chosen = [entry for each in _of(store, story, CorrectionKind.LEAD) for entry in each.entries]
    if wish.undo:
        wanted = chosen if wish.entry is None else [wish.entry]
        if not store.corrections.unlead(story, wanted, who, now):
            return Corrected(words=f"nothing to undo: nobody chose a headline for story {story}")
        return Corrected(words=f"story {story} is told by the headline that fits it best again")
    if wish.entry is None:
        raise UsageError(f"name the entry whose headline tells story {story}; {_shown(story)}")
    where = _entry(store, wish.entry)
    _refuse_stranger(story, wish.entry, where)
    if wish.entry in chosen:
        return Corrected(words=f"entry {wish.entry} leads story {story} already")
    # Another language keeps its own.
    instead = [entry for entry in chosen if _entry(store, entry).lang == where.lang]
    store.corrections.lead(story, wish.entry, instead, who, now)
    return Corrected(words=f"entry {wish.entry} leads story {story} now")


def _exclude(store: Store, wish: Exclude, who: str, now: datetime) -> Corrected:
    story = _story(store, wish.story)
    if wish.undo:
        if not store.corrections.readmit(story, who, now):
            return Corrected(words=f"nothing to undo: story {story} is not excluded")
        return Corrected(words=f"story {story} may be told again")
    if _of(store, story, CorrectionKind.EXCLUDE):
        return Corrected(words=f"story {story} is excluded already")
    store.corrections.exclude(story, who, now)
    return Corrected(words=f"story {story} is excluded: in no issue and no alert from now on")


# --- what is there ---------------------------------------------------------------------------


def _story(store: Store, number: StoryId) -> StoryId:
    """The story that a number means now. Raises UsageError if it means none."""
    found = store.corrections.story_of(number)
    if found is None:
        raise UsageError(f"there is no story {number}; `digest stories` lists them")
    return found


def _entry(store: Store, entry: EntryId) -> Whereabouts:
    found = store.corrections.whereabouts(entry)
    if found is None:
        raise UsageError(f"no story has an entry {entry}; `digest stories show` says their numbers")
    return found


def _refuse_stranger(story: StoryId, entry: EntryId, where: Whereabouts) -> None:
    if where.story != story:
        raise UsageError(f"entry {entry} is not in story {story} but in story {where.story}")


def _of(store: Store, story: StoryId, kind: CorrectionKind) -> list[Correction]:
    return [each for each in store.corrections.of(story) if each.kind is kind]


def _shown(story: StoryId) -> str:
    return f"`digest stories show {story}` says their numbers"


def _list(numbers: Iterable[int]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}" if most else last


def _stories(numbers: list[StoryId]) -> str:
    if len(numbers) == 1:
        return f"story {numbers[0]} is"
    return f"stories {_list(sorted(numbers))} are each"


def _entries(found: Iterable[EntryId]) -> str:
    numbers = sorted(found)
    return f"{'entry' if len(numbers) == 1 else 'entries'} {_list(numbers)}"
