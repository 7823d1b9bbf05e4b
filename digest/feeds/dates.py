"""Dates as feeds write them: RFC 822 and its abuses, ISO 8601, Japanese. Pure.

A date is only taken if it can be read without guessing which number is the month: "11/09/2026" is
no date here.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo

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
    "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
_ERAS = {"令和": 2018, "平成": 1988}  # the year before the first

_CLOCK = (
    r"(?:(?P<half>午前|午後)?\s*(?P<hour>\d{1,2})\s*(?:[:時.]\s*(?P<minute>\d{1,2})\s*"
    r"(?:[:分.]\s*(?P<second>\d{1,2})秒?(?:[.,]\d+)?|分)?|時)"
    r"\s*(?P<ampm>[ap]\.?m\b\.?)?)"
)
_DAY_NAME = r"(?:[a-z]{2,9}\.?,?\s+)?"
_FORMS = tuple(
    re.compile(form, re.VERBOSE | re.IGNORECASE)
    for form in (
        # 2026-11-09T07:05:00+09:00, 2026/11/09 07:05, 2026.11.9
        (
            rf"(?P<year>\d{{4}})([-/.])(?P<month>\d{{1,2}})\2(?P<day>\d{{1,2}})"
            rf"(?:\s*\([^()]{{1,9}}\))?(?:(?:t|\s|,)\s*{_CLOCK})?"
        ),
        # Mon, 09 Nov 2026 07:05:00 JST
        (
            rf"{_DAY_NAME}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?P<name>[a-z]{{3,9}})\.?,?[\s-]+"
            rf"(?P<year>\d{{4}}|\d{{2}})(?:,?\s*(?:at\s+)?{_CLOCK})?"
        ),
        # 20261109T070500Z
        (
            r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
            r"(?:t?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?"
        ),
        # 2026年11月9日(月) 7時5分, 令和8年11月9日
        (
            rf"(?:(?P<era>令和|平成)\s*)?(?P<year>\d{{1,4}}|元)年\s*(?P<month>\d{{1,2}})月\s*"
            rf"(?P<day>\d{{1,2}})日\s*(?:\([^()]{{1,9}}\)|[月火水木金土日]曜日?)?\s*(?:{_CLOCK})?"
        ),
        # November 9, 2026 at 7:05 pm
        (
            rf"{_DAY_NAME}(?P<name>[a-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+"
            rf"(?P<year>\d{{4}})(?:,?\s*(?:at\s+)?{_CLOCK})?"
        ),
        # Mon Nov  9 07:05:00 2026
        (
            rf"{_DAY_NAME}(?P<name>[a-z]{{3,9}})\s+(?P<day>\d{{1,2}})\s+{_CLOCK}"
            rf"(?:\s+(?P<zone>[a-z]{{2,4}}))?\s+(?P<year>\d{{4}})"
        ),
    )
)
_ZONE = re.compile(
    r"[\s(\[]*(?:(?P<name>[a-z]{1,5})\b)?\s*(?:(?P<sign>[+−-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?)?"
    r"\s*(?:[(\[][^()\[\]]*[)\]])?\s*(?:更新|配信|掲載|公開)?\s*\Z",
    re.IGNORECASE,
)


def parse_date(text: str, default_zone: tzinfo) -> datetime | None:
    """The moment in UTC, or None if the text holds no date that is certain.

    `default_zone` is meant where the text names no zone.
    """
    text = text[:MAX_LENGTH].strip()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    for form in _FORMS:
        found = form.match(text)
        if found:
            zone = _zone(text[found.end() :], default_zone)
            if zone is None:
                continue
            return _moment(found.groupdict(), zone)
    return None


def _moment(parts: dict[str, str | None], zone: tzinfo) -> datetime | None:
    if parts.get("zone"):
        zone = _named(parts["zone"] or "", zone)
    month = _month(parts)
    hour = int(parts.get("hour") or 0)
    half = parts.get("half") or (parts.get("ampm") or "").lower()
    if half.startswith(("午後", "p")) and hour < 12:
        hour += 12
    elif half.startswith(("午前", "a")) and hour == 12:
        hour = 0
    second = min(int(parts.get("second") or 0), 59)  # leap seconds
    midnight = hour == 24  # the end of the day, as Japanese writers may put it
    try:
        moment = datetime(
            _year(parts),
            month,
            int(parts["day"] or 0),
            0 if midnight else hour,
            int(parts.get("minute") or 0),
            second,
            tzinfo=zone,
        )
        return (moment + timedelta(days=int(midnight))).astimezone(UTC)
    except (ValueError, OverflowError):  # 31 November, the year 0
        return None


def _year(parts: dict[str, str | None]) -> int:
    text = parts["year"] or ""
    year = 1 if text == "元" else int(text)
    era = parts.get("era")
    if era:
        return _ERAS[era] + year
    if len(text) == 2:  # RFC 2822, 4.3
        return year + (2000 if year < 50 else 1900)
    return year


def _month(parts: dict[str, str | None]) -> int:
    name = parts.get("name")
    return _MONTHS.get(name[:3].lower(), 0) if name else int(parts["month"] or 0)


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
