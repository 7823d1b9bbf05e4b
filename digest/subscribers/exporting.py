"""Writes lists of subscribers that can be read in again, and one person's whole record.

It reads and writes nothing itself: it is given what the store has, and gives text and tables. The
columns are those of an import. More follow where a reader has something to say in them, so that
nothing is lost on the way; a list without them has the short header.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from digest.model import AlertWish, Subscriber, wish_of
from digest.store.persons import PersonRecord
from digest.subscribers.importing import (
    COLUMNS,
    FREE_COLUMNS,
    MORE_COLUMNS,
    RULE_ENDS,
    TABLE,
)

# So begins what spreadsheets calculate; one with apostrophes gets one more, so that none is lost.
_FORMULA = re.compile(r"'*[=+@\t-]")


def columns_of(readers: Iterable[Subscriber]) -> tuple[str, ...]:
    """The columns that a list of these readers needs."""
    used = {name for reader in readers for name, value in _more(reader).items() if value}
    return (*COLUMNS, *(name for name in MORE_COLUMNS if name in used))


def row_of(reader: Subscriber) -> dict[str, str]:
    """A reader as columns."""
    choice, consent = reader.preferences.choice, reader.consent
    return {
        "email": reader.address,
        "name": reader.name,
        "language": choice.language,
        "rhythm": reader.preferences.rhythm,
        "companies": " ".join(sorted(choice.companies)),
        "topics": " ".join(sorted(choice.topics)),
        "status": str(reader.status),
        "consent_at": "" if consent is None else consent.at.isoformat(),
        "consent_how": "" if consent is None else consent.how,
        "consent_text": "" if consent is None else consent.words,
        **_more(reader),
    }


def _more(reader: Subscriber) -> dict[str, str]:
    wish = reader.preferences.alerts
    return {
        "alerts": "" if wish is AlertWish.NONE else str(wish),
        "rules": RULE_ENDS.join(reader.preferences.rules),
        "paused_until": _time(reader.paused_until),
        "muted_until": _time(reader.muted_until),
    }


def _time(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat()


def to_csv(readers: Sequence[Subscriber]) -> str:
    """The list as CSV (RFC 4180, with line feeds).

    What a spreadsheet would take for a formula has an apostrophe before it, which `read_csv` drops.
    """
    columns = columns_of(readers)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(
        [_harmless(row[name]) if name in FREE_COLUMNS else row[name] for name in columns]
        for row in map(row_of, readers)
    )
    return text.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def to_tables(readers: Sequence[Subscriber]) -> dict[str, object]:
    """The list as the tables of a TOML file, with lists as lists and without what is empty."""
    return {TABLE: [_table(reader) for reader in readers]}


def _table(reader: Subscriber) -> dict[str, object]:
    row: dict[str, object] = {key: value for key, value in row_of(reader).items() if value}
    choice = reader.preferences.choice
    lists: Mapping[str, Sequence[str]] = {
        "companies": sorted(choice.companies),
        "topics": sorted(choice.topics),
        "rules": reader.preferences.rules,
    }
    return row | {name: list(values) for name, values in lists.items() if values}


def person(address: str, reader: Subscriber | None, record: PersonRecord) -> dict[str, object]:
    """All that is kept of one person, as JSON has it."""
    preferences = None if reader is None else reader.preferences
    told: dict[str, object] = {
        "address": address if reader is None else reader.address,
        "subscriber": None
        if reader is None
        else {
            "name": reader.name,
            "status": reader.status,
            "since": reader.created_at,
            "paused_until": reader.paused_until,
            "alerts_muted_until": reader.muted_until,
        },
        "preferences": None
        if preferences is None
        else {
            "language": preferences.choice.language,
            "rhythm": preferences.rhythm,
            "companies": sorted(preferences.choice.companies),
            "topics": sorted(preferences.choice.topics),
            "alerts": wish_of(preferences),
            "rules": preferences.rules,
        },
        "consent": None if reader is None else reader.consent,
        "deliveries": record.deliveries,
        "bounces": record.bounces,
        "alerts": record.alerts,
        "requests": {
            "mails_from_them": record.mails,
            "questions_to_them": record.questions,
            "letters_before_they_had_proved_to_ask": record.unproven_letters,
        },
        "suppressed": record.suppressed
        and {"reason": record.suppressed[0], "since": record.suppressed[1]},
    }
    built: dict[str, object] = msgspec.to_builtins(told)
    return built
