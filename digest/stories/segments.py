"""Finds what a text says in the terms of a lexicon, title and sentences each by itself."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from msgspec import Struct

from digest.stories.lexicon import Lexicon
from digest.stories.match import Hit
from digest.stories.phrases import Joint, Part, Rule, exclusions, parts_of, patterns_of
from digest.stories.text import Span, Text

NO_MARKS: Mapping[str, Span] = {}  # of a text that names nobody

_NOWHERE = (1 << 60, 1 << 60)  # behind all that stands in a text

Place = Hit[Part]  # where a part stands: text[place[0]:place[1]]


class Segment(Struct, frozen=True, gc=False):
    """A title or sentence of which the lexicon knows something."""

    begin: int  # of the first word found
    found: Mapping[str, Place]  # by key: the words, the marks, the concepts, in order
    concepts: frozenset[str]  # and marks, without "@"


class Phrasebook:
    """All phrases of a lexicon, ready to ask for."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._parts = parts_of(lexicon)
        self._exclusions: dict[str, list[Rule]] = {}
        for rule in exclusions(lexicon):
            self._exclusions.setdefault(rule.parts[0], []).append(rule)
        self.patterns = tuple(
            pattern
            for part in self._parts.values()
            if not part.concept
            for pattern in patterns_of(part)
        )

    def segments(
        self, text: Text, words: Sequence[Place], names: Sequence[Span], marks: Mapping[str, Span]
    ) -> list[Segment]:
        """The title and each sentence in which the lexicon knows a word.

        A piece of one of the `names`, which come in order, is no word: 通商 in 豊田通商 is not
        trade. `marks` are what the names of the title come to: SEVERAL, MODEL …
        """
        if names:
            words = _outside(words, names)
        told: list[Segment] = []
        if not text.cuts:
            first: Sequence[Place] = words
        else:
            first, later = _sentences(text, words)
            told = [self._segment(places, NO_MARKS) for places in later]
        return [self._segment(first, marks), *told] if first or marks else told

    def _segment(self, places: Iterable[Place], marks: Mapping[str, Span]) -> Segment:
        """What a title or sentence says, by the words found in it."""
        found: dict[str, Place] = {}
        joint: list[tuple[Joint, ...]] = []
        for place in places:
            part = place[2]
            if part.key not in found:
                found[part.key] = place
                if part.forms:
                    joint.append(part.forms)
        known = len(found)
        for key, (start, end) in marks.items():
            found[key] = (start, end, self._parts[key])
        held: dict[str, list[Part]] = {}
        for forms in joint:
            for other, rule in forms:
                if other in found and rule.holds(found):
                    held.setdefault(rule.parts[0], []).append(self._parts[rule.target])
        words = [*found.values()]
        _add_concepts(found, words, held)
        self._add_chained(found)
        concepts = [place[2].concept for place in islice(found.values(), known, None)]
        return Segment(words[0][0], found, frozenset(concepts))

    def _add_chained(self, found: dict[str, Place]) -> None:
        """Add the concepts of whose forms others are a part, which may be such themselves."""
        places = [*found.values()]
        asking = [calls for place in places if (calls := place[2].calls)]
        if asking and any(rule.holds(found) for calls in asking for rule in calls):
            for start, end, part in places:
                for rule in part.leads:
                    if rule.target not in found and rule.holds(found):
                        found[rule.target] = (start, end, self._parts[rule.target])

    def topics(self, segments: Iterable[Segment]) -> list[tuple[Rule, Place]]:
        """Every rule that speaks for a topic, with the place of its first part."""
        told: list[tuple[Rule, Place]] = []
        for segment in segments:
            told += _speaking(segment.found)
        return told

    def excluded(self, segments: Iterable[Segment]) -> dict[str, Rule]:
        """The topics that something in the text rules out, each with what does so."""
        known = self._exclusions
        return {
            rule.target: rule
            for segment in segments
            for key in segment.found
            if key in known
            for rule in known[key]
            if rule.holds(segment.found)
        }


def concepts_in(segments: Sequence[Segment]) -> frozenset[str]:
    """The concepts of a text."""
    if len(segments) == 1:  # as in most titles
        return segments[0].concepts
    return frozenset().union(*[segment.concepts for segment in segments])


def title_of(text: Text, segments: Sequence[Segment]) -> Sequence[Segment]:
    """The title alone, if the lexicon knows a word of it."""
    return segments[:1] if segments and segments[0].begin < text.title else ()


def _add_concepts(
    found: dict[str, Place], words: Iterable[Place], held: Mapping[str, Sequence[Part]]
) -> None:
    """Add the concepts of which the words are forms, each where the first of these stands.

    `held` are those of which several words are one, by the first of these.
    """
    for start, end, word in words:
        given = word.gives
        if held and word.key in held:
            given = tuple(sorted((*given, *held[word.key]), key=_by_number))
        for concept in given:
            if concept.key not in found:
                found[concept.key] = (start, end, concept)


def _sentences(
    text: Text, words: Iterable[Place]
) -> tuple[Sequence[Place], Sequence[Sequence[Place]]]:
    """The words of the title, and those of each sentence of the summary that has any."""
    first: list[Place] = []
    later: dict[int, list[Place]] = {}
    for place in words:  # they come in order of their ends
        if place[0] < text.title:
            first.append(place)
        else:
            later.setdefault(bisect_right(text.cuts, place[0]), []).append(place)
    return first, [later[sentence] for sentence in sorted(later)]


def _outside(words: Iterable[Place], names: Iterable[Span]) -> list[Place]:
    """The words that are no piece of a name; one may be a name itself."""
    kept: list[Place] = []
    ahead = iter(names)
    begin, close = next(ahead, _NOWHERE)
    for place in words:
        start, end, _ = place
        while close < end:
            begin, close = next(ahead, _NOWHERE)
        if start < begin or (start == begin and end == close):
            kept.append(place)
    return kept


def _speaking(found: Mapping[str, Place]) -> list[tuple[Rule, Place]]:
    """What speaks for topics in a title or sentence, by the order of what was found there."""
    asked = [place for place in found.values() if place[2].speaks]
    held: dict[str, list[Rule]] = {}
    for place in asked:
        for other, rule in place[2].beside:
            if other in found and rule.holds(found):
                held.setdefault(rule.parts[0], []).append(rule)
    told: list[tuple[Rule, Place]] = []
    for place in asked:
        part = place[2]
        rules = part.alone
        if held and part.key in held:
            rules = tuple(sorted((*rules, *held[part.key]), key=_by_number))
        for rule in rules:
            told.append((rule, place))  # noqa: PERF401  # an eager list is made for nothing
    return told


def _by_number(one: Rule | Part) -> int:
    return one.number
