"""The words of the letters that the desk sends, in English and Japanese.

Nothing in them comes from the person who asked: a stranger could have asked in their name, and
would be writing to them through us.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import assert_never
from urllib.parse import quote

from digest.english import counted
from digest.issues.widths import folded
from digest.model import (
    AlertWish,
    CompanyId,
    Letter,
    Preferences,
    TopicId,
    Wish,
    WishKind,
    wish_of,
)
from digest.settings import LAST_DAY, Edition, InboxSettings, Schedule
from digest.stories.lexicon import Name
from digest.subscribers import links
from digest.subscribers.commands import tagged

_WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ja": ("月", "火", "水", "木", "金", "土", "日"),
}

_ENGLISH = """\
Somebody, probably you, asked for {title} at this address.

You would get: {what}
How often: {often}
{alerts}{lately}
{yes}reply to this mail as it is, or write to
{confirm}

If it was not you, do nothing: you will not hear from us again.
This question is good for {days} days.
"""

_JAPANESE = """\
このメールアドレスで「{title}」の購読の申し込みがありました。

お届けする内容: {what}
頻度: {often}
{alerts}{lately}
{yes}このメールにそのまま返信するか、次の宛先にメールをお送りください。
{confirm}

お心当たりがない場合は、何もしないでください。今後メールをお送りすることはありません。
この確認の有効期間は{days}日間です。
"""

_ENGLISH_QUESTION = """\
Somebody, probably you, wrote to {title} from this address and asked us
{what}.

We cannot see whether it was you, so nothing has been changed.
To say yes, reply to this mail as it is, or write to
{confirm}

If it was not you, do nothing. This question is good for {days} days.
"""

_JAPANESE_QUESTION = """\
このメールアドレスから「{title}」に、{what}のご依頼がありました。

ご本人かどうかを確認できないため、まだ何も変更していません。よろしければ、
このメールにそのまま返信するか、次の宛先にメールをお送りください。
{confirm}

お心当たりがない場合は、何もしないでください。この確認の有効期間は{days}日間です。
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Masthead:
    """What letters say of this list."""

    title: str
    editions: Mapping[str, Edition]
    inbox: InboxSettings
    zone: tzinfo = UTC
    language: str = "en"  # where nobody has chosen one
    companies: Mapping[CompanyId, Name] = field(default_factory=dict)
    topics: Mapping[TopicId, Name] = field(default_factory=dict)
    public_url: str | None = None  # of the pages, without a slash at its end


def confirmation(
    masthead: Masthead,
    preferences: Preferences,
    token: str,
    good_for: timedelta,
    stories: float | None = None,
) -> Letter:
    """The letter that asks the owner of an address whether they want the list.

    `stories`: so many the issues of late would have told them, each; None if nobody knows.
    """
    language = preferences.choice.language
    text = (_JAPANESE if language == "ja" else _ENGLISH).format(
        title=masthead.title,
        what=what(preferences, masthead),
        often=often(preferences.rhythm, masthead.editions, language),
        lately=_lately(preferences, masthead, stories),
        alerts=_alerts(preferences, language),
        yes=_yes(masthead, language, token),
        confirm="{confirm}",
        days=good_for.days,
    )
    return _asking(masthead, language, token, text)


def question(
    masthead: Masthead, wish: Wish, language: str, token: str, good_for: timedelta
) -> Letter:
    """The letter that asks a reader whether they meant what a mail in their name wants."""
    text = (_JAPANESE_QUESTION if language == "ja" else _ENGLISH_QUESTION).format(
        title=masthead.title,
        what=_wished(wish, masthead, language),
        confirm="{confirm}",
        days=good_for.days,
    )
    return _asking(masthead, language, token, text)


def _asking(masthead: Masthead, language: str, token: str, text: str) -> Letter:
    """A letter that a reply to says yes; `{confirm}` in its text is where else to write to."""
    mailbox = masthead.inbox.address
    answer_to = tagged(mailbox, f"confirm-{token}") if masthead.inbox.plus_addressing else None
    if answer_to is not None:
        link = f"mailto:{quote(answer_to, safe='@+')}?subject=confirm"
        subject = _subject(masthead.title, language)
    else:  # the token has to come back in the subject, at its end
        answer_to = mailbox
        link = f"mailto:{quote(answer_to, safe='@+')}?subject=confirm%20{token}"
        asked = " confirm" if language == "ja" else ""
        subject = f"{_subject(masthead.title, language)}{asked} {token}"
    text = link.join(text.rsplit("{confirm}", 1))  # the title may have braces, too
    return Letter(subject=subject, text=folded(text), reply_to=answer_to, language=language)


def _yes(masthead: Masthead, language: str, token: str) -> str:
    """What begins the sentence that tells how to say yes by mail; where we have pages, after one.

    The page asks once more with a button: programs that look at links must not say yes.
    """
    if masthead.public_url is None:
        return "購読を始めるには、" if language == "ja" else "To say yes, "
    page = links.page(masthead.public_url, links.CONFIRM, token)
    if language == "ja":
        return f"購読を始めるには、次のページでボタンを押してください。\n{page}\n\nまたは、"
    return f"To say yes, open this page and press its button:\n{page}\n\nInstead you may "


def _subject(title: str, language: str) -> str:
    return f"{title} 購読の確認" if language == "ja" else f"{title}: please confirm"


