"""Finds the phrases and concepts of a lexicon in a text, sentence by sentence.

A phrase may ask for several words, for concepts and for the absence of words, all in the title or
all in one sentence: what stands in another sentence says nothing of this one.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from digest.stories.lexicon import MARKS, Lexicon, Phrase
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


def text_of(title: str, summary: str) -> Text:
    """One text of a title and a summary in normal form."""
    whole = f"{title}\n{summary}"
    first = len(title) + 1
    ends = [match.end() for match in _SENTENCE_END.finditer(whole, first)] if summary else []
    cuts = (first, *[end for end in ends if end < len(whole)])
    return Text(whole, lower(whole), len(title), cuts)


_NOWHERE = (1 << 60, 1 << 60)  # behind all that stands in a text

Segment = dict[str, Span]  # words and "@concepts" found in a title or sentence, with a place


class Rule(NamedTuple):
    """A phrase with what it gives."""

    target: str
    weight: float  # to two places, as it is shown
    parts: tuple[str, ...]
    never: tuple[str, ...]  # parts that must not be there
    label: str  # as a person reads it
    number: int = 0  # among the rules of its kind

    @property
    def alone(self) -> bool:
        """Whether it holds wherever its one part stands."""
        return len(self.parts) == 1 and not self.never

    def holds(self, found: Segment) -> bool:
        """Whether all of its parts stand there, and none that must not."""
        return _holds(self.parts, self.never, found)


# A rule of several parts by its rarest: the next rarest, the parts beside, those that must not be
# there, and the rule. A plain tuple: most are dismissed by its first member.
_Joint = tuple[str, tuple[str, ...], tuple[str, ...], Rule]


class _Rules:
    """Rules of one kind. The place of a rule is that of its first part.

    Those of one part hold without a look; those of several are looked at only where the rarest of
    their parts stands.
    """

    def __init__(self, rules: Sequence[Rule], spread: Mapping[str, int]) -> None:
        alone: dict[str, list[Rule]] = {}
        joint: dict[str, list[_Joint]] = {}
        for number, unnumbered in enumerate(rules):
            rule = Rule(*unnumbered[:-1], number)
            if rule.alone:
                alone.setdefault(rule.parts[0], []).append(rule)
            else:
                first, *more = sorted(set(rule.parts), key=lambda part: (spread[part], part))
                rest = (more[0] if more else first, tuple(more[1:]), rule.never, rule)
                joint.setdefault(first, []).append(rest)
        self._by_part = {
            part: (tuple(alone.get(part, ())), tuple(joint.get(part, ())))
            for part in alone.keys() | joint
        }

    def fired(self, found: Segment) -> list[tuple[Rule, Span]]:
        """The rules that hold in a title or sentence, by the order of what was found there."""
        known = self._by_part
        if known.keys().isdisjoint(found):
            return []
        told: list[tuple[Rule, Span]] = []
        held: list[Rule] = []
        for part, at in found.items():
            if part in known:
                alone, joint = known[part]
                for rule in alone:
                    told.append((rule, at))  # noqa: PERF401  # an eager list is made for nothing
                for other, more, never, rule in joint:
                    if other in found and _holds(more, never, found):
                        held.append(rule)
        if held:
            _insert(held, told, found)
        return told

    def add(self, found: Segment) -> None:
        """Add the targets of the rules that hold, each where the first of its rules stands."""
        for rule, at in self.fired(found):
            if rule.target not in found:
                found[rule.target] = at


class _Chained:
    """Rules of which one may ask for what another gives."""

    def __init__(self, rules: Iterable[Rule], spread: Mapping[str, int]) -> None:
        self._anchored = _by_part((rule.parts[0], rule) for rule in rules)
        self._joint = _by_part((_rarest(rule, spread), rule) for rule in rules)

    def add(self, found: Segment) -> None:
        """Add the targets of the rules that hold, each where the first of its rules stands."""
        joint = self._joint
        if joint.keys().isdisjoint(found):
            return
        if any(rule.holds(found) for part in found if part in joint for rule in joint[part]):
            for part, at in tuple(found.items()):
                for rule in self._anchored.get(part, ()):
                    if rule.holds(found):
                        found.setdefault(rule.target, at)


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
        spread.update(dict.fromkeys(MARKS, len(rules)))
        self._plain = _Rules([rule for rule in concepts if not _refers(rule)], spread)
        self._mixed = _Chained([rule for rule in concepts if _refers(rule)], spread)
        self._topics = _Rules([*carried, *own], spread)
        self._exclusions = _Rules(exclusions, spread)
        words = {part for rule in rules for part in (*rule.parts, *rule.never) if part[0] != "@"}
        self.patterns = tuple(
            Pattern(form, word, plural=True) for word in sorted(words) for form in _forms(word)
        )

    def segments(
        self,
        text: Text,
        words: Iterable[Hit[str]],
        names: Sequence[Span],
        marks: Mapping[str, Span],
    ) -> list[Segment]:
        """For the title and each sentence that has any: the words and "@concepts" in it.

        A piece of one of the `names`, which come in order, is no word: 通商 in 豊田通商 is not
        trade. `marks` are what the names of the title come to: SEVERAL, MODEL …
        """
        segments: list[Segment] = [{} for _ in range(len(text.cuts) + 1)]
        title, cuts, first = text.title, text.cuts, segments[0]
        ahead = iter(names)
        begin, close = next(ahead, _NOWHERE)
        for start, end, word in words:  # they come in order of their ends
            while close < end:
                begin, close = next(ahead, _NOWHERE)
            if begin <= start and (start, end) != (begin, close):
                continue
            found = first if start < title else segments[bisect_right(cuts, start)]
            if word not in found:
                found[word] = (start, end)
        segments[0].update(marks)
        told = [found for found in segments if found]
        for found in told:
            self._plain.add(found)
            self._mixed.add(found)
        return told

    def topics(self, segments: Iterable[Segment]) -> list[tuple[Rule, Span]]:
        """Every phrase that speaks for a topic, with its place."""
        told: list[tuple[Rule, Span]] = []
        for found in segments:
            told += self._topics.fired(found)
        return told

    def excluded(self, segments: Iterable[Segment]) -> frozenset[str]:
        """The topics that something in the text rules out."""
        return frozenset(
            [rule.target for found in segments for rule, _ in self._exclusions.fired(found)]
        )


def concepts_in(segments: Iterable[Segment]) -> frozenset[str]:
    """The concepts of a text."""
    return frozenset([_bare(key) for found in segments for key in found if key[0] == "@"])


@cache
def _bare(key: str) -> str:
    return key[1:]  # cached for its hash: the same few are asked for again and again


def _insert(held: Iterable[Rule], told: list[tuple[Rule, Span]], found: Segment) -> None:
    """Put rules among those told, where their first part comes among what was found."""
    order = [*found]
    places = [order.index(rule.parts[0]) for rule, _ in told]
    for rule in held:
        first = rule.parts[0]
        place = order.index(first)
        at = bisect_right(places, place)
        while at and places[at - 1] == place and told[at - 1][0].number > rule.number:
            at -= 1
        places.insert(at, place)
        told.insert(at, (rule, found[first]))


def _holds(parts: Sequence[str], never: Sequence[str], found: Segment) -> bool:
    """Whether all the parts stand there, and none that must not."""
    for part in parts:
        if part not in found:
            return False
    return not never or found.keys().isdisjoint(never)


def _rarest(rule: Rule, spread: Mapping[str, int]) -> str:
    return min(rule.parts, key=lambda part: (spread[part], -len(part), part))


def _rule(target: str, phrase: Phrase, weight: float) -> Rule:
    if len(phrase.parts) == 1:  # as most
        return Rule(target, round(weight, 2), phrase.parts, (), phrase.parts[0])
    never = tuple(part[1:] for part in phrase.parts if part[0] == "!")
    parts = tuple(part for part in phrase.parts if part[0] != "!")
    label = " & ".join((*parts, *(f"!{part}" for part in never)))
    return Rule(target, round(weight, 2), parts, never, label)


def _refers(rule: Rule) -> bool:
    return any(part[0] == "@" for part in (*rule.parts, *rule.never))


def _by_part(pairs: Iterable[tuple[str, Rule]]) -> dict[str, Sequence[Rule]]:
    found: dict[str, list[Rule]] = {}
    for part, rule in pairs:
        found.setdefault(part, []).append(rule)
    return {part: tuple(rules) for part, rules in found.items()}


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
