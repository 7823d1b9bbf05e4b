"""Brings in many readers at once, each row of a list by itself, by the desk's own rules."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from digest.model import Status
from digest.subscribers.addresses import address_key
from digest.subscribers.desk import Desk, Joined, KnownAlready, Refused
from digest.subscribers.importing import BadRow, Candidate, Defaults, Row, read_row
from digest.subscribers.lifecycle import Event
from digest.subscribers.questions import ByOperator

LETTERS_AN_HOUR = 100  # that ask people; providers look closely at who begins with more
ROWS_TOGETHER = 200  # in one transaction: a commit waits for the disk

# Who is listed as one to whom nothing is sent, and to whom nothing is sent here, is no bad row.
_SILENT = frozenset({Status.LEFT, Status.SUSPENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or would do."""

    recorded: tuple[str, ...] = ()  # addresses that stand as they stood elsewhere
    asked: tuple[str, ...] = ()  # addresses that get a confirmation mail
    known: tuple[str, ...] = ()  # addresses left as they are
    bad: tuple[BadRow, ...] = ()


class _Fate(Enum):
    """What became of a row that could be used."""

    RECORDED = auto()
    ASKED = auto()
    KNOWN = auto()


def import_rows(
    desk: Desk,
    rows: Sequence[Row],
    now: datetime,
    *,
    defaults: Defaults,
    dry_run: bool,
    per_hour: int = LETTERS_AN_HOUR,
) -> ImportReport:
    """Bring in many readers, each row by itself; `dry_run` only says what would happen.

    Of the letters that ask people, so many leave in an hour, together with those of imports
    before. A bad row is reported and left out, the others go on. Safe to repeat.
    """
    seen: dict[str, int] = {}
    fates: list[tuple[_Fate, str]] = []
    bad: list[BadRow] = []
    for start in range(0, len(rows), ROWS_TOGETHER):
        with nullcontext() if dry_run else desk.store.transaction():
            for row in rows[start : start + ROWS_TOGETHER]:
                match _import(
                    desk,
                    row,
                    now,
                    seen,
                    defaults=defaults,
                    dry_run=dry_run,
                    per_hour=per_hour,
                ):
                    case BadRow() as found:
                        bad.append(found)
                    case fate:
                        fates.append(fate)
    of = {fate: tuple(who for what, who in fates if what is fate) for fate in _Fate}
    return ImportReport(
        recorded=of[_Fate.RECORDED], asked=of[_Fate.ASKED], known=of[_Fate.KNOWN], bad=tuple(bad)
    )


def _import(
    desk: Desk,
    row: Row,
    now: datetime,
    seen: dict[str, int],
    *,
    defaults: Defaults,
    dry_run: bool,
    per_hour: int,
) -> tuple[_Fate, str] | BadRow:
    candidate = read_row(row, desk.vocabulary, defaults, now)
    if isinstance(candidate, BadRow):
        return candidate
    address = candidate.address
    first = seen.setdefault(address_key(address), row.line)
    if first != row.line:
        return BadRow(row.line, f"the address of line {first} again")
    asked = candidate.status is Status.PENDING
    event = Event.ASKED if asked else Event.RECORDED
    match desk.obstacle(address, event, now):
        case KnownAlready():
            return _Fate.KNOWN, address
        case Refused() if candidate.status in _SILENT:
            return _Fate.KNOWN, address
        case Refused(reason):
            return BadRow(row.line, reason)
        case None if not dry_run:
            _bring_in(desk, candidate, now, per_hour)
        case None:
            pass
    return _Fate.ASKED if asked else _Fate.RECORDED, address


def _bring_in(desk: Desk, candidate: Candidate, now: datetime, per_hour: int) -> None:
    if candidate.status is Status.PENDING:
        desk.subscribe(
            candidate.address,
            now,
            name=candidate.name,
            preferences=candidate.preferences,
            asker=ByOperator(per_hour),
        )
    else:
        joined = desk.record(
            candidate.address,
            now,
            consent=candidate.consent,
            status=candidate.status,
            name=candidate.name,
            preferences=candidate.preferences,
            paused_until=candidate.paused_until,
        )
        if isinstance(joined, Joined) and candidate.muted_until is not None:
            desk.store.subscribers.mute(joined.subscriber.id, candidate.muted_until, now)
