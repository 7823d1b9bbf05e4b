"""Which deliveries may be claimed, and in which order.

A look for work each second must cost nothing, however much waits: an issue that is paused may hold
a hundred thousand rows. So the index deliveries_due leads from each issue that may leave to its own
rows, and from what belongs to no issue to the rest, and nowhere else.
"""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from digest.model import DeliveryKind
from digest.store.values import from_json, maybe_moment, stamp

# Smaller is claimed first: somebody waits for a confirmation or an answer, and news of the hour
# goes before news of the week.
URGENT = 0
PRIORITY: Mapping[DeliveryKind, int] = MappingProxyType(
    {
        DeliveryKind.CONFIRMATION: URGENT,
        DeliveryKind.ANSWER: URGENT,
        DeliveryKind.NOTICE: 10,
        DeliveryKind.ALERT: 20,
        DeliveryKind.ISSUE: 100,
    }
)

# Written out, so that SQLite sees that the partial index has all of these rows.
_WAITS = "d.state IN ('queued', 'deferred', 'unknown') AND (d.state <> 'unknown' OR :resend)"
_URGENT_LETTERS = (
    f"FROM deliveries d WHERE d.priority = {URGENT} AND d.issue_id IS NULL AND {_WAITS}"
)
_LETTERS = (
    f"FROM deliveries d WHERE d.priority IN ({', '.join(map(str, sorted({*PRIORITY.values()})))})"
    f" AND d.issue_id IS NULL AND {_WAITS}"
)
# CROSS: from the issues to their rows. Issue after issue, the oldest first.
_OF_ISSUES = (
    "FROM issues i CROSS JOIN deliveries d ON d.issue_id = i.id"
    f" WHERE i.sending <> 'paused' AND d.priority = {PRIORITY[DeliveryKind.ISSUE]} AND {_WAITS}"
)
_NOW = "AND d.not_before <= :now"


def find_due(
    connection: sqlite3.Connection,
    now: datetime,
    *,
    resend_unknown: bool,
    urgent: bool,
    limit: int,
) -> list[int]:
    """The numbers of the next deliveries that are due, or only of those that are `urgent`."""
    values = {"now": stamp(now), "resend": resend_unknown}
    letters = _URGENT_LETTERS if urgent else _LETTERS
    order = "ORDER BY d.priority, d.not_before, d.id"
    found = _numbers(connection, f"{letters} {_NOW} {order}", values, limit)
    if len(found) < limit and not urgent:
        order = "ORDER BY i.id, d.not_before, d.id"
        found += _numbers(connection, f"{_OF_ISSUES} {_NOW} {order}", values, limit - len(found))
    return found


def _numbers(
    connection: sqlite3.Connection, which: str, values: Mapping[str, object], limit: int
) -> list[int]:
    # In one step of SQLite's, as in leaving.py.
    found = connection.execute(
        f"SELECT json_group_array(id) FROM (SELECT d.id {which} LIMIT :limit)",  # noqa: S608
        {**values, "limit": limit},
    ).fetchone()[0]
    return from_json(found, list[int])


def count_due(connection: sqlite3.Connection, now: datetime, *, resend_unknown: bool) -> int:
    """How many deliveries may be claimed now."""
    row = connection.execute(
        f"SELECT (SELECT count(*) {_LETTERS} {_NOW}) + (SELECT count(*) {_OF_ISSUES} {_NOW})"
        " AS deliveries",
        {"now": stamp(now), "resend": resend_unknown},
    ).fetchone()
    return int(row["deliveries"])


def next_due(connection: sqlite3.Connection, *, resend_unknown: bool) -> datetime | None:
    """When the next delivery may be claimed, or None if none waits for its time."""
    row = connection.execute(
        f"SELECT min(at) AS at FROM (SELECT min(d.not_before) AS at {_LETTERS}"  # noqa: S608
        f" UNION ALL SELECT min(d.not_before) {_OF_ISSUES})"
        " WHERE at < '9999'",  # the others wait for a word, not for a time (restored.py)
        {"resend": resend_unknown},
    ).fetchone()
    return maybe_moment(row["at"])
