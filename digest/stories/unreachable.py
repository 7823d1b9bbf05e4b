"""What of a lexicon no text can reach: topics, phrases and concepts that come to nothing.

Each phrase is read as a title of its own words, by what reads titles; what is not found there is
found nowhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice, product

from digest.model import TopicId
from digest.stories.clash import Clash, listed
from digest.stories.lexicon import MARKS, Concept, Lexicon, Phrase, Topic
from digest.stories.match import Matcher
from digest.stories.phrases import Part
from digest.stories.segments import Phrasebook
from digest.stories.text import text_of
from digest.stories.tokens import normalise
from digest.stories.topics import MOST_PHRASES, TOPIC_FROM

_APART = " | "  # stands between the words of a phrase, and is in none
_TITLES = 400  # that are tried for a phrase of several concepts; so many are enough to find one

_NESTED = 3  # concepts in the forms of concepts
_STAR = "never found, as a star counts only at the end of a word"
_BAR = "never found, as | does not mean “or”"
_NOT_FOUND = "never found, as no text is read so"
_FORBIDS = "never found, as what is asked for holds what is forbidden"
_IN_VAIN = {"|": _BAR, "*": _STAR}
_EXCLUDED = "found in vain, as it holds what the topic excludes"


def unreachable(lexicon: Lexicon, shipped: Lexicon) -> Iterator[Clash]:
    """Everything of a lexicon that comes to nothing and is not so in the one that is shipped."""
    if lexicon is shipped:
        return
    reader = _Reader(lexicon)
    for topic in lexicon.topics.values():
        yield from _vain_topic(topic, shipped.topics.get(topic.id), lexicon, reader)
    for concept in lexicon.concepts.values():
        yield from _vain_concept(concept, shipped.concepts.get(concept.id), reader)


def _vain_topic(
    topic: Topic, known: Topic | None, lexicon: Lexicon, reader: "_Reader"
) -> Iterator[Clash]:
    """Phrases of a topic that do not count, and whether enough remain."""
    same = () if known is None or known.exclude != topic.exclude else known.phrases
    fresh = [phrase for phrase in topic.phrases if phrase not in same]
    vain = {phrase: why for phrase in fresh if (why := reader.vain(phrase, topic.id))}
    carried = [
        Phrase((f"@{concept.id}",), concept.topics[topic.id])
        for concept in lexicon.concepts.values()
        if topic.id in concept.topics
    ]
    if topic.exclude and not same:
        vain |= {phrase: why for phrase in carried if (why := reader.vain(phrase, topic.id))}
    yield from (Clash(f"topic {topic.id}", words) for words in _told(vain))
    left = [phrase.weight for phrase in (*topic.phrases, *carried) if phrase not in vain]
    if sum(sorted(left, reverse=True)[:MOST_PHRASES]) < TOPIC_FROM:
        which = "those of its phrases that count" if vain else "its phrases"
        yield Clash(
            f"topic {topic.id}",
            f"{which} do not add up to {TOPIC_FROM:g}: nothing is ever about it;"
            " add some, or weight",
        )
    excluded = () if known is None else known.exclude
    bad = {p: why for p in topic.exclude if p not in excluded and (why := reader.vain(p))}
    yield from (Clash(f"topic {topic.id}", f"exclude: {words}") for words in _told(bad))


def _vain_concept(concept: Concept, known: Concept | None, reader: "_Reader") -> Iterator[Clash]:
    """Forms of a concept that are not found, and whether it has any."""
    about = f"concept {concept.id}"
    if not concept.forms:
        yield Clash(about, "it has no forms, so that nothing finds it; add some in en, ja or zh")
    same = () if known is None else frozenset(known.forms)
    vain = {form: why for form in concept.forms if form not in same and (why := reader.vain(form))}
    yield from (Clash(about, words) for words in _told(vain))


def _told(vain: Mapping[Phrase, str]) -> list[str]:
    """What is the matter with phrases, in words: once for each kind of it."""
    kinds: dict[str, list[str]] = {}
    for phrase, why in vain.items():
        kinds.setdefault(why, []).append(" & ".join(phrase.parts))
    return [f"{why}: {listed(phrases)}" for why, phrases in kinds.items()]


def _asked(phrase: Phrase) -> list[str]:
    return [part for part in phrase.parts if part[0] != "!"]


class _Reader:
    """Reads phrases as titles of their own words."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._concepts = lexicon.concepts
        self._phrases = Phrasebook(lexicon)
        self._matcher: Matcher[None, Part] = Matcher((), self._phrases.patterns)

    def vain(self, phrase: Phrase, topic: TopicId | None = None) -> str | None:
        """Why a phrase, one of this topic, comes to nothing; None where it does not."""
        asked = _asked(phrase)
        never = [part[1:] for part in phrase.parts if part[0] == "!"]
        why = next((_IN_VAIN[sign] for sign in _IN_VAIN if sign in "".join(asked)), _NOT_FOUND)
        titles = self._titles(asked)
        for words in islice(titles, _TITLES):
            found, excluded = self._read(words)
            if any(part not in found for part in asked) or any("|" in part for part in asked):
                continue
            if any(part in found for part in never):
                why = _FORBIDS
            elif topic in excluded:
                why = _EXCLUDED
            else:
                return None
        return why if next(titles, None) is None else None  # there is more to try

    def _titles(self, asked: Iterable[str]) -> Iterator[tuple[str, ...]]:
        """The words that a title may hold for what is asked, with one form for each concept."""
        choices = [self._ways(part, _NESTED) for part in asked]
        return (tuple(chain.from_iterable(chosen)) for chosen in product(*choices))

    def _ways(self, part: str, nested: int) -> list[tuple[str, ...]]:
        """What may stand in a title for a part: itself, or each form of a concept."""
        if part[0] != "@" or part in MARKS:
            return [(part,)]
        ways: list[tuple[str, ...]] = []
        for form in self._concepts[part[1:]].forms if nested else ():
            inside = [self._ways(each, nested - 1)[:_NESTED] for each in _asked(form)]
            ways += [tuple(chain.from_iterable(chosen)) for chosen in product(*inside)]
        return ways

    def _read(self, words: Iterable[str]) -> tuple[set[str], set[str]]:
        """What is found in a title of such words, and the topics that are excluded there."""
        shown = [word.replace("*", "") for word in words if word[0] != "@"]
        text = text_of(normalise(_APART.join(shown)), "")
        _, hits = self._matcher.find(text.whole, text.small)
        marks = {word: (0, 0) for word in words if word[0] == "@"}
        segments = self._phrases.segments(text, hits, (), marks)
        found = {key for segment in segments for key in segment.found}
        return found, set(self._phrases.excluded(segments))
