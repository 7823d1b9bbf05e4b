"""The phrases of a lexicon, arranged by the words and concepts that they ask for.

A phrase may ask for several words, for concepts and for the absence of words, all in the title or
all in one sentence. What asks for a part of a text hangs on that part, so that nothing is looked up
for those that are not there.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import TypeVar

from msgspec import Struct

from digest.stories.lexicon import MARKS, Lexicon, Phrase
from digest.stories.match import Pattern

One = TypeVar("One")


class Rule(Struct, frozen=True, gc=False):
    """A phrase with what it gives."""

    target: str  # a topic, or a concept as "@id"
    weight: float  # to two places, as it is shown
    parts: tuple[str, ...]
    never: tuple[str, ...]  # parts that must not be there
    label: str  # as a person reads it
    number: int  # of its concept among the concepts, or its own among the rules for topics

    @property
    def alone(self) -> bool:
        """Whether it holds wherever its one part stands."""
        return len(self.parts) == 1 and not self.never

    @property
    def refers(self) -> bool:
        """Whether it asks for a concept or a mark."""
        return any(part[0] == "@" for part in (*self.parts, *self.never))

    def holds(self, found: Container[str]) -> bool:
        """Whether all of its parts stand there, and none that must not."""
        for part in self.parts:
            if part not in found:
                return False
        for part in self.never:  # noqa: SIM110  # a generator costs more than all else here
            if part in found:
                return False
        return True


Joint = tuple[str, Rule]  # the second rarest part, by which most are dismissed, and the rule


class Part(Struct, frozen=True, gc=False):
    """A word, concept or mark that a text may hold, with the rules that ask for it.

    A rule with several parts is held by the rarest, so that it is seldom looked at.
    """

    key: str  # the word, or "@id"
    concept: str  # the id; "" of a word
    number: int  # of a concept among the concepts
    gives: tuple["Part", ...]  # the concepts of which it is a form by itself
    forms: tuple[Joint, ...]  # forms of concepts that ask for other words beside it
    calls: tuple[Rule, ...]  # forms of concepts that ask for a concept
    leads: tuple[Rule, ...]  # the same, held by the part that stands first in them
    speaks: bool  # whether any rule for topics begins with it or is held by it
    alone: tuple[Rule, ...]  # those that ask for nothing else
    beside: tuple[Joint, ...]  # those that do


def parts_of(lexicon: Lexicon) -> dict[str, Part]:
    """Everything that the phrases of a lexicon ask for, by its key."""
    forms = [
        _rule(f"@{concept.id}", form, 1.0, number)
        for number, concept in enumerate(lexicon.concepts.values())
        for form in concept.forms
    ]
    speaking, excluding = _speaking(lexicon), exclusions(lexicon)
    rules = (*forms, *speaking, *excluding)
    spread = Counter(part for rule in rules for part in rule.parts)
    spread.update(rule.target for rule in forms)  # many forms: it is often there
    spread.update(dict.fromkeys(MARKS, len(rules)))
    plain = [rule for rule in forms if not rule.refers]
    chained = [rule for rule in forms if rule.refers]
    gives = _by_part((rule.parts[0], rule.target) for rule in plain if rule.alone)
    joint = _joints((rule for rule in plain if not rule.alone), spread)
    calls = _by_part((_rarest(rule, spread)[0], rule) for rule in chained)
    leads = _by_part((rule.parts[0], rule) for rule in chained)
    alone = _by_part((rule.parts[0], rule) for rule in speaking if rule.alone)
    beside = _joints((rule for rule in speaking if not rule.alone), spread)
    begun = {rule.parts[0] for rule in speaking}
    concepts = {f"@{concept}": number for number, concept in enumerate(lexicon.concepts)}
    words = {part for rule in rules for part in (*rule.parts, *rule.never) if part[0] != "@"}
    parts: dict[str, Part] = {}
    for key in (*concepts, *sorted(MARKS), *sorted(words)):  # what a word gives is there by then
        parts[key] = Part(
            key=key,
            concept=key[1:] if key[0] == "@" else "",
            number=concepts.get(key, 0),
            gives=tuple([parts[target] for target in dict.fromkeys(gives.get(key, ()))]),
            forms=joint.get(key, ()),
            calls=calls.get(key, ()),
            leads=leads.get(key, ()),
            speaks=key in begun or key in beside,
            alone=alone.get(key, ()),
            beside=beside.get(key, ()),
        )
    return parts


def exclusions(lexicon: Lexicon) -> list[Rule]:
    """What rules a topic out, which is the target."""
    return [
        _rule(topic.id, phrase, 0.0, 0)
        for topic in lexicon.topics.values()
        for phrase in topic.exclude
    ]


def patterns_of(part: Part) -> Iterator[Pattern[Part]]:
    """What to look for in a text to find a word in any of its forms."""
    for form in _spellings(part.key):
        yield Pattern(form, part, plural=True)


def _speaking(lexicon: Lexicon) -> list[Rule]:
    """What speaks for topics: concepts, then their own phrases."""
    carried = [
        (topic, Phrase((f"@{concept.id}",), weight))
        for concept in lexicon.concepts.values()
        for topic, weight in concept.topics.items()
    ]
    own = [(topic.id, phrase) for topic in lexicon.topics.values() for phrase in topic.phrases]
    told = enumerate((*carried, *own))
    return [_rule(topic, phrase, phrase.weight, number) for number, (topic, phrase) in told]


def _rule(target: str, phrase: Phrase, weight: float, number: int) -> Rule:
    if len(phrase.parts) == 1:  # as most
        return Rule(target, round(weight, 2), phrase.parts, (), phrase.parts[0], number)
    never = tuple(part[1:] for part in phrase.parts if part[0] == "!")
    parts = tuple(part for part in phrase.parts if part[0] != "!")
    label = " & ".join((*parts, *(f"!{part}" for part in never)))
    return Rule(target, round(weight, 2), parts, never, label, number)


def _rarest(rule: Rule, spread: Mapping[str, int]) -> list[str]:
    """The parts of a rule, the rarest first."""
    return sorted(set(rule.parts), key=lambda part: (spread[part], -len(part), part))


def _joints(rules: Iterable[Rule], spread: Mapping[str, int]) -> dict[str, tuple[Joint, ...]]:
    ranked = [(_rarest(rule, spread), rule) for rule in rules]
    return _by_part((parts[0], (parts[min(1, len(parts) - 1)], rule)) for parts, rule in ranked)


def _by_part(pairs: Iterable[tuple[str, One]]) -> dict[str, tuple[One, ...]]:
    found: dict[str, list[One]] = {}
    for part, one in pairs:
        found.setdefault(part, []).append(one)
    return {part: tuple(each) for part, each in found.items()}


def _spellings(word: str) -> Iterator[str]:
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
