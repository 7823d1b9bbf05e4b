"""In which section a story stands: the one whose topic its reports say most about.

What a headline says counts more than what only a summary adds, for a reader sees the headline
under the name of the section.
"""

from collections.abc import Mapping, Sequence

from digest.model import Report, TopicId, TopicTag

_CLOSE = 0.76  # of what is said about the main topic: another says as much
_ASIDE = 0.5  # of what only a summary says
_MOST = 1.2  # that a topic of great interest may gain: interest is for ranking


def section_of(
    reports: Sequence[Report],
    topics: Sequence[TopicId],
    sections: Sequence[TopicId],
    interest: Mapping[TopicId, float],
) -> TopicId | None:
    """Of the topics that the reports say most about, the one that the operator puts first.

    How much is said is an estimate: where two come near each other the operator decides, and what
    readers care for most (`interest`) weighs a little more. Small interest takes nothing away: a
    race that moved to another section would be misplaced there. A topic without a section is given
    only where no topic of the story has one; None where it has no topic.
    """
    placed = [topic for topic in topics if topic in sections]
    if not placed:
        return topics[0] if topics else None
    said = _said_about(reports, placed)
    weighed = {t: said[t] * min(max(1.0, interest[t]), _MOST) for t in placed}
    least = _CLOSE * max(weighed.values())
    return min((topic for topic in placed if weighed[topic] >= least), key=sections.index)


def _said_about(reports: Sequence[Report], topics: Sequence[TopicId]) -> Mapping[TopicId, float]:
    """How much reports say about each topic, as shares of what each of them says most."""
    said = dict.fromkeys(topics, 0.0)
    for report in reports:
        told = {tag.topic: _told(tag) for tag in report.tags.topics}
        most = max(told.values(), default=0.0)
        for topic in said:
            if most > 0:
                said[topic] += told.get(topic, 0.0) / most
    return said


def _told(tag: TopicTag) -> float:
    """How much one report says about a topic."""
    aside = tag.evidence and all(found.where == "summary" for found in tag.evidence)
    return tag.score * (_ASIDE if aside else 1.0)
