"""Values that rows of alerts hold: whom an alert is for, and the alert itself."""

import sqlite3

from digest.model import (
    Alert,
    AlertId,
    Recipient,
    StoredAlert,
    SubscriberId,
    ToAddress,
    ToChannel,
    ToReader,
)
from digest.store.values import from_json


def stored_alert(row: sqlite3.Row, number: int) -> StoredAlert:
    """The alert of this number, from its `body`."""
    return StoredAlert(id=AlertId(number), alert=from_json(row["body"], Alert))


def columns_of(to: Recipient) -> tuple[str, str, SubscriberId | None]:
    """The columns kind, recipient and subscriber_id."""
    match to:
        case ToReader(id=reader):
            return "reader", str(reader), reader
        case ToAddress(address=address):
            return "address", address, None
        case ToChannel(name=name):
            return "channel", name, None


def recipient_of(row: sqlite3.Row) -> Recipient:
    """Whom the columns kind and recipient name."""
    match row["kind"]:
        case "reader":
            return ToReader(SubscriberId(int(row["recipient"])))
        case "address":
            return ToAddress(row["recipient"])
        case _:
            return ToChannel(row["recipient"])
