"""Finds the phrases and concepts of a lexicon in a text, sentence by sentence.

A phrase may ask for several words, for concepts and for the absence of words, all in the title or
all in one sentence: what stands in another sentence says nothing of this one.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from digest.stories.lexicon import SEVERAL, Lexicon, Phrase
from digest.stories.match import Hit, Pattern
from digest.stories.tokens import lower

_SENTENCE_END = re.compile(r"[。！？!?]|\.(?=\s)")


Span = tuple[int, int]  # where something stands in a text: text[start:end]


class Text(NamedTuple):
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
    weight: float  # to two places, as it is shown
    parts: tuple[str, ...]
    never: tuple[str, ...]  # parts that must not be there
    label: str  # as a person reads it

    @property
    def alone(self) -> bool:
        """Whether it holds wherever its one part stands."""
        return len(self.parts) == 1 and not self.never

    def holds(self, found: Segment) -> bool:
        """Whether all of its parts stand there, and none that must not."""
        _, _, parts, never, _ = self
        for part in parts:
            if part not in found:
                return False
        return not never or found.keys().isdisjoint(never)


class _Rules:
    """Rules of one kind by their first part, whose place is theirs.

    Those of several parts are looked at only where the rarest of them stands. Of `chained` rules
    one may ask for what another gives.
    """

    def __init__(
        self, rules: Sequence[Rule], spread: Mapping[str, int], *, chained: bool = False
    ) -> None:
        self._anchored = _by_part((rule.parts[0], rule) for rule in rules)
        alone = () if chained else tuple(rule for rule in rules if rule.alone)
        self._alone = _by_part((rule.parts[0], rule) for rule in alone)
        self._joint = _by_part(
            (min(rule.parts, key=lambda part: (spread[part], -len(part), part)), rule)
            for rule in rules
            if chained or not rule.alone
        )

    def fired(self, found: Segment) -> list[tuple[Rule, Span]]:
        """The rules that hold in a title or sentence, by the order of what was found there."""
        if not self._joined(found):
            alone = self._alone
            return [(rule, at) for part, at in found.items() if part in alone for rule in alone[part]]
        return [
            (rule, at)
            for part, at in found.items()
            for rule in self._anchored.get(part, ())
            if rule.holds(found)
        ]

    def add(self, found: Segment) -> None:
        """Add the targets of the rules that hold, each where the first of its rules stands."""
        joined = self._joined(found)
        rules = self._anchored if joined else self._alone
        for part, at in tuple(found.items()):
            for rule in rules.get(part, ()):
                if not joined or rule.holds(found):
                    found.setdefault(rule.target, at)

    def _joined(self, found: Segment) -> bool:
        """Whether a rule of several parts holds."""
        if self._joint.keys().isdisjoint(found):
            return False
        for part in found:
            for rule in self._joint.get(part, ()):
                if rule.holds(found):
                    return True
        return False


class Phrasebook:
    """All phrases of a lexicon, ready to ask for."""

    def __init__(self, lexicon: Lexicon) -> None:
        concepts = [
            _rule(f"@{concept.id}", form, 1.0)
            for concept in lexicon.concepts.values()
            for form in concept.forms
        ]
        carried = [
            Rule(topic, round(weight, 2), (f"@{concept.id}",), (), f"@{concept.id}")
            for concept in lexicon.concepts.values()
            for topic, weight in concept.topics.items()
        ]
        topics = lexicon.topics.values()
        own = [
            _rule(topic.id, phrase, phrase.weight) for topic in topics for phrase in topic.phrases
        ]
        exclusions = [_rule(topic.id, phrase, 0.0) for topic in topics for phrase in topic.exclude]
        rules = (*concepts, *own, *exclusions)
        spread = Counter(part for rule in rules for part in rule.parts)
        spread.update(rule.target for rule in concepts)  # many forms: it is often there
        spread[SEVERAL] = len(rules)
        self._plain = _Rules([rule for rule in concepts if not _refers(rule)], spread)
        self._mixed = _Rules([rule for rule in concepts if _refers(rule)], spread, chained=True)
        self._topics = _Rules([*carried, *own], spread)
        self._exclusions = _Rules(exclusions, spread)
        words = {part for rule in rules for part in (*rule.parts, *rule.never) if part[0] != "@"}
        self.patterns = tuple(
            Pattern(form, word, plural=True) for word in sorted(words) for form in _forms(word)
        )

    def segments(
        self, text: Text, words: Iterable[Hit[str]], names: Sequence[Span], *, several: bool
    ) -> list[Segment]:
        """For the title and each sentence that has any: the words and "@concepts" in it.

        A piece of one of the `names`, which come in order, is no word: 通商 in 豊田通商 is not
        trade. `several` says that the title names two companies or more.
        """
        segments: list[Segment] = [{} for _ in range(len(text.cuts) + 1)]
        begins = [start for start, _ in names]
        title, cuts = text.title, text.cuts
        for start, end, word in words:
            at = bisect_right(begins, start)
            if at:
                name = names[at - 1]
                if start < name[1] and end <= name[1] and (start, end) != name:
                    continue
            found = segments[0 if start < title else bisect_right(cuts, start)]
            if word not in found:
                found[word] = (start, end)
        if several:
            segments[0][SEVERAL] = (0, title)
        told = [found for found in segments if found]
        for found in told:
            self._plain.add(found)
            self._mixed.add(found)
        return told

    def topics(self, segments: Iterable[Segment]) -> list[tuple[Rule, Span]]:
        """Every phrase that speaks for a topic, with its place."""
        return [fired for found in segments for fired in self._topics.fired(found)]

    def excluded(self, segments: Iterable[Segment]) -> frozenset[str]:
        """The topics that something in the text rules out."""
        return frozenset(
            [rule.target for found in segments for rule, _ in self._exclusions.fired(found)]
        )


def concepts_in(segments: Iterable[Segment]) -> frozenset[str]:
    """The concepts of a text."""
    return frozenset([key[1:] for found in segments for key in found if key[0] == "@"])


def _rule(target: str, phrase: Phrase, weight: float) -> Rule:
    never = tuple(part[1:] for part in phrase.parts if part[0] == "!")
    parts = tuple(part for part in phrase.parts if part[0] != "!")
    label = " & ".join((*parts, *(f"!{part}" for part in never)))
    return Rule(target, round(weight, 2), parts, never, label)


def _refers(rule: Rule) -> bool:
    return any(part[0] == "@" for part in (*rule.parts, *rule.never))


def _by_part(pairs: Iterable[tuple[str, Rule]]) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for part, rule in pairs:
        found.setdefault(part, []).append(rule)
    return found


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