def what(preferences: Preferences, masthead: Masthead) -> str:
    """What a reader gets, in their language."""
    choice = preferences.choice
    japanese = choice.language == "ja"
    companies = sorted(
        _name(masthead.companies.get(c), c, choice.language) for c in choice.companies
    )
    topics = sorted(_name(masthead.topics.get(t), t, choice.language) for t in choice.topics)
    groups = [group for group in (companies, topics) if group]
    if japanese:
        chosen = "のうち".join("・".join(group) for group in groups)
        return f"日本の自動車業界のニュース（{chosen}）" if chosen else "日本の自動車業界のニュース"
    chosen = ", but only on ".join(", ".join(group) for group in groups)
    return f"the news of Japan's car industry{f' about {chosen}' if chosen else ''}"


def day(moment: datetime, masthead: Masthead, language: str) -> str:
    """A day as its readers write it, in the list's zone."""
    local = moment.astimezone(masthead.zone)
    if language == "ja":
        return f"{local.year}年{local.month}月{local.day}日"
    return f"{local.day} {local:%B %Y}"


def _name(name: Name | None, id_: str, language: str) -> str:
    return id_ if name is None else name(language)


def _wished(wish: Wish, masthead: Masthead, language: str) -> str:
    """What was asked for, as the object of a sentence."""
    until = "" if wish.until is None else day(wish.until, masthead, language)
    preferences = wish.preferences or Preferences()
    chosen = what(preferences, masthead)
    times = often(preferences.rhythm, masthead.editions, language)
    told = alerts(preferences, language) if wish_of(preferences) is not AlertWish.NONE else ""
    if language == "ja":
        named = {
            WishKind.JOIN: "購読",
            WishKind.LEAVE: "配信停止",
            WishKind.PAUSE: f"{until}までの配信休止",
            WishKind.RESUME: "配信再開",
            WishKind.CHANGE: f"設定変更（{chosen}、{times}{told and f'、速報: {told}'}）",
            WishKind.MUTE: f"{until}までの速報休止",
            WishKind.UNMUTE: "速報再開",
        }
    else:
        named = {
            WishKind.JOIN: "to send it",
            WishKind.LEAVE: "to send nothing more",
            WishKind.PAUSE: f"to send nothing until {until}",
            WishKind.RESUME: "to send it again",
            WishKind.CHANGE: f"to send {chosen}, {times}{told and f'; alerts: {told}'}",
            WishKind.MUTE: f"to send no alerts until {until}",
            WishKind.UNMUTE: "to send alerts again",
        }
    return named[wish.kind]


def _alerts(preferences: Preferences, language: str) -> str:
    """Which alerts, as a line of its own; "" if none."""
    if wish_of(preferences) is AlertWish.NONE:
        return ""
    told = alerts(preferences, language)
    return f"速報: {told}\n" if language == "ja" else f"Alerts: {told}\n"


def _lately(preferences: Preferences, masthead: Masthead, stories: float | None) -> str:
    """What such a choice would have meant, as a line of its own; "" if nobody knows."""
    edition = masthead.editions.get(preferences.rhythm)
    if edition is None or stories is None:
        return ""
    monthly = edition.schedule.day_of_month is not None
    mails = 1 if monthly else len(edition.schedule.weekdays) or 7
    number = round(stories * mails)
    if preferences.choice.language == "ja":
        time = "月" if monthly else "週"
        return f"最近の目安: {time}に{mails}通、記事は合わせて約{number}本\n"
    time = "month" if monthly else "week"
    told = counted(number, "story", "stories")
    return f"Lately that was about {told} in {counted(mails, 'mail')} a {time}.\n"


def alerts(preferences: Preferences, language: str) -> str:
    """Which alerts a reader gets. Rules are counted only: a stranger may have written them."""
    japanese = language == "ja"
    wish, rules = wish_of(preferences), len(preferences.rules)
    own = (
        f"ご自分の条件{rules}件"
        if japanese
        else counted(rules, "rule of your own", "rules of your own")
    )
    if not rules:
        own = "ご自分の条件（まだありません）" if japanese else "your own rules; you have none yet"
    match wish:
        case AlertWish.NONE:
            return "なし" if japanese else "none"
        case AlertWish.RULES:
            return own if japanese else f"by {own}"
        case AlertWish.BREAKING if not rules:
            return "重大なニュース" if japanese else "when news breaks"
        case AlertWish.BREAKING:
            return f"重大なニュースと{own}" if japanese else f"when news breaks, and by {own}"
        case _:
            assert_never(wish)


def often(rhythm: str, editions: Mapping[str, Edition], language: str) -> str:
    """How often such a reader gets mail, in that language."""
    if rhythm in editions:
        return _schedule(editions[rhythm].schedule, language)
    return "重要なニュースが出たとき" if language == "ja" else "when important news breaks"


def _schedule(schedule: Schedule, language: str) -> str:
    days = [_WEEKDAYS[language][day] for day in sorted(schedule.weekdays)]
    if language == "ja":
        if schedule.day_of_month is not None:
            last = schedule.day_of_month == LAST_DAY
            return f"月に1回（{'末日' if last else f'{schedule.day_of_month}日'}）"
        return f"毎週{'・'.join(days)}曜日" if days else "毎日"
    if schedule.day_of_month is not None:
        last = schedule.day_of_month == LAST_DAY
        return f"once a month ({'last day' if last else f'day {schedule.day_of_month}'})"
    return f"every {' and '.join(days)}" if days else "every day"
