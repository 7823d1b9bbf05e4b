"""Whether the service does its work, and what keeps it from that.

A check that fails means that nothing goes on as it should. One that degrades means that something
waits for others, and that nothing is gained by a restart: mail that is not taken, say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from digest.web.admin.facts import Facts

LATE_ROUNDS = 3  # intervals without a round of polls
_A_ROUND = timedelta(minutes=3)  # it takes its time


class Health(StrEnum):
    """How well it is; the worst of all checks is that of the whole."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    health: Health
    words: str


def of_store(error: str | None) -> Check:
    """Whether the state can be written; `error` says why not."""
    if error is None:
        return Check("store", Health.OK, "can be written")
    return Check("store", Health.FAILED, error)


def judge(
    facts: Facts, started: datetime, *, locked: bool, lag: float, longest_lag: float
) -> list[Check]:
    """All that can be told from the facts.

    The loop is late by so many seconds (`lag`), and may be by less than the longest.
    """
    return [
        Check("schema", Health.OK, "fits this program")
        if facts.schema_fits
        else Check("schema", Health.FAILED, "was changed by another version; restart the service"),
        Check("lock", Health.OK, "is held")
        if locked
        else Check("lock", Health.FAILED, "is not held: state/lock was deleted or replaced"),
        Check("loop", Health.OK, "turns")
        if lag < longest_lag
        else Check("loop", Health.DEGRADED, f"is late by {lag:.0f} s"),
        _polls(facts, started),
        _mail(facts),
    ]


def _polls(facts: Facts, started: datetime) -> Check:
    """Rounds come as feeds are due; none is missing while no feed is overdue."""
    late = max(LATE_ROUNDS * facts.settings.fetch.interval, _A_ROUND)
    zone, since = facts.settings.zone, max(facts.last_poll or started, started)
    overdue = [
        one.feed.id
        for one in facts.feeds
        if not one.state.retired and facts.now - (one.state.next_poll or started) > late
    ]
    if overdue and facts.now - since > late:
        return Check("polls", Health.FAILED, f"no round since {_at(since, zone)}")
    return Check("polls", Health.OK, f"last round {_at(facts.last_poll, zone)}")


def _mail(facts: Facts) -> Check:
    if facts.trouble is None:
        return Check("mail", Health.OK, "leaves")
    since = _at(facts.trouble.since, facts.settings.zone)
    return Check("mail", Health.DEGRADED, f"does not leave since {since}")


def worst(checks: Sequence[Check]) -> Health:
    """The health of the whole."""
    found = {check.health for check in checks}
    if Health.FAILED in found:
        return Health.FAILED
    return Health.DEGRADED if Health.DEGRADED in found else Health.OK


def document(checks: Sequence[Check]) -> Mapping[str, object]:
    """What /readyz says, to be written as JSON."""
    return {
        "status": worst(checks).value,
        "checks": {
            check.name: {"status": check.health.value, "detail": check.words} for check in checks
        },
    }


def _at(moment: datetime | None, zone: ZoneInfo) -> str:
    return "never" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"
