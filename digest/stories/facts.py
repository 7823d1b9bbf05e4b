"""What a story says in a few sentences.

Nothing is rewritten: each is a sentence that an outlet printed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digest.model import CompanyTag, KeySentence, Report, Story, TopicTag
from digest.stories.datelines import without_dateline
from digest.stories.deeds import tells_a_deed
from digest.stories.headline import headline, is_aside, standing
from digest.stories.numbers import numbers
from digest.stories.tokens import lower, normalise, overlap, terms

SENTENCES = 3  # that tell a story

_SHORTEST, _LONGEST = 30, 280  # characters of an English sentence
_DENSE = 2.2  # a Japanese character says as much as so many English ones
_LEAST = 1.5  # score: a number and a deed, or more
_NUMBERS, _NAMES, _TOPICS = 3, 2, 3  # that count; more of them make a list
_NAME, _TOPIC, _DEED = 0.6, 0.35, 0.8
_LIKE_TITLE, _FIRST, _LATER = 0.9, 0.8, 0.85
_HEDGED, _QUOTED, _ASKED = 1.2, 0.8, 0.8
_MUSED, _ASIDE, _DANGLING = 1.0, 0.5, 0.4
_REPEATED = 2.0
_SAME = 0.6  # of the terms of both; such a sentence says the same again

_ENDS = re.compile(r"[。！？](?![」』）])|[.!?]['\"”’)]*(?=\s+['\"“‘(]?[A-Z0-9$€£¥])")
_SHORTENED = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|Sen|Gov|Gen|Rep|St|Jr|Sr|Inc|Co|Corp|Ltd|No|vs|approx|est"
    r"|Jan|Feb|Mar|Apr|Aug|Sept|Oct|Nov|Dec))\.$"
)
_CUT = ("…", "...", "[…]", "[...]", "続き", "Read more")
# A ministry's form, point by point, and what only says that there is one.
_FORM = re.compile(
    "[\u2460-\u2473]"
    r"|届出(?:番号|者)|(?:下記|次|以下)の(?:とおり|通り)|以下のリコール|詳細は.{0,20}(?:ご覧|参照)"
    r"|(?:お知らせ|ご報告|ご案内|公表)(?:いた)?します。?$"
    r"|\bfollowing (?:\w+ ){0,3}(?:was|were|has been|have been|is|are) \w+ed\b"
    r"|\b(?:filing|notification|reference|campaign) (?:no\.?|number)(?=\W)|\bhereby\b"
    r"|\b(?:see|refer to) (?:the )?(?:attached|attachment|pdf)\b",
    re.IGNORECASE,
)
_QUESTION = ("?", "？", "か。", "か")
_QUOTE = re.compile(r"\"([^\"]*)\"|“([^”]*)”|「([^」]*)」|『([^』]*)』")
_QUOTED_FROM = 0.25  # of a sentence; a word or two in quotation marks is no talk
_HEDGE = re.compile(
    r"\b(?:may|might|could|perhaps|possibly|speculat\w*|rumou?r\w*|reportedly|likely"
    r"|(?<!it )(?<!they )(?<!he )would)\b"  # "said it would" is a plan
    r"|\b(?:we|our|my)\b"  # an outlet's own reckoning, and nobody knows whose where it is quoted
    r"|可能性|かもしれ|とみられ|との見方|観測|うわさ|だろう|もよう"
)
# What an outlet makes of the news: what it avoids, means or shows, and where the question lies.
# Plain facts hold some of these words too: "means 200 jobs", もうけを示す営業利益, 課題の電池.
_MUSING = re.compile(
    r"\b(?:avoids?|means?(?! (?:[a-z]+ ){0,2}?[$€£¥]?\d)|signals? (?:that|an?|the|how)"
    r"|suggests?|underscores?|highlights?|reflects?|illustrates?"
    r"|at a (?:time|moment) when|a (?:sign|reminder|far cry) (?:of|that|from)|raises? questions?"
    r"|the (?:\w+ )?(?:question|snag|catch|irony|risk|answer|hope|worry) (?:is|remains|lies))\b"
    r"|焦点|課題(?!の)|背景に|を示す(?:[。、」]|$|もの|形|格好|と)|といえる|と言える|浮き彫り|問われ|注目され|岐路|正念場",
    re.IGNORECASE,
)
# Such a sentence speaks of somebody whom the one before it named.
_PRONOUN = re.compile(
    r"(?:It|Its|He|His|She|Her|They|Their|This|That|These|Those|But|And)\b|(?:同氏|これ|それ)"
)


def sentences(text: str) -> list[str]:
    """The whole sentences of a text, in order; one that was cut short is left out."""
    found: list[str] = []
    start = 0
    for end in _ENDS.finditer(text):
        piece = text[start : end.end()]
        if _SHORTENED.search(piece):
            continue
        found.append(piece.strip())
        start = end.end()
    if rest := text[start:].strip():
        found.append(rest)
    return [one for one in found if one and not one.endswith(_CUT)]


def is_form(text: str) -> bool:
    """Whether a text is a form, or only points to one: it tells no reader anything."""
    return _FORM.search(text) is not None


def key_sentences(story: Story, lang: str, limit: int = SENTENCES) -> tuple[KeySentence, ...]:
    """The sentences that say most of a story beside its headline, the best first.

    From reports in that language, or in any where none is: such as may tell the story by their
    headlines. A sentence needs a number or a deed; guesses, questions, quotations and what an
    outlet makes of the news stand back.
    """
    top = headline(story, lang)
    told = [one for one in standing(story, lang) if one.entry.lang == top.entry.lang]
    title = frozenset(terms(lower(normalise(top.entry.title))))
    waiting = [
        one
        for report in told
        for place, sentence in enumerate(sentences(report.entry.summary))
        if (one := _weigh(report, sentence, place, title)) is not None
    ]
    chosen: list[_Sentence] = []
    while waiting and len(chosen) < limit:
        best = max(waiting, key=lambda one: one.score - _REPEATED * one.repeats(chosen))
        if best.score - _REPEATED * best.repeats(chosen) < _LEAST:
            break
        chosen.append(best)
        waiting = [one for one in waiting if one.repeats([best]) < _SAME]
    return tuple(one.told for one in chosen)


@dataclass(frozen=True, slots=True)
class _Sentence:
    told: KeySentence
    score: float
    terms: frozenset[str]

    def repeats(self, others: Sequence["_Sentence"]) -> float:
        """How much of it the others have said: 0 nothing, 1 all."""
        return max((overlap(self.terms, other.terms) for other in others), default=0.0)


def _weigh(report: Report, sentence: str, place: int, title: frozenset[str]) -> _Sentence | None:
    """A sentence with its score, or None for one that says nothing."""
    text = normalise(sentence)
    length = len(text) * (1.0 if text.isascii() or report.entry.lang != "ja" else _DENSE)
    if not _SHORTEST <= length <= _LONGEST:
        return None
    small = lower(text)
    figures = numbers(small)
    deed = tells_a_deed(small)
    said = frozenset(terms(small))
    if not (figures or deed) or is_form(sentence) or overlap(said, title) >= _SAME:
        return None
    score = float(min(_NUMBERS, len(figures)))
    score += _NAME * min(_NAMES, _named(text, report.tags.companies))
    score += _TOPIC * min(_TOPICS, _named(text, report.tags.topics))
    score += _DEED * deed
    score += _LIKE_TITLE * (len(said & title) / len(title) if title else 0.0)
    score += _FIRST * _LATER**place
    score -= _HEDGED * (_HEDGE.search(small) is not None)
    quoted = sum(len(found[0]) for found in _QUOTE.finditer(text))
    score -= _QUOTED * (quoted >= _QUOTED_FROM * len(text))
    score -= _MUSED * (_MUSING.search(text) is not None)
    score -= _ASIDE * is_aside(report.entry.title)
    score -= _DANGLING * (_PRONOUN.match(text) is not None)
    score -= _ASKED * text.endswith(_QUESTION)
    entry = report.entry
    told = KeySentence(
        text=without_dateline(sentence), lang=entry.lang, outlet=entry.outlet, url=entry.url
    )
    return _Sentence(told, score, said)


def _named(text: str, tags: Iterable[CompanyTag | TopicTag]) -> int:
    """How many of the tags have words in the text."""
    return sum(any(found.words in text for found in tag.evidence) for tag in tags)
