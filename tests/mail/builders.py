"""Deliveries, segments and senders with defaults."""

from typing import Any
from zoneinfo import ZoneInfo

from digest.issues import marks
from digest.mail.message import Message, Sender
from digest.model import (
    Choice,
    Delivery,
    DeliveryId,
    DeliveryKind,
    DeliveryState,
    Letter,
    Segment,
    SegmentId,
    SubscriberId,
)
from tests.builders import NOW

SECRET = bytes(range(32))


def sender(**given: Any) -> Sender:
    defaults: dict[str, Any] = {
        "title": "Kuruma Weekly",
        "from_name": "Kuruma Weekly",
        "from_address": "weekly@example.org",
        "mailbox": "weekly@example.org",
        "plus_addressing": True,
        "zone": ZoneInfo("Asia/Tokyo"),
        "secret": SECRET,
    }
    return Sender(**(defaults | given))


def letter(**given: Any) -> Letter:
    return Letter(**({"subject": "Hello", "text": "Good morning.\n"} | given))


def delivery(**given: Any) -> Delivery:
    """An issue on its way to reader 17."""
    defaults: dict[str, Any] = {
        "id": DeliveryId(5),
        "key": "issue/weekly/2026-W47/17",
        "kind": DeliveryKind.ISSUE,
        "state": DeliveryState.CLAIMED,
        "address": "taro@example.com",
        "subscriber": SubscriberId(17),
        "segment": SegmentId(3),
        "letter": None,
        "queued_at": NOW,
        "attempts": 0,
        "epoch": 1,
    }
    return Delivery(**(defaults | given))


def segment(**given: Any) -> Segment:
    defaults: dict[str, Any] = {
        "choice": Choice(language="ja"),
        "subject": "日産、国内2工場を閉鎖へ：Kuruma Weekly 2026-W47",
        "html": f'<p>日産</p><a href="{marks.LEAVE}">leave</a> {marks.ADDRESS}',
        "text": f"日産、国内2工場を閉鎖へ\n\n{marks.ADDRESS}\n{marks.LEAVE}\n",
        "stories": 1,
    }
    return Segment(**(defaults | given))


def message(number: int = 1, **given: Any) -> Message:
    defaults: dict[str, Any] = {
        "id": f"m{number}@example.org",
        "envelope_from": "weekly@example.org",
        "recipient": f"reader{number}@example.com",
        "data": b"Subject: hello\r\n\r\nwords\r\n.\r\n..dots\r\n",
    }
    return Message(**(defaults | given))
