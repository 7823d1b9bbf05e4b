"""Whether a story was overtaken by its own end: what stopped runs again, what was planned is off.

A story is told by its headlines, and the first of them may be no longer true when the issue leaves.
Words that say of something that it is over or begun again mark the turn: the first report that has
one in its title, where those before it had none.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from digest.model import Report, Story

APART = timedelta(hours=2)  # reports that are nearer tell of one moment

_TURN = re.compile(
    r"\b(?:resum(?:e|es|ed|ing|ption)|restart(?:s|ed|ing)?|re-?open(?:s|ed|ing)?|restored?"
    r"|call(?:s|ed)? off|scrap(?:s|ped)?|abandon(?:s|ed)?|cancel(?:s|l?ed)?|withdr(?:aws|awn|ew)"
    r"|walk(?:s|ed)? away|collapse[sd]?|end(?:s|ed)? (?:\w+ ){0,3}(?:talks|strike|stoppage)"
    r"|settle[sd]?|back (?:online|to normal)|averted)\b"
    r"|再開|復旧|解除|鎮火|打ち切|撤回|白紙|破談|断念|妥結|終結|収束|取りやめ|取り下げ|和解",
    re.IGNORECASE,
)


def turn_of(story: Story) -> datetime | None:
    """When the first report was published that says what became of it; None where none does."""
    reports = sorted(story.reports, key=lambda report: report.entry.published)
    first = reports[0].entry.published
    turned = next((report for report in reports if _TURN.search(report.entry.title)), None)
    if turned is None or turned.entry.published - first < APART:
        return None
    return turned.entry.published


def after_turn(reports: Sequence[Report], turned: datetime | None) -> tuple[Report, ...]:
    """The reports that know of the turn; all of them where there was none, or none knows of it."""
    if turned is None:
        return tuple(reports)
    knowing = [
        report
        for report in reports
        if report.entry.published >= turned and _TURN.search(report.entry.title)
    ]
    return tuple(knowing or reports)
