"""Dates as feeds write them: RFC 822 and its abuses, ISO 8601, Japanese, Unix time.

A date is only taken if it can be read without guessing which number is the month: "11/09/2026" is
no date here, "11/16/2026" is one.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

JST = timezone(timedelta(hours=9), "JST")

MAX_LENGTH = 80  # characters; no date is longer

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_ZONES = {  # hours; the North American ones are RFC 822's
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "bst": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "eet": 2, "eest": 3, "msk": 3,
    "ist": 5.5, "ict": 7, "wib": 7, "sgt": 8, "hkt": 8, "cnt": 8, "jst": 9, "kst": 9,
    "asia/tokyo": 9,
    "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
# The year before the first.
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "R": 2018, "H": 1988}

_CLOCK = (
    r"(?:(?P<half>午前|午後)?\s*(?P<hour>\d{1,2})\s*(?:[:時.h]\s*(?P<minute>\d{1,2})\s*"
    r"(?:[:分.]\s*(?P<second>\d{1,2})秒?(?:[.,]\d+)?|分)?|時|(?=\s*[ap]\.?m\b))"
    r"\s*(?P<ampm>[ap]\.?m\b\.?)?)"
)
_DAY_NAME = r"(?:(?:[a-z]{2,9}\.?|[月火水木金土日](?:曜日?)?)(?:,\s*|\s+))?"
_AT = r"(?:,?\s*(?:at\s+|[-–|]\s+)?"
_MONTH_NAME = r"(?P<name>[a-z]{3,9})\.?"
_FORMS = tuple(
    re.compile(form, re.VERBOSE | re.IGNORECASE)
    for form in (
        # 2026-11-09T07:05:00+09:00, 2026/11/09 07:05, 2026.11.9, 2026. 11. 9.
        (
            r"(?P<year>\d{4})\s?([-/.])\s?(?P<month>\d{1,2})\s?\2\s?(?P<day>\d{1,2})(?!\d)[./]?"
            rf"(?:\s*\([^()]{{1,9}}\))?(?:(?:t|\s|,|(?<=[/.]))\s*{_CLOCK})?"
        ),
        # Mon, 09 Nov 2026 07:05:00 JST, 月, 9 11月 2026 07:05:00 +0900
        (
            rf"{_DAY_NAME}(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[\s-]+"
            rf"(?:{_MONTH_NAME}|(?P<month>\d{{1,2}})月),?[\s-]+"
            rf"(?P<year>\d{{4}}|\d{{2}}){_AT}{_CLOCK})?"
        ),
        # 20261109T070500Z, 2026-11-09T0705
        (
            r"(?P<year>\d{4})(-?)(?P<month>\d{2})\2(?P<day>\d{2})(?:(?:t|\s)?"
            r"(?P<hour>\d{2})(?::?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,]\d+)?)?)?)?"
        ),
        # 2026-W46-1, 2026-313
        (
            r"(?P<year>\d{4})(-?)(?:w(?P<week>\d{2})\2(?P<weekday>[1-7])|(?P<yearday>\d{3}))"
            rf"(?:(?:t|\s)\s*{_CLOCK})?"
        ),
        # 2026年11月9日(月) 7時5分, 令和8年11月9日, R8.11.9
        (
            r"(?:(?P<era>令和|平成|昭和|[RH](?=\d{1,2}[年./]))\s*)?(?P<year>\d{1,4}|元)\s*(?:年|(?<=\d)"
            r"(?P<dot>[./]))\s*(?P<month>\d{1,2})\s*(?:月|(?P=dot))\s*(?P<day>\d{1,2})(?:日|\b)"
            rf"\s*(?:\([^()]{{1,9}}\)|[月火水木金土日]曜日?)?\s*(?:{_CLOCK})?"
        ),
        # November 9, 2026 at 7:05 pm
        (
            rf"{_DAY_NAME}{_MONTH_NAME}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+"
            rf"(?P<year>\d{{4}}){_AT}{_CLOCK})?"
        ),
        # Mon Nov  9 07:05:00 2026
        (
            rf"{_DAY_NAME}{_MONTH_NAME}\s+(?P<day>\d{{1,2}})\s+{_CLOCK}"
            r"(?:\s+(?P<zone>[a-z]{2,4}))?\s+(?P<year>\d{4})"
        ),
        # 2026 Nov 9, 2026-Nov-09
        rf"(?P<year>\d{{4}})[\s-]{_MONTH_NAME}[\s-](?P<day>\d{{1,2}}){_AT}{_CLOCK})?",
        # 9.11.2026: with dots the day comes first everywhere
        rf"{_DAY_NAME}(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}}){_AT}{_CLOCK})?",
        # 16/11/2026 and 11/16/2026: there is no month 16
        (
            rf"{_DAY_NAME}(?:(?P<day>1[3-9]|2\d|3[01])([/-])(?P<month>0?[1-9]|1[0-2])"
            rf"|(?P<month2>0?[1-9]|1[0-2])([/-])(?P<day2>1[3-9]|2\d|3[01]))[/-](?P<year>\d{{4}})"
            rf"{_AT}{_CLOCK})?"
        ),
    )
)
# The two that nearly all feeds use, and use well.
_RFC_822 = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d)(?::(\d\d))? "
    r"(?:([+-])(\d\d)(\d\d)|GMT|UTC|Z)"
)
_ISO_8601 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:([+-])(\d\d):?(\d\d)|Z)"
)
# How only Japanese is written: what names no zone then is the time of Japan.
_JAPANESE = re.compile("[年月日時]|午前|午後|令和|平成|昭和|[０-９]")
LATEST_HOUR = 29  # Japanese writers count on after midnight: 25時 is one o'clock of the next day
_UNIX_TIME = re.compile(r"(\d{10})(?:\.\d*)?|(\d{10})\d{3}|(\d{10})\d{6}")
_LABEL = re.compile(r"[^\d(]{2,20}[:：]\s*")  # "公開日: ", "Published: "
_ZONE = re.compile(
    r"[\s(\[]*(?:(?P<name>[a-z]{1,5}(?:/[a-z_]{1,20})?)\b)?\s*"
    r"(?:(?P<sign>[+−-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?(?:\s*[a-z]{1,5}\b)?)?"
    r"\s*(?:[(\[][^()\[\]]*[)\]])?\s*(?:更新|配信|掲載|公開)?\s*\Z",
    re.IGNORECASE,
)


def parse_date(text: str, default_zone: tzinfo) -> datetime | None:
    """The moment in UTC, or None if the text holds no date that is certain.

    `default_zone` is meant where the text names no zone and is not written in Japanese.
    """
    text = text[:MAX_LENGTH].strip()
    moment = _usual(text)
    if moment is not None:
        return moment
    if not text.isascii():
        default_zone = JST if _JAPANESE.search(text) else default_zone
        text = unicodedata.normalize("NFKC", text)
    unix = _UNIX_TIME.fullmatch(text)
    if unix:
        return datetime.fromtimestamp(int(unix[1] or unix[2] or unix[3]), UTC)
    return _read(text, default_zone) or _read(_LABEL.sub("", text, count=1), default_zone)


def _usual(text: str) -> datetime | None:
    """The moment of a date in one of the usual forms, written as their standards say."""
    found = _RFC_822.fullmatch(text)
    if found:
        month = _MONTHS.get(found[2].lower(), 0)
        year, day = int(found[3]), int(found[1])
    else:
        found = _ISO_8601.fullmatch(text)
        if found is None:
            return None
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    hour, minute, second = int(found[4]), int(found[5]), int(found[6] or 0)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        if found[7] and found[8] == found[9] == "00":
            return moment
        if found[7] and int(found[8]) < 24:
            east = timedelta(hours=int(found[8]), minutes=int(found[9]))
            return moment - east if found[7] == "+" else moment + east
    except (ValueError, OverflowError):
        return None  # 24 o'clock, a leap second, the year 0: see below
    return None if found[7] else moment


def _read(text: str, default_zone: tzinfo) -> datetime | None:
    for form in _FORMS:
        found = form.match(text)
        if found:
            zone = _zone(text[found.end() :], default_zone)
            if zone is not None:
                return _moment(found.groupdict(), zone)
    return None


def _moment(parts: dict[str, str | None], zone: tzinfo) -> datetime | None:
    if parts.get("zone"):
        zone = _named(parts["zone"] or "", zone)
    hour = int(parts.get("hour") or 0)
    half = parts.get("half") or (parts.get("ampm") or "").lower()
    if half.startswith(("午後", "p")) and hour < 12:
        hour += 12
    elif half.startswith(("午前", "a")) and hour == 12:
        hour = 0
    second = min(int(parts.get("second") or 0), 59)  # leap seconds
    days = 0
    if hour == 24 or (24 < hour <= LATEST_HOUR and zone == JST):
        days, hour = 1, hour - 24
    try:
        moment = datetime.combine(
            _day(parts),
            time(hour, int(parts.get("minute") or 0), second),
            tzinfo=zone,
        )
        return (moment + timedelta(days=days)).astimezone(UTC)
    except (ValueError, OverflowError):  # 31 November, the year 0
        return None


def _day(parts: dict[str, str | None]) -> date:
    year = _year(parts)
    if parts.get("week"):
        return date.fromisocalendar(year, int(parts["week"] or 0), int(parts["weekday"] or 0))
    if parts.get("yearday"):
        day = date(year, 1, 1) + timedelta(days=int(parts["yearday"] or 0) - 1)
        if day.year != year:
            raise ValueError("no such day of the year")
        return day
    return date(year, _month(parts), int(parts["day"] or parts.get("day2") or 0))


def _year(parts: dict[str, str | None]) -> int:
    text = parts["year"] or ""
    year = 1 if text == "元" else int(text)
    era = parts.get("era")
    if era:
        return _ERAS[era.upper()] + year
    if len(text) == 2:  # RFC 2822, 4.3
        return year + (2000 if year < 50 else 1900)
    return year


def _month(parts: dict[str, str | None]) -> int:
    name = parts.get("name")
    if name:
        return _MONTHS.get(name[:3].lower(), 0)
    return int(parts["month"] or parts.get("month2") or 0)


def _zone(text: str, default: tzinfo) -> tzinfo | None:
    """The zone that follows a date; None if something else follows."""
    found = _ZONE.match(text)
    if found is None:
        return None
    if found["sign"]:
        minutes = int(found["hours"]) * 60 + int(found["minutes"] or 0)
        if minutes >= 24 * 60:
            return None
        return timezone(timedelta(minutes=minutes if found["sign"] == "+" else -minutes))
    return _named(found["name"], default) if found["name"] else default


def _named(name: str, default: tzinfo) -> tzinfo:
    hours = _ZONES.get(name.lower())
    return default if hours is None else timezone(timedelta(hours=hours))
