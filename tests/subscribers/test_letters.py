from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from digest.model import Choice, CompanyId, Preferences, TopicId
from digest.settings import Edition, InboxSettings, Schedule
from digest.subscribers.commands import Confirm, from_address
from digest.subscribers.letters import Masthead, confirmation
from digest.subscribers.wording import from_subject

KEY = "abcdefghijklmnopqrstuvwxyz234567"
TOKYO = ZoneInfo("Asia/Tokyo")
SCHEDULES = {
    "weekly": Schedule(at=time(7), weekdays=frozenset({0})),
    "twice": Schedule(at=time(7), weekdays=frozenset({3, 0})),
    "daily": Schedule(at=time(7)),
    "monthly": Schedule(at=time(7), day_of_month=1),
}


def words(
    *, plus: bool = True, title: str = "Kuruma Weekly", mailbox: str = "weekly@example.org"
) -> Masthead:
    return Masthead(
        title=title,
        editions={n: Edition(name=n, schedule=s, zone=TOKYO) for n, s in SCHEDULES.items()},
        inbox=InboxSettings(maildir=Path("inbox"), address=mailbox, plus_addressing=plus),
    )


def reader(
    language: str = "en",
    rhythm: str = "weekly",
    *,
    companies: tuple[str, ...] = (),
    topics: tuple[str, ...] = (),
) -> Preferences:
    return Preferences(
        choice=Choice(
            language=language,
            companies=frozenset(map(CompanyId, companies)),
            topics=frozenset(map(TopicId, topics)),
        ),
        rhythm=rhythm,
    )


def text(preferences: Preferences) -> str:
    return confirmation(words(), preferences, KEY, timedelta(days=7)).text


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_reply_to_the_letter_confirms(language: str) -> None:
    letter = confirmation(words(), reader(language), KEY, timedelta(days=7))
    assert letter.reply_to is not None
    assert from_address([letter.reply_to], "weekly@example.org") == Confirm(KEY)
    assert f"mailto:weekly+confirm-{KEY}@example.org" in letter.text
    assert letter.language == language
    assert KEY not in letter.subject


@pytest.mark.parametrize("language", ["en", "ja"])
def test_without_plus_addresses_a_reply_confirms_by_its_subject(language: str) -> None:
    letter = confirmation(words(plus=False), reader(language), KEY, timedelta(days=7))
    assert letter.reply_to == "weekly@example.org"
    assert from_subject(f"Re: {letter.subject}") == Confirm(KEY)
    assert f"mailto:weekly@example.org?subject=confirm%20{KEY}" in letter.text


def test_where_a_plus_address_would_be_too_long_a_reply_confirms_by_its_subject() -> None:
    mailbox = f"{'kuruma-' * 4}@example.org"
    letter = confirmation(words(mailbox=mailbox), reader(), KEY, timedelta(days=7))
    assert letter.reply_to == mailbox
    assert from_subject(f"Re: {letter.subject}") == Confirm(KEY)


@pytest.mark.parametrize(
    ("language", "rhythm", "said"),
    [
        ("en", "weekly", "every Monday\n"),
        ("en", "twice", "every Monday and Thursday\n"),
        ("en", "daily", "every day\n"),
        ("en", "monthly", "once a month (day 1)\n"),
        ("en", "alerts", "when important news breaks\n"),
        ("ja", "weekly", "毎週月曜日\n"),
        ("ja", "twice", "毎週月・木曜日\n"),
        ("ja", "daily", "毎日\n"),
        ("ja", "monthly", "月に1回（1日）\n"),
        ("ja", "alerts", "重要なニュースが出たとき\n"),
    ],
)
def test_it_says_how_often_they_would_get_mail(language: str, rhythm: str, said: str) -> None:
    assert said in text(reader(language, rhythm))


@pytest.mark.parametrize(
    ("preferences", "said"),
    [
        (reader(), "the news of Japan's car industry\n"),
        (
            reader(companies=("nissan", "honda"), topics=("ev",)),
            "the news of Japan's car industry about honda, nissan, but only\non ev\n",
        ),
        (reader("ja"), "日本の自動車業界のニュース\n"),
        (reader("ja", topics=("ev",)), "日本の自動車業界のニュース（ev）\n"),
    ],
)
def test_it_says_what_they_would_get(preferences: Preferences, said: str) -> None:
    assert said in text(preferences)


def test_it_says_that_doing_nothing_is_enough_to_hear_no_more() -> None:
    assert "do nothing" in text(reader())
    assert "何もしないでください" in text(reader("ja"))
    assert "7 days" in text(reader())


def test_braces_in_the_title_are_only_words() -> None:
    letter = confirmation(words(title="{token}"), reader(), KEY, timedelta(days=7))
    assert "asked for {token} at" in letter.text


@pytest.mark.parametrize("language", ["en", "ja"])
def test_with_pages_the_letter_leads_to_the_one_that_confirms(language: str) -> None:
    given = replace(words(), public_url="https://weekly.example.org")
    letter = confirmation(given, reader(language), KEY, timedelta(days=7))
    assert f"\nhttps://weekly.example.org/c/{KEY}\n" in letter.text
    assert "mailto:" in letter.text
