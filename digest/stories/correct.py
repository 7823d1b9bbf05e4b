"""Walks what the operator says of stories into the store: merge, split, lead, exclude.

Asked for twice, a correction is done once, and the answer says so. What was mailed before stays as
it was: issues are frozen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from digest.model import Correction, CorrectionKind, EntryId, StoryId
from digest.store import Store
from digest.store.corrections import Whereabouts
from digest.stories.corrections import Exclude, Lead, Merge, Split, Wish, incomplete


@dataclass(frozen=True, slots=True)
class Corrected:
    """A wish was done."""

    words: str
    moved: bool = False  # entries or clusters are in other stories now


@dataclass(frozen=True, slots=True)
class Unchanged:
    """All is as it was wished already, or there is nothing to take back."""

    words: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It names what is not there, or asks for what cannot be."""

    words: str  # what is wrong, and what to do


Outcome = Corrected | Unchanged | Refused


class _Cannot(Exception):  # noqa: N818  # it never leaves this module
    """A wish that is refused: nothing is kept of what was written of it."""


def describe(outcome: Outcome) -> str:
    """What became of a wish, in one line for the operator."""
    match outcome:
        case Unchanged(words):
            return f"nothing to do: {words}"
        case Corrected(words) | Refused(words):
            return words
        case _:
            assert_never(outcome)


def correct(store: Store, wish: Wish, who: str, now: datetime) -> Outcome:
    """Do what the operator says, all of it or nothing. Raises StoreError.

    A transaction around it, as that of all that one mail says, goes on where it is refused.
    """
    if (missing := incomplete(wish)) is not None:
        return Refused(missing)
    try:
        with store.savepoint():
            return _done(store, wish, who, now)
    except _Cannot as error:
        return Refused(str(error))


def _done(store: Store, wish: Wish, who: str, now: datetime) -> Outcome:
    match wish:
        case Merge():
            return (_unmerge if wish.undo else _merge)(store, wish, who, now)
        case Split():
            return (_unsplit if wish.undo else _split)(store, wish, who, now)
        case Lead(entry=int() as entry, undo=False):
            return _lead(store, wish, entry, who, now)
        case Lead():
            return _unlead(store, wish, who, now)
        case Exclude():
            return _exclude(store, wish, who, now)
        case _:
            assert_never(wish)


# --- merge -----------------------------------------------------------------------------------


def _merge(store: Store, wish: Merge, who: str, now: datetime) -> Outcome:
    keep, *others = sorted({_story(store, number) for number in wish.stories})
    named = _list(sorted(set(wish.stories)))
    if not others:
        return Unchanged(f"stories {named} are one already: story {keep}")
    for story in (keep, *others):
        if _of(store, story, CorrectionKind.EXCLUDE):
            raise _Cannot(
                f"story {story} is excluded, and would take the others with it;"
                f" `digest stories exclude {story} --undo` first"
            )
    for other in others:
        store.corrections.merge(keep, other, who, now)
    return Corrected(f"stories {named} are one now: story {keep}", moved=True)


def _unmerge(store: Store, wish: Merge, who: str, now: datetime) -> Outcome:
    for number in wish.stories:
        _story(store, number)
    back = store.corrections.unmerge(wish.stories, who, now)
    if not back:
        return Unchanged(_kept(store, wish))
    return Corrected(f"{_stories(back)} on its own again", moved=True)


def _kept(store: Store, wish: Merge) -> str:
    """Why undoing does nothing: the number of the story that was kept is not the one that came."""
    for number in wish.stories:
        came = [each.other for each in _of(store, number, CorrectionKind.MERGE)]
        others = [other for other in came if other is not None and other != number]
        if others:
            return (
                f"story {number} was kept, and {_list(sorted(others))} came into it;"
                f" `digest stories merge {' '.join(map(str, sorted(others)))} --undo` lets go again"
            )
    return f"nobody merged {_list(sorted(set(wish.stories)))} into another story"


