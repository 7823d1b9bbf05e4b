"""What may keep a message from leaving, looked at again at each step before its body does.

The reader has left, the issue was cancelled, the address is on the suppression list: such a row is
dropped in the transaction that would have moved it on.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence

from digest.model import DeliveryKind, Sending, Status
from digest.store.values import from_json, to_json

AddressHash = Callable[[str], str]  # of an address in its normal form, as suppressions has it

_JOINED = (
    "FROM deliveries d LEFT JOIN subscribers s ON s.id = d.subscriber_id"
    " LEFT JOIN issues i ON i.id = d.issue_id"
)
# Of a row, what is not its own.
OUTSIDE = (
    "d.id, d.kind, d.address, d.subscriber_id, d.epoch, s.status, i.sending, i.sending_why"
    f" {_JOINED}"
)
# Nothing about these but a suppression can keep them from leaving. Found in one step of SQLite's,
# during which the rest of the process goes on; row by row, each step waits for its turn again.
_ORDINARY = (
    f"SELECT json_group_array(json_array(d.id, d.epoch, d.address)) {_JOINED} WHERE d.address <> ''"
    f" AND (d.subscriber_id IS NULL OR s.status = '{Status.ACTIVE}')"
    f" AND (d.issue_id IS NULL OR i.sending = '{Sending.OPEN}')"
)

_AMONG = "FROM suppressions WHERE address_hash IN (SELECT value FROM json_each(?))"

_TO_THE_LIST = {DeliveryKind.ISSUE, DeliveryKind.ALERT}
# Who has just written to us gets an answer, even where we would not write of our own accord.
_UNASKED = {DeliveryKind.ISSUE, DeliveryKind.ALERT, DeliveryKind.NOTICE}


def sort_out(
    connection: sqlite3.Connection,
    which: str,
    values: Mapping[str, object],
    expected: int,
    address_hash: AddressHash | None,
) -> tuple[list[tuple[int, int]], list[sqlite3.Row]]:
    """Number and epoch of the rows that may leave as they are, and those (of OUTSIDE) to look at.

    `which` says of `d` which rows are meant. Without `address_hash` no suppression is looked for.
    """
    found = connection.execute(f"{_ORDINARY} AND {which}", values).fetchone()[0]
    ordinary = from_json(found, list[tuple[int, int, str]])
    if address_hash is not None and ordinary and _any_suppressions(connection):
        told = to_json([address_hash(address) for _, _, address in ordinary])
        met = connection.execute(f"SELECT EXISTS (SELECT 1 {_AMONG})", (told,)).fetchone()[0]
        ordinary = [] if met else ordinary
    if len(ordinary) == expected:
        return [(number, epoch) for number, epoch, _ in ordinary], []
    plain = {number: epoch for number, epoch, _ in ordinary}
    rows = connection.execute(f"SELECT {OUTSIDE} WHERE {which}", values).fetchall()
    return list(plain.items()), [row for row in rows if row["id"] not in plain]


def without_dropped(
    connection: sqlite3.Connection,
    rows: Sequence[sqlite3.Row],
    address_hash: AddressHash | None,
    now: object,
) -> list[sqlite3.Row]:
    """Drop those of these rows (of OUTSIDE) that nobody waits for any more; gives the others.

    Without `address_hash` no suppression is looked for.
    """
    dropped = [(now, why, n) for n, why in why_not(connection, rows, address_hash).items()]
    if not dropped:
        return list(rows)
    connection.executemany(
        "UPDATE deliveries SET state = 'dropped', changed_at = ?, reply = ? WHERE id = ?", dropped
    )
    gone = {delivery for _, _, delivery in dropped}
    return [row for row in rows if row["id"] not in gone]


def why_not(
    connection: sqlite3.Connection, rows: Sequence[sqlite3.Row], address_hash: AddressHash | None
) -> dict[int, str]:
    """Which of these rows (of OUTSIDE) nobody waits for any more, and why not."""
    suppressed = _suppressed(connection, rows, address_hash)
    found = {row["id"]: suppressed.get(row["id"]) or _why_dropped(row) for row in rows}
    return {number: why for number, why in found.items() if why is not None}


def _why_dropped(row: sqlite3.Row) -> str | None:
    """Issues and alerts go to active readers only; who was erased has no address left."""
    if row["sending"] == Sending.CANCELLED:
        return str(row["sending_why"])
    if not row["address"]:
        return "the reader was erased"
    elsewhere = row["subscriber_id"] is not None and row["status"] != Status.ACTIVE
    if elsewhere and row["kind"] in _TO_THE_LIST:
        left = row["status"] == Status.LEFT
        return "the reader has left" if left else f"the reader is {row['status']}"
    return None


def _suppressed(
    connection: sqlite3.Connection, rows: Sequence[sqlite3.Row], address_hash: AddressHash | None
) -> dict[int, str]:
    """Which of these rows go to an address that must not be written to, and why not."""
    if address_hash is None or not _any_suppressions(connection):
        return {}
    hashes = {row["id"]: address_hash(row["address"]) for row in rows if row["kind"] in _UNASKED}
    found = connection.execute(
        f"SELECT address_hash, reason {_AMONG}",
        (to_json(list(hashes.values())),),
    )
    reasons = {row["address_hash"]: f"suppressed: {row['reason']}" for row in found}
    return {number: reasons[h] for number, h in hashes.items() if h in reasons}


def _any_suppressions(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM suppressions LIMIT 1").fetchone() is not None
