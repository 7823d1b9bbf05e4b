"""How values are written in feeds.toml: lengths of time, rates, hours, names, rules.

What each says is checked by whoever owns its language. Everything raises ValueError with what is
allowed, for config.py to gather.
"""

import re
import unicodedata
from collections import Counter
from datetime import time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digest import settings as s
from digest.mail.senders import parse_sender

_UNITS = {"s": 1, "min": 60, "h": 3600, "day": 86400, "days": 86400, "d": 86400}
_DURATION = re.compile(
    rf"(\d+(?:\.\d+)?)\s*({'|'.join(sorted(_UNITS, key=len, reverse=True))})", re.ASCII
)
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(s|min|h)", re.ASCII)
_CLOCK = r"((?:[01]?\d|2[0-3]):[0-5]\d)"
_HOURS = re.compile(rf"{_CLOCK}\s*-\s*{_CLOCK}", re.ASCII)
UNSHOWN = frozenset({"Cc", "Cs", "Zl", "Zp"})  # controls, half characters, ends of lines

LONGEST = timedelta(days=3660)
LONGEST_RESEND = timedelta(hours=48)  # an issue is stale then
LONGEST_REVIEW = timedelta(days=7)
# Sagas are followed for 100 days, and what is usual is learnt from weeks; a monthly issue reads a
# month, and may be late.
ENTRIES_KEPT = timedelta(days=120)
# Reports that mail came back, and what a reader's last issues came to.
DELIVERIES_KEPT = timedelta(days=90)


def parse_duration(text: str) -> timedelta:
    """A length of time such as "30 min". Raises ValueError for anything else."""
    if text == "0":
        return timedelta()
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError('a length of time such as "90 s", "30 min", "2 h" or "6 days"')
    length = float(match[1]) * _UNITS[match[2]]
    if length > LONGEST.total_seconds():
        raise ValueError(f"at most {LONGEST.days} days")
    return timedelta(seconds=length)


def a_second(length: timedelta) -> timedelta:
    """A length of at least a second."""
    if length < timedelta(seconds=1):
        raise ValueError("at least 1 s")
    return length


def a_day(length: timedelta) -> timedelta:
    """A length of at least a day."""
    return _at_least(timedelta(days=1), length)


def entries_kept(length: timedelta) -> timedelta:
    """How long entries are kept after their story's last report."""
    return _at_least(ENTRIES_KEPT, length)


def deliveries_kept(length: timedelta) -> timedelta:
    """How long messages are kept after what became of them."""
    return _at_least(DELIVERIES_KEPT, length)


def _at_least(least: timedelta, length: timedelta) -> timedelta:
    if length < least:
        days = least.days
        raise ValueError(f'at least "{days} {"day" if days == 1 else "days"}"')
    return length


def backup_every(text: str) -> timedelta | None:
    """The time between two backups, of at least an hour; None for "never"."""
    if text == "never":
        return None
    length = parse_duration(text)
    if length < timedelta(hours=1):
        raise ValueError('at least "1 h", or "never"')
    return length


def resend_after(length: timedelta) -> timedelta:
    """How long a message may be of unknown fate before it is sent again."""
    if length > LONGEST_RESEND:
        hours = int(LONGEST_RESEND.total_seconds() // 3600)
        raise ValueError(f'at most "{hours} h": after that a message is given up')
    return length


def review(length: timedelta) -> timedelta:
    """How long before an issue is due its draft is mailed."""
    if not timedelta(minutes=1) <= length <= LONGEST_REVIEW:
        raise ValueError(f'"1 min" to "{LONGEST_REVIEW.days} days" before an issue is due')
    return length


def rate(text: str) -> float | None:
    """A rate such as "10/s" in messages a second; None for "unlimited"."""
    if text == "unlimited":
        return None
    match = _RATE.fullmatch(text.strip())
    if match is None or float(match[1]) == 0:
        raise ValueError('a rate above nothing such as "10/s" or "600/min", or "unlimited"')
    return float(match[1]) / _UNITS[match[2]]


def quiet_hours(text: str) -> s.QuietHours:
    """From one time of the day to another, such as "22:00-07:00"."""
    match = _HOURS.fullmatch(text.strip())
    if match is None or match[1] == match[2]:
        raise ValueError('from one time of the day to another, such as "22:00-07:00"')
    start, end = (time.fromisoformat(each.zfill(5)) for each in match.groups())
    return s.QuietHours(start=start, end=end)


def zone(name: str) -> ZoneInfo:
    """A time zone by its name in the IANA database."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError('a time zone of the IANA database such as "Asia/Tokyo"') from error


def one_line(text: str) -> str:
    """The text if it can be shown on one line as it is. Raises ValueError with what is allowed."""
    # Not isprintable(), which refuses the ideographic space and the joiners of emoji.
    if any(unicodedata.category(character) in UNSHOWN for character in text):
        raise ValueError("one line without control characters")
    return text


def feed_name(text: str) -> str:
    """The id of a feed as the operator may write it."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,60}", text):
        raise ValueError(
            "at most 61 small letters, digits, dots, hyphens and underscores, "
            "a letter or digit first"
        )
    return text


def short_name(text: str) -> str:
    """The name of an edition or a channel."""
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,30}", text):
        raise ValueError(
            "at most 31 small letters, digits, hyphens and underscores, a letter first"
        )
    return text


def language(text: str) -> str:
    """A language by its two letters (ISO 639-1)."""
    if not re.fullmatch(r"[a-z]{2}", text):
        raise ValueError('a language in two small letters, such as "en" or "ja"')
    return text


def rule(text: str) -> str:
    """A rule that can be read, as it was written."""
    from digest.stories.rules import parse  # noqa: PLC0415  # few files hold rules

    parse(text)  # raises RuleError, a ValueError that points at the character
    return text


def sender(text: str) -> str:
    """Whom mail comes from, as it was written."""
    parse_sender(text)
    return text


def each_once(names: list[str]) -> list[str]:
    """Names of which none is there twice."""
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise ValueError(f"each topic once: {', '.join(repeated)} stands there again")
    return names
