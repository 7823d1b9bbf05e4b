"""Hosts that asked to be left alone, and until when."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime

from digest.store.database import Database
from digest.store.values import moment, stamp


class HostTable:
    """Queries on hosts. They are written with the poll that taught it (store/feeds.py)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waits(self) -> dict[str, datetime]:
        """Until when each host asked to be left alone; some of it may be over."""
        rows = self._database.connection.execute("SELECT host, not_before FROM hosts")
        return {row["host"]: moment(row["not_before"]) for row in rows}


def insert_waits(
    connection: sqlite3.Connection, waits: Mapping[str, datetime], now: datetime
) -> None:
    """Keep what hosts asked for last, in a transaction of the caller's."""
    if not waits:
        return
    connection.execute("DELETE FROM hosts WHERE not_before <= ?", (stamp(now),))
    connection.executemany(
        "INSERT INTO hosts (host, not_before) VALUES (?, ?) ON CONFLICT (host)"
        " DO UPDATE SET not_before = excluded.not_before",
        [(host, stamp(until)) for host, until in waits.items()],
    )
