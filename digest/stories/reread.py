"""Reads reports again that were placed before: what linking and sagas compare is not stored."""

import logging

from digest.model import Report
from digest.stories.tag import Reading, Tagger
from digest.stories.traits import Traits, traits

log = logging.getLogger(__name__)


def reread(tagger: Tagger, report: Report) -> Traits | None:
    """What is compared of a report; None if it cannot be read any more."""
    reading = _read(tagger, report, report.entry.summary)
    if reading is None:
        return None
    return traits(report.stored.id, report.entry, reading, report.owner)


def headline_concepts(tagger: Tagger, report: Report) -> frozenset[str]:
    """What the title of a report alone speaks of; nothing if it cannot be read any more."""
    reading = _read(tagger, report, "")
    return frozenset() if reading is None else reading.concepts


def _read(tagger: Tagger, report: Report, summary: str) -> Reading | None:
    entry = report.entry
    try:
        return tagger.read(entry.title, summary, lang=entry.lang, outlet=entry.outlet)
    except Exception:  # another lexicon read it; the others must go on all the same
        log.exception("entry.unread entry=%s feed=%s", report.stored.id, entry.feed)
        return None
