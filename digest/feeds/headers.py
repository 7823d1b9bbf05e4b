"""What the headers of an answer say of time, and what of them can be sent back."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from multidict import CIMultiDictProxy

_NOT_SENT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
VALIDATOR_LENGTH = 1024  # characters; no honest ETag comes near


def freshness(headers: CIMultiDictProxy[str], now: datetime) -> timedelta | None:
    """How long the answer stays fresh: Cache-Control before Expires (RFC 9111, 4.2.1).

    `now` stands in for a Date header that is missing or none.
    """
    age = _seconds(headers.get("Age", "")) or timedelta()
    told: dict[str, str] = {}
    for directive in ",".join(headers.getall("Cache-Control", ())).lower().split(","):
        name, _, value = directive.strip().partition("=")
        told.setdefault(name, value.strip('" '))  # of two that differ the first, as there
    if told.keys() & {"no-cache", "no-store"}:
        return None
    fresh = _seconds(told["max-age"]) if "max-age" in told else _until(headers, "Expires", now)
    return None if fresh is None else max(fresh - age, timedelta())


def retry_after(headers: CIMultiDictProxy[str], now: datetime) -> timedelta | None:
    """How long the server asks us to stay away, in seconds or as a date (RFC 9110, 10.2.3).

    `now` stands in for a Date header that is missing or none.
    """
    return _seconds(headers.get("Retry-After", "")) or _until(headers, "Retry-After", now)


def date_of(headers: CIMultiDictProxy[str]) -> datetime | None:
    """When the answer was made, by the server's clock (RFC 9110, 6.6.1)."""
    return _date(headers.get("Date", ""))


def _seconds(text: str) -> timedelta | None:
    text = text.strip()
    if not (text.isascii() and text.isdigit()):
        return None
    return timedelta(seconds=min(int(text[:12]), 10**9))


def _until(headers: CIMultiDictProxy[str], name: str, now: datetime) -> timedelta | None:
    until = _date(headers.get(name, ""))
    if until is None:
        return None
    # Where both dates are the server's own, a clock that is wrong there or here does not matter.
    return max(until - (date_of(headers) or now), timedelta())


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
        return None if date.utcoffset() is None else date.astimezone(UTC)
    except (ValueError, TypeError):  # no date
        return None
    except OverflowError:  # a year, hour or zone beyond a C integer
        return None


def validator(text: str | None) -> str | None:
    """A validator as it came, if it is one that can be sent back byte for byte.

    That is all that RFC 9110 allows (8.8.3: obs-text too) where it is UTF-8, as which aiohttp reads
    and writes headers. Other bytes it reads as lone surrogates, which it would leave out.
    """
    if text is None or not text or len(text) > VALIDATOR_LENGTH:
        return None
    return None if _NOT_SENT.search(text) else text
