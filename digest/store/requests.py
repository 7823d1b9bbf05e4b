"""What the command line asks of a running service, and the record of finished runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from digest.model import RequestId
from digest.store.database import Database
from digest.store.values import from_json, maybe_moment, moment, stamp, to_json

NETWORK_DOWN = "network_down"  # in a poll's summary: 1 if our own network seemed to be


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Something that the holder of the lock should do for another process."""

    id: RequestId
    kind: str  # "poll", "send" or "correct"
    arguments: Mapping[str, str]
    finished_at: datetime | None
    result: str | None
    status: int  # that a command would end with; 0: done


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One finished unit of the service's work."""

    kind: str
    started_at: datetime
    finished_at: datetime
    summary: Mapping[str, int]


class RequestTable:
    """Queries on requests and runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, kind: str, arguments: Mapping[str, str], now: datetime) -> RequestId:
        """Leave a request for the service."""
        with self._database.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO requests (kind, arguments, created_at) VALUES (?, ?, ?)",
                (kind, to_json(dict(arguments)), stamp(now)),
            )
        return RequestId(cursor.lastrowid or 0)

    def open(self) -> list[Request]:
        """Requests that nobody has finished, the oldest first."""
        return self._select("finished_at IS NULL", ())

    def is_open(self, request: RequestId) -> bool:
        """Whether somebody still waits for this one: it may be taken back."""
        return bool(self._select("id = ? AND finished_at IS NULL", (request,)))

    def get(self, request: RequestId) -> Request:
        """One request, which must exist."""
        return self._select("id = ?", (request,))[0]

    def withdraw(self, request: RequestId) -> bool:
        """Take a request back. False if it has been finished meanwhile."""
        with self._database.transaction() as connection:
            cursor = connection.execute(
                "DELETE FROM requests WHERE id = ? AND finished_at IS NULL", (request,)
            )
        return cursor.rowcount == 1

    def finish(self, request: RequestId, result: str, now: datetime, *, status: int = 0) -> None:
        """Record a request's result, in words for the person who asked."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE requests SET finished_at = ?, result = ?, failed = ? WHERE id = ?",
                (stamp(now), result, status, request),
            )

    def record_run(
        self, kind: str, started_at: datetime, finished_at: datetime, summary: Mapping[str, int]
    ) -> None:
        """Remember a finished unit of work and its figures."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO runs (kind, started_at, finished_at, summary) VALUES (?, ?, ?, ?)",
                (kind, stamp(started_at), stamp(finished_at), to_json(dict(summary))),
            )

    def last_run(self, kind: str) -> Run | None:
        """The last finished run of a kind, or None."""
        row = self._database.connection.execute(
            "SELECT * FROM runs WHERE kind = ? ORDER BY started_at DESC, id DESC LIMIT 1", (kind,)
        ).fetchone()
        if row is None:
            return None
        return Run(
            kind=row["kind"],
            started_at=moment(row["started_at"]),
            finished_at=moment(row["finished_at"]),
            summary=from_json(row["summary"], dict[str, int]),
        )

    def _select(self, condition: str, parameters: tuple[object, ...]) -> list[Request]:
        rows = self._database.connection.execute(
            f"SELECT * FROM requests WHERE {condition} ORDER BY id",  # noqa: S608  # literals of this class
            parameters,
        )
        return [
            Request(
                id=RequestId(row["id"]),
                kind=row["kind"],
                arguments=from_json(row["arguments"], dict[str, str]),
                finished_at=maybe_moment(row["finished_at"]),
                result=row["result"],
                status=row["failed"],  # by which a failure is told as well
            )
            for row in rows
        ]
