"""What the operator was shown and said of issues that are not out yet.

Each write looks in its transaction whether the period has been decided: what is frozen is told of
no more changes.
"""

import sqlite3
from collections.abc import Mapping
from datetime import datetime

from digest.model import DeliveryKind, Letter, Review, StoryId, Verdict
from digest.store.database import Database
from digest.store.deliveries import insert_letter
from digest.store.values import maybe_moment, stamp


class ReviewTable:
    """Queries on reviews."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, edition: str, period: str) -> Review:
        """What is known of the review of a period; nothing was said of most."""
        return find_review(self._database.connection, edition, period)

    def held(self) -> list[Review]:
        """The issues that are held and neither out nor skipped."""
        rows = self._database.connection.execute(
            "SELECT * FROM reviews r WHERE verdict = 'held' AND NOT EXISTS (SELECT 1 FROM issues i"
            " WHERE i.edition = r.edition AND i.period = r.period) ORDER BY edition, period"
        )
        return [_review(row) for row in rows]

    def decide(self, edition: str, period: str, verdict: Verdict, who: str, now: datetime) -> bool:
        """Record what the operator decided. False if the period has been decided for good."""
        values = {"verdict": verdict, "decided_by": who, "decided_at": stamp(now)}
        return self._set(edition, period, values)

    def set_note(self, edition: str, period: str, note: str) -> bool:
        """Record what the editor says on top of an issue; "" takes it back.

        False if the period has been decided for good.
        """
        return self._set(edition, period, {"note": note})

    def set_lead(self, edition: str, period: str, story: StoryId | None) -> bool:
        """Record which story stands first, None for none.

        False if the period has been decided for good.
        """
        return self._set(edition, period, {"lead": story})

    def mail_draft(
        self, edition: str, period: str, *, key: str, address: str, letter: Letter, now: datetime
    ) -> bool:
        """Queue a draft to the operator, once. False if it was queued before, or comes too late."""
        with self._database.transaction() as connection:
            if find_review(connection, edition, period).drafted_at is not None:
                return False
            if not _set(connection, edition, period, {"drafted_at": stamp(now)}):
                return False
            return insert_letter(
                connection,
                key,
                DeliveryKind.NOTICE,
                address=address,
                subscriber=None,
                letter=letter,
                now=now,
            )

    def _set(self, edition: str, period: str, values: Mapping[str, object]) -> bool:
        with self._database.transaction() as connection:
            return _set(connection, edition, period, values)


def find_review(connection: sqlite3.Connection, edition: str, period: str) -> Review:
    """The same for a transaction of the caller's."""
    row = connection.execute(
        "SELECT * FROM reviews WHERE edition = ? AND period = ?", (edition, period)
    ).fetchone()
    return Review(edition=edition, period=period) if row is None else _review(row)


def _review(row: sqlite3.Row) -> Review:
    return Review(
        edition=row["edition"],
        period=row["period"],
        drafted_at=maybe_moment(row["drafted_at"]),
        verdict=None if row["verdict"] is None else Verdict(row["verdict"]),
        decided_at=maybe_moment(row["decided_at"]),
        decided_by=row["decided_by"],
        note=row["note"],
        lead=None if row["lead"] is None else StoryId(row["lead"]),
    )


def _set(
    connection: sqlite3.Connection, edition: str, period: str, values: Mapping[str, object]
) -> bool:
    """Set columns, which are words of this module, unless the period has been decided."""
    key: dict[str, object] = {"edition": edition, "period": period}
    decided = connection.execute(
        "SELECT 1 FROM issues WHERE edition = :edition AND period = :period", key
    ).fetchone()
    if decided is not None:
        return False
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    changes = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(
        f"INSERT INTO reviews (edition, period, {names}) VALUES (:edition, :period, {marks})"  # noqa: S608
        f" ON CONFLICT (edition, period) DO UPDATE SET {changes}",
        {**key, **values},
    )
    return True
