"""Weighs the companies of an entry: what each name counts, and who is its subject."""

from collections.abc import Sequence
from functools import cache

from digest.model import CompanyId, CompanyTag, Evidence, Role
from digest.stories.spelling import Found
from digest.stories.text import Text

_TITLE, _EARLY, _SUMMARY = 3.0, 1.4, 1.0  # a name in a title, in its first third, in a summary
_COMPARED = 0.25
_ARTICLE = 500  # characters; a longer summary names many who are not its subject
_ARTICLE_SHARE = 0.4  # of the strongest company's score, to be a subject of an article


def weigh(text: Text, found: Sequence[Found]) -> tuple[CompanyTag, ...]:
    """Each company with its score and role, subjects first."""
    if not found:
        return ()
    evidence: dict[CompanyId, list[Evidence]] = {}
    for one in found:
        known = evidence.setdefault(one.name.company, [])
        known.append(_evidence(text, one, len(known)))
    acting = {one.name.company for one in found if one.compared is None}
    scores = {company: _sum(known) for company, known in evidence.items()}
    if len(scores) > 1 and len(text.whole) - text.title > _ARTICLE:
        best = max(scores.values())
        acting = {
            company
            for company in acting
            if scores[company] >= _ARTICLE_SHARE * best
            or any(e.where == "title" for e in evidence[company])
        }
    tags = [
        CompanyTag(
            company=company,
            role=Role.SUBJECT if company in acting else Role.MENTION,
            score=scores[company],
            evidence=tuple(known),
        )
        for company, known in evidence.items()
    ]
    if len(tags) > 1:
        tags.sort(key=lambda t: (t.role is Role.MENTION, -t.score, t.company))
    return tuple(tags)


def _sum(evidence: Sequence[Evidence]) -> float:
    if len(evidence) == 1:  # as for most companies, and rounded already
        return evidence[0].score
    return round(sum([each.score for each in evidence]), 2)


def _evidence(text: Text, found: Found, earlier: int) -> Evidence:
    name, (begin, end), compared = found.name, found.span, found.compared
    if begin < text.title:
        where, start = "title", begin
        worth = _TITLE * _EARLY if begin * 3 <= text.title else _TITLE
    else:
        where, start = "summary", begin - text.title - 1
        worth = _SUMMARY
    rule = name.rule if compared is None else f"{name.rule}, only compared ({compared})"
    score = _score(worth, name.share, earlier, compared=compared is not None)
    return Evidence(rule=rule, words=text.whole[begin:end], where=where, start=start, score=score)


@cache  # a dozen values, and rounding takes longer than all else here
def _score(worth: float, share: float, earlier: int, *, compared: bool) -> float:
    """What a name counts that stands where it is worth so much, after `earlier` ones."""
    score = worth * (share / (1 + 0.5 * earlier))
    return round(score * _COMPARED if compared else score, 2)
