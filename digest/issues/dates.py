"""Days as readers of a language write them."""

from datetime import date

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def full_date(day: date, lang: str) -> str:
    """A date with its year: 16 November 2026, 2026年11月16日."""
    if lang == "ja":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(day: date, lang: str) -> str:
    """A date of this year: 16 Nov, 11月16日."""
    if lang == "ja":
        return f"{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1][:3]}"


def date_range(first: date, last: date, lang: str) -> str:
    """From one date to another, saying month and year once where they are the same."""
    if lang == "ja":
        return _date_range_ja(first, last)
    end = full_date(last, lang)
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{end}"
    if first.year == last.year:
        return f"{first.day} {_MONTHS[first.month - 1]} – {end}"
    return f"{full_date(first, lang)} – {end}"


def _date_range_ja(first: date, last: date) -> str:
    start = full_date(first, "ja")
    if first == last:
        return start
    if (first.year, first.month) == (last.year, last.month):
        return f"{start}〜{last.day}日"
    if first.year == last.year:
        return f"{start}〜{last.month}月{last.day}日"
    return f"{start}〜{full_date(last, 'ja')}"
