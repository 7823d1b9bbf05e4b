"""Finds the phrases and concepts of a lexicon in a text, sentence by sentence.

A phrase may ask for several words, for concepts and for the absence of words, all in the title or
all in one sentence: what stands in another sentence says nothing of this one.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from digest.stories.lexicon import SEVERAL, Lexicon, Phrase
from digest.stories.match import Matcher, Pattern
from digest.stories.tokens import lower

_SENTENCE_END = re.compile(r"[。！？!?]|\.(?=\s)")


class Span(NamedTuple):
    """Where something stands in a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Text:
    """Title and summary as one text in normal form, cut into title and sentences."""

    whole: str
    small: str  # the same in lower case, offset by offset
    title: int  # length of the title
    cuts: tuple[int, ...]  # where each sentence of the summary begins

    def place(self, start: int) -> tuple[str, int]:
        """Where an offset lies: the field and the offset inside it."""
        return ("title", start) if start < self.title else ("summary", start - self.title - 1)


def text_of(title: str, summary: str) -> Text:
    """One text of a title and a summary in normal form."""
    whole = f"{title}\n{summary}"
    first = len(title) + 1
    ends = (match.end() for match in _SENTENCE_END.finditer(whole, first))
    cuts = (first, *(end for end in ends if end < len(whole)))
    return Text(whole, lower(whole), len(title), cuts)


Segment = dict[str, Span]  # words and "@concepts" found in a title or sentence, with a place


class Rule(NamedTuple):
    """A phrase with what it gives."""

    target: str
    weight: float
    parts: tuple[str, ...]
    never: tuple[str, ...]  # parts that must not be there
    label: str  # as a person reads it

    def holds(self, found: Segment) -> bool:
        """Whether all of its parts stand there, and none that must not."""
        _, _, parts, never, _ = self
        for part in parts:
            if part not in found:
                return False
        return not never or found.keys().isdisjoint(never)


class Phrasebook:
    """All phrases of a lexicon, ready to look for."""

    def __init__(self, lexicon: Lexicon) -> None:
        concepts = [
            _rule(f"@{concept.id}", form, 1.0)
            for concept in lexicon.concepts.values()
            for form in concept.forms
        ]
        carried = [
            Rule(topic, weight, (f"@{concept.id}",), (), f"@{concept.id}")
            for concept in lexicon.concepts.values()
            for topic, weight in concept.topics.items()
        ]
        topics = lexicon.topics.values()
        own = [
            _rule(topic.id, phrase, phrase.weight) for topic in topics for phrase in topic.phrases
        ]
        exclusions = [_rule(topic.id, phrase, 0.0) for topic in topics for phrase in topic.exclude]
        self._plain = _by_anchor(r for r in concepts if not _refers(r))
        self._mixed = _by_anchor(r for r in concepts if _refers(r))  # of other concepts
        self._topics = _by_anchor([*carried, *own])
        self._exclusions = _by_anchor(exclusions)
        rules = (*concepts, *own, *exclusions)
        words = {part for rule in rules for part in (*rule.parts, *rule.never) if part[0] != "@"}
        self._words: Matcher[str] = Matcher(
            Pattern(form, word, plural=True) for word in sorted(words) for form in _forms(word)
        )

    def segments(self, text: Text, names: Sequence[Span], *, several: bool) -> list[Segment]:
        """For the title and each sentence: the words and "@concepts" in it.

        A piece of one of the `names` is no word: 通商 in 豊田通商 is not trade. `several` says that
        the title names two companies or more.
        """
        segments: list[Segment] = [{} for _ in range(len(text.cuts) + 1)]
        inside = {at: name for name in names for at in range(*name)}
        title, cuts = text.title, text.cuts
        for start, end, word in self._words.find(text.whole, text.small):
            if start in inside:
                name = inside[start]
                if end <= name.end and (start, end) != name:
                    continue
            found = segments[0 if start < title else bisect_right(cuts, start)]
            if word not in found:
                found[word] = Span(start, end)
        if several:
            segments[0][SEVERAL] = Span(0, text.title)
        for found in filter(None, segments):
            for rules in (self._plain, self._mixed):
                for rule, span in _fired(rules, found):
                    found.setdefault(rule.target, span)
        return segments

    def topics(self, segments: Iterable[Segment]) -> Iterator[tuple[Rule, Span]]:
        """Every phrase that speaks for a topic, with its place."""
        for found in segments:
            yield from _fired(self._topics, found)

    def excluded(self, segments: Iterable[Segment]) -> frozenset[str]:
        """The topics that something in the text rules out."""
        return frozenset(
            rule.target for found in segments for rule, _ in _fired(self._exclusions, found)
        )


def concepts_in(segments: Iterable[Segment]) -> frozenset[str]:
    """The concepts of a text."""
    return frozenset(key[1:] for found in segments for key in found if key[0] == "@")


def _rule(target: str, phrase: Phrase, weight: float) -> Rule:
    never = tuple(part[1:] for part in phrase.parts if part[0] == "!")
    parts = tuple(part for part in phrase.parts if part[0] != "!")
    label = " & ".join((*parts, *(f"!{part}" for part in never)))
    return Rule(target, weight, parts, never, label)


def _refers(rule: Rule) -> bool:
    return any(part[0] == "@" for part in (*rule.parts, *rule.never))


def _by_anchor(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    """Rules by their first part: only where that is found are they looked at."""
    anchored: dict[str, list[Rule]] = {}
    for rule in rules:
        anchored.setdefault(rule.parts[0], []).append(rule)
    return anchored


def _fired(rules: Mapping[str, Sequence[Rule]], found: Segment) -> Iterator[tuple[Rule, Span]]:
    for anchor, span in tuple(found.items()):
        for rule in rules.get(anchor, ()):
            if rule.holds(found):
                yield rule, span


def _forms(word: str) -> Iterator[str]:
    """The forms of "step* down"; a star at the very end is the matcher's business."""
    head, star, tail = word.partition("* ")
    if not star:
        yield word
        return
    stems = {head: ("", "s", "es", "d", "ed", "ing"), head + head[-1]: ("ed", "ing")}
    stems[head.removesuffix("e")] = (*stems.get(head.removesuffix("e"), ()), "ing")
    for stem, endings in stems.items():
        for ending in endings:
            yield f"{stem}{ending} {tail}"
