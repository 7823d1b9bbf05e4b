"""Whether a story was overtaken: what stopped runs again, what was planned is off or denied.

A story is told by its headlines, and the first of them may be no longer true when the issue leaves.
Words that say of something that it is over, begun again or not so mark the turn: the first report
that has one in its title, where those before it had none.
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
    r"|settle[sd]?|back (?:online|to normal)|averted"
    r"|den(?:y|ies|ied|ial)|refut(?:es|ed)|(?:is|are) not (?:\w+ ){0,2}?(?:in )?talks|no talks"
    r"|not true|plays? down|rejects? (?:\w+ ){0,2}?reports?)\b"
    r"|(?:再開|復旧|解除|鎮火|打ち切り?|撤回|白紙|破談|断念|妥結|終結|収束|取りやめ|取り下げ|和解"
    r"|(?<!は)否定)(?!後|から|以来|を受け|した(?![とが、。 ]|$))|事実(?:で|では)ない|事実無根",
    re.IGNORECASE,
)
# What a headline says of the time before is no news of it.
_BEFORE = re.compile(
    r"^(?:after|since|following|despite) [^,]*,|\b(?:after|since|following|despite)\b.*",
    re.IGNORECASE,
)


def turn_of(story: Story) -> datetime | None:
    """When the first report was published that says what became of it; None where none does."""
    reports = sorted(story.reports, key=lambda report: report.entry.published)
    first = reports[0].entry.published
    turned = next((report for report in reports if _tells_a_turn(report)), None)
    if turned is None or turned.entry.published - first < APART:
        return None
    return turned.entry.published


def after_turn(reports: Sequence[Report], turned: datetime | None) -> tuple[Report, ...]:
    """The reports that know of the turn; all of them where there was none, or none knows of it."""
    if turned is None:
        return tuple(reports)
    knowing = [
        report for report in reports if report.entry.published >= turned and _tells_a_turn(report)
    ]
    return tuple(knowing or reports)


def _tells_a_turn(report: Report) -> bool:
    return _TURN.search(_BEFORE.sub("", report.entry.title)) is not None
