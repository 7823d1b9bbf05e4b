"""Weighs the topics of an entry by the phrases that speak for each."""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from digest.model import Evidence, TopicId, TopicTag
from digest.stories.phrases import Rule
from digest.stories.segments import Phrasebook, Place, Segment
from digest.stories.text import Text
from digest.stories.whynot import NotAbout

TOPIC_FROM = 2.0  # score: one phrase of weight 2 in a title, or hints that add up to it
MOST_PHRASES = 3  # that count; more of them say the same again
_IN_SUMMARY = 0.6  # what a phrase of the summary counts of its weight
_AT_MOST = 4  # topics
_SHARE = 0.25  # of the strongest topic's score; a weaker one is only brushed
_ROUNDING = 0.05  # what rounding may add to a score
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_WORD_END = re.compile(r"[A-Za-z]*")

# A phrase that speaks for a topic: its score, below 0 so that the best comes first; its place; how
# many were found before it; its field, words and rule. Most topics are brushed and come to nothing,
# so that Evidence is made only of what remains.
_Hint = tuple[float, int, int, str, str, str]


def topics_of(text: Text, segments: Sequence[Segment], phrases: Phrasebook) -> tuple[TopicTag, ...]:
    """The topics of an entry, the strongest first."""
    fired = phrases.topics(segments)
    sums: dict[str, float] = {}
    for rule, _ in fired:
        sums[rule.target] = sums.get(rule.target, 0.0) + abs(rule.weight)
    strong = {topic for topic, score in sums.items() if score >= TOPIC_FROM - _ROUNDING}
    if not strong:  # as for most entries
        return ()
    hints = _hints(text, fired, strong - phrases.excluded(segments).keys())
    if not hints:
        return ()
    scored = [(*_score(known), topic) for topic, known in hints.items()]
    scored.sort(key=_by_score)
    least = _SHARE * scored[0][0]
    return tuple(
        [
            _topic(topic, score, best, text)
            for score, best, topic in scored[:_AT_MOST]
            if score >= least and _suffices(score)
        ]
    )


def not_about(
    text: Text, segments: Sequence[Segment], phrases: Phrasebook, *, of_field: bool
) -> list[NotAbout]:
    """The topics for which something speaks in vain, the strongest first.

    An entry that is not `of_field`, that is of the industry, is about none.
    """
    about = {tag.topic for tag in topics_of(text, segments, phrases)} if of_field else frozenset()
    fired = phrases.topics(segments)
    excluded = phrases.excluded(segments)
    hints = _hints(text, fired, {rule.target for rule, _ in fired} - about)
    left_out: list[NotAbout] = []
    for topic, known in hints.items():
        score, best = _score(known)
        if topic in excluded:
            why = f"“{excluded[topic].label}” rules it out"
        elif not _suffices(score):
            why = f"{TOPIC_FROM:.2f} is needed"
        elif not of_field:
            why = "nothing of the industry is said"
        else:
            why = "the other topics are stronger"
        tag = _topic(topic, score, best, text)
        left_out.append(NotAbout(topic=tag.topic, score=score, evidence=tag.evidence, why=why))
    return sorted(left_out, key=lambda one: (-one.score, one.topic))


def _hints(
    text: Text, fired: Iterable[tuple[Rule, Place]], topics: AbstractSet[str]
) -> dict[str, dict[str, _Hint]]:
    """What speaks for each of the topics: for the same words the best."""
    hints: dict[str, dict[str, _Hint]] = {}
    for rule, (start, end, _) in fired:
        topic = rule.target
        if topic not in topics:
            continue
        score = shown = rule.weight
        where, at = "title", start
        if start >= text.title:
            where, at = "summary", start - text.title - 1
            score *= _IN_SUMMARY
            shown = round(score, 2)
        words = text.whole[start:end]
        known = hints.setdefault(topic, {})
        earlier = known.get(words)
        if earlier is None:
            known[words] = (-shown, at, len(known), where, words, rule.label)
        elif -earlier[0] < score:
            known[words] = (-shown, at, earlier[2], where, words, rule.label)
    return hints


def _score(known: Mapping[str, _Hint]) -> tuple[float, Sequence[_Hint]]:
    """What the best hints add up to; and all of them, the best first."""
    best = sorted(known.values())
    return -round(sum([hint[0] for hint in best[:MOST_PHRASES]]), 2), best


def _suffices(score: float) -> bool:
    """Whether a score, rounded as it is told, makes a topic."""
    return score >= TOPIC_FROM


def _by_score(scored: tuple[float, Sequence[_Hint], str]) -> tuple[float, str]:
    return -scored[0], scored[2]


def _topic(topic: str, score: float, best: Iterable[_Hint], text: Text) -> TopicTag:
    return TopicTag(
        topic=TopicId(topic),
        score=score,
        evidence=tuple(
            [
                Evidence(
                    rule=label,
                    words=words + _ending(text, where, start + len(words)),
                    where=where,
                    start=start,
                    score=-less,
                )
                for less, start, _, where, words, label in best
            ]
        ),
    )


def _ending(text: Text, where: str, end: int) -> str:
    """What a Latin word goes on with behind its stem: "tariff*" has found all of "tariffs"."""
    if where == "summary":
        end += text.title + 1
    goes_on = text.small[end - 1 : end] in _LETTERS and text.small[end : end + 1] in _LETTERS
    match = _WORD_END.match(text.whole, end) if goes_on else None
    return match[0] if match else ""
