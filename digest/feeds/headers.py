"""What the headers of an answer say of time, and what of them can be sent back. Pure."""

from datetime import timedelta
from email.utils import parsedate_to_datetime

from multidict import CIMultiDictProxy

VALIDATOR_LENGTH = 1024  # characters; no honest ETag comes near


def freshness(headers: CIMultiDictProxy[str]) -> timedelta | None:
    """How long the answer stays fresh: Cache-Control before Expires (RFC 9111, 4.2.1)."""
    age = _seconds(headers.get("Age", "")) or timedelta()
    told: dict[str, str] = {}
    for directive in ",".join(headers.getall("Cache-Control", ())).lower().split(","):
        name, _, value = directive.strip().partition("=")
        told.setdefault(name, value.strip('" '))  # of two that differ the first, as there
    if told.keys() & {"no-cache", "no-store"}:
        return None
    fresh = _seconds(told["max-age"]) if "max-age" in told else _until(headers, "Expires")
    return None if fresh is None else max(fresh - age, timedelta())


def retry_after(headers: CIMultiDictProxy[str]) -> timedelta | None:
    """How long the server asks us to stay away, in seconds or as a date (RFC 9110, 10.2.3)."""
    return _seconds(headers.get("Retry-After", "")) or _until(headers, "Retry-After")


def _seconds(text: str) -> timedelta | None:
    text = text.strip()
    if not (text.isascii() and text.isdigit()):
        return None
    return timedelta(seconds=min(int(text[:12]), 10**9))


def _until(headers: CIMultiDictProxy[str], name: str) -> timedelta | None:
    # Both dates are the server's own: a clock that is wrong there or here does not matter.
    try:
        until = parsedate_to_datetime(headers.get(name, ""))
        sent = parsedate_to_datetime(headers.get("Date", ""))
        return max(until - sent, timedelta())
    except (ValueError, TypeError):  # no date, or one with a zone and one without
        return None
    except OverflowError:  # a year, hour or zone beyond a C integer
        return None


def validator(text: str | None) -> str | None:
    """A validator as it came, if it is one that can be sent back byte for byte."""
    if text is None or not text or len(text) > VALIDATOR_LENGTH:
        return None
    return text if text.isascii() and text.isprintable() else None
