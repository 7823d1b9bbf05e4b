"""How attempts ended, recorded for many rows at once.

Each statement is one step of SQLite's for all of them, during which the rest of the process goes
on; row by row, each step would wait for its turn again.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.model import Bounce, DeliveryId, DeliveryState
from digest.store.bounces import insert_bounce
from digest.store.values import maybe_stamp, stamp, to_json

_TOLD = (
    "(SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS epoch,"
    " json_extract(value, '$[2]') AS state, json_extract(value, '$[3]') AS reply,"
    " json_extract(value, '$[4]') AS not_before, json_extract(value, '$[5]') AS counts"
    " FROM json_each(:told)) AS told"
)
# From where to where a result may move a row.
_MOVES = (
    "d.id = told.id AND d.epoch = told.epoch AND (d.state, told.state) IN (VALUES"
    " ('claimed', 'queued'), ('claimed', 'deferred'), ('claimed', 'failed'), ('data', 'queued'),"
    " ('data', 'deferred'), ('data', 'failed'), ('data', 'sent'), ('data', 'unknown'))"
)
_MOVING = f"FROM {_TOLD} CROSS JOIN deliveries d WHERE {_MOVES}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one attempt ended: the row's next state, and when to try again if it waits."""

    delivery: DeliveryId
    epoch: int
    state: DeliveryState
    reply: str | None  # None: nothing was said; what was said before stays
    not_before: datetime | None = None
    counts: bool = True  # against the message; not where the fault was ours, or nothing was tried
    bounce: Bounce | None = None  # what the refusal says of the address


def record(connection: sqlite3.Connection, results: Sequence[Result], now: datetime) -> None:
    """Move rows on in a transaction of the caller's, and keep what was said of them.

    A result of an older claim changes nothing, nor does one that cannot follow from where the row
    stands.
    """
    # An attempt that came to `data` has been counted then. What a server says often quotes the
    # address, so nothing of it is kept where the reader has been erased. A confirmation that was
    # sent is nobody's business any more: its text has the token in clear.
    told = to_json(
        [
            (r.delivery, r.epoch, r.state, r.reply, maybe_stamp(r.not_before), r.counts)
            for r in results
        ]
    )
    values = {"now": stamp(now), "told": told}
    bounces = [r.bounce for r in results if r.bounce is not None and r.counts]
    moving = set()
    if bounces:
        rows = connection.execute(f"SELECT d.id {_MOVING} AND d.address <> ''", values)
        moving = {row["id"] for row in rows}
    connection.execute(
        "INSERT OR REPLACE INTO attempts (delivery_id, number, at, state, reply)"
        " SELECT d.id, d.epoch, :now, told.state, coalesce(told.reply, '')"
        f" {_MOVING} AND d.address <> '' AND told.counts",
        values,
    )
    connection.execute(
        "UPDATE deliveries AS d SET state = told.state, changed_at = :now,"  # noqa: S608  # words of ours
        " not_before = coalesce(told.not_before, d.not_before),"
        " reply = CASE WHEN address = '' THEN '' ELSE coalesce(told.reply, d.reply) END,"
        " attempts = attempts + told.counts - (d.state = 'data'),"
        " letter = CASE WHEN told.state = 'sent' AND kind = 'confirmation'"
        " THEN json_set(letter, '$.text', '', '$.html', NULL) ELSE letter END"
        f" FROM {_TOLD} WHERE {_MOVES}",
        values,
    )
    for bounce in bounces:
        if bounce.delivery in moving:
            insert_bounce(connection, bounce, now)
