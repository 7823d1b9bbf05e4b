"""What a program is told of an alert: JSON, signed, with a name by which a repeat is known.

docs/alerts.md describes it. A field may come to it later; none changes its meaning.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime

from digest import __version__
from digest.issues.safe import plain, safe_url
from digest.model import BREAKING, Alert, AlertId, Told

SIGNATURE = "Digest-Signature"
DELIVERY = "Digest-Delivery"
VERSION = 1


def payload(number: AlertId, alert: Alert, told: Told, before: Alert | None) -> bytes:
    """The body of a request. Equal arguments give equal bytes."""
    story = alert.story
    burst = alert.burst
    value = {
        "version": VERSION,
        "alert": number,
        "at": _time(alert.at),
        "update": before is not None,
        "changes": list(told.changes),
        "story": story.story,
        "companies": list(story.companies),
        "topics": list(story.topics),
        "owners": story.owners,
        "headlines": [
            {
                "title": plain(headline.title),
                "summary": plain(headline.summary),
                "url": safe_url(headline.url),
                "outlet": plain(headline.outlet),
                "lang": headline.lang,
            }
            for headline in story.headlines
        ],
        "outlets": [
            {
                "outlet": plain(outlet.outlet),
                "url": safe_url(outlet.url),
                "lang": outlet.lang,
                "published": _time(outlet.published),
            }
            for outlet in story.outlets
        ],
        "breaking": None
        if burst is None
        else {
            "owners": burst.owners,
            "hours": burst.within.total_seconds() / 3600,
            "usual": None if burst.usual is None else round(burst.usual, 2),
            "about": burst.about,
        },
        "rules": [
            {"rule": reason.rule or BREAKING, "words": list(reason.words)}
            for reason in told.reasons
        ],
        "mute": f"digest alerts mute --story {story.story}",
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def headers(number: AlertId, body: bytes, secret: str | None, now: datetime) -> Mapping[str, str]:
    """The headers of a request: what it is, and who sends it if there is a secret.

    The signature is HMAC-SHA256 over the time in seconds, a dot and the body; who checks it also
    refuses a time of long ago, so that nobody can send an old one again.
    """
    given = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"kuruma-digest/{__version__}",
        DELIVERY: f"alert/{number}",
    }
    if secret is not None:
        given[SIGNATURE] = signature(body, secret, now)
    return given


def signature(body: bytes, secret: str, now: datetime) -> str:
    """The value of the signature's header: `t=SECONDS,v1=HEX`."""
    seconds = int(now.timestamp())
    signed = hmac.new(secret.encode(), b"%d.%b" % (seconds, body), hashlib.sha256)
    return f"t={seconds},v1={signed.hexdigest()}"


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
