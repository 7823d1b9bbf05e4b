"""The words of the letters that the desk sends, in English and Japanese.

Nothing in them comes from the person who asked: a stranger could have asked in their name, and
would be writing to them through us.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from digest.model import Letter, Preferences
from digest.settings import Edition, InboxSettings, Schedule
from digest.subscribers.commands import tagged

_WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ja": ("月", "火", "水", "木", "金", "土", "日"),
}

_ENGLISH = """\
Somebody, probably you, asked for {title} at this address.

You would get: {what}
How often: {often}

To say yes, reply to this mail as it is, or write to
{confirm}

If it was not you, do nothing: you will not hear from us again.
This question is good for {days} days.
"""

_JAPANESE = """\
このメールアドレスで「{title}」の購読の申し込みがありました。

お届けする内容: {what}
頻度: {often}

購読を始めるには、このメールにそのまま返信するか、次の宛先にメールをお送りください。
{confirm}

お心当たりがない場合は、何もしないでください。今後メールをお送りすることはありません。
この確認の有効期間は{days}日間です。
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What letters say of this list."""

    title: str
    editions: Mapping[str, Edition]
    inbox: InboxSettings


def confirmation(words: Words, preferences: Preferences, token: str, good_for: timedelta) -> Letter:
    """The letter that asks the owner of an address whether they want the list."""
    language = preferences.choice.language
    mailbox = words.inbox.address
    answer_to = tagged(mailbox, f"confirm-{token}") if words.inbox.plus_addressing else None
    if answer_to is not None:
        link = f"mailto:{quote(answer_to, safe='@+')}?subject=confirm"
        subject = _subject(words.title, language)
    else:  # the token has to come back in the subject, at its end
        answer_to = mailbox
        link = f"mailto:{quote(answer_to, safe='@+')}?subject=confirm%20{token}"
        asked = " confirm" if language == "ja" else ""
        subject = f"{_subject(words.title, language)}{asked} {token}"
    text = (_JAPANESE if language == "ja" else _ENGLISH).format(
        title=words.title,
        what=_what(preferences),
        often=_often(preferences.rhythm, words.editions, language),
        confirm=link,
        days=good_for.days,
    )
    return Letter(subject=subject, text=text, reply_to=answer_to, language=language)


def _subject(title: str, language: str) -> str:
    return f"{title} 購読の確認" if language == "ja" else f"{title}: please confirm"


def _what(preferences: Preferences) -> str:
    choice = preferences.choice
    chosen = ", ".join(sorted([*choice.companies, *choice.topics]))
    if choice.language == "ja":
        return f"日本の自動車業界のニュース（{chosen}）" if chosen else "日本の自動車業界のニュース"
    about = f" about {chosen}" if chosen else ""
    return f"the news of Japan's car industry{about}"


def _often(rhythm: str, editions: Mapping[str, Edition], language: str) -> str:
    if rhythm in editions:
        return _schedule(editions[rhythm].schedule, language)
    return "重要なニュースが出たとき" if language == "ja" else "when important news breaks"


def _schedule(schedule: Schedule, language: str) -> str:
    days = [_WEEKDAYS[language][day] for day in sorted(schedule.weekdays)]
    if language == "ja":
        if schedule.day_of_month is not None:
            return f"月に1回（{schedule.day_of_month}日）"
        return f"毎週{'・'.join(days)}曜日" if days else "毎日"
    if schedule.day_of_month is not None:
        return f"once a month (day {schedule.day_of_month})"
    return f"every {' and '.join(days)}" if days else "every day"