# --- split -----------------------------------------------------------------------------------


def _split(store: Store, wish: Split, who: str, now: datetime) -> Outcome:
    story = _story(store, wish.story)
    found = {entry: _entry(store, entry) for entry in sorted(set(wish.entries))}
    elsewhere = {where.story for where in found.values()}
    if len(elsewhere) == 1 and elsewhere != {story}:
        (other,) = elsewhere
        if any(each.story == wish.story for each in _of(store, other, CorrectionKind.SPLIT)):
            return Unchanged(f"{_entries(found)} left story {story} before, for story {other}")
    for entry, where in found.items():
        _refuse_stranger(story, entry, where)
    if len(found) == store.corrections.count_entries(story):
        raise _Cannot(f"these are all the reports of story {story}: nothing would be left of it")
    made = store.corrections.split(story, found, who, now)
    return Corrected(f"{_entries(found)} left story {story} for story {made}", moved=True)


def _unsplit(store: Store, wish: Split, who: str, now: datetime) -> Outcome:
    story = _story(store, wish.story)
    into = store.corrections.unsplit(story, who, now)
    if into is None:
        return Unchanged(f"nobody split story {story} off another one")
    return Corrected(f"story {wish.story} is part of story {into} again", moved=True)


# --- lead, exclude ---------------------------------------------------------------------------


def _lead(store: Store, wish: Lead, entry: EntryId, who: str, now: datetime) -> Outcome:
    story = _story(store, wish.story)
    where = _entry(store, entry)
    _refuse_stranger(story, entry, where)
    chosen = _leads(store, story)
    if entry in chosen:
        return Unchanged(f"entry {entry} leads story {story} already")
    # Another language keeps its own.
    instead = [each for each in chosen if _entry(store, each).lang == where.lang]
    store.corrections.lead(story, entry, instead, who, now)
    return Corrected(f"entry {entry} leads story {story} now")


def _unlead(store: Store, wish: Lead, who: str, now: datetime) -> Outcome:
    story = _story(store, wish.story)
    wanted = _leads(store, story) if wish.entry is None else [wish.entry]
    if not store.corrections.unlead(story, wanted, who, now):
        return Unchanged(f"nobody chose a headline for story {story}")
    return Corrected(f"story {story} is told by the headline that fits it best again")


def _leads(store: Store, story: StoryId) -> list[EntryId]:
    return [entry for each in _of(store, story, CorrectionKind.LEAD) for entry in each.entries]


def _exclude(store: Store, wish: Exclude, who: str, now: datetime) -> Outcome:
    story = _story(store, wish.story)
    if wish.undo:
        if not store.corrections.readmit(story, who, now):
            return Unchanged(f"story {story} is not excluded")
        return Corrected(f"story {story} may be told again")
    if _of(store, story, CorrectionKind.EXCLUDE):
        return Unchanged(f"story {story} is excluded already")
    store.corrections.exclude(story, who, now)
    return Corrected(f"story {story} is excluded: in no issue and no alert from now on")


# --- what is there ---------------------------------------------------------------------------


def _story(store: Store, number: StoryId) -> StoryId:
    """The story that a number means now. Raises _Cannot if it means none."""
    found = store.corrections.story_of(number)
    if found is None:
        raise _Cannot(f"there is no story {number}; `digest stories` lists them")
    return found


def _entry(store: Store, entry: EntryId) -> Whereabouts:
    found = store.corrections.whereabouts(entry)
    if found is None:
        raise _Cannot(f"no story has an entry {entry}; `digest stories show` says their numbers")
    return found


def _refuse_stranger(story: StoryId, entry: EntryId, where: Whereabouts) -> None:
    if where.story != story:
        raise _Cannot(f"entry {entry} is not in story {story} but in story {where.story}")


def _of(store: Store, story: StoryId, kind: CorrectionKind) -> list[Correction]:
    return [each for each in store.corrections.of(story) if each.kind is kind]


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
