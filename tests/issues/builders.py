"""Frozen stories, issues and settings with defaults, for tests of compose, views and render."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from digest.issues.calendar import parse_schedule, period_of
from digest.model import (
    CompanyId,
    EarlierStage,
    Headline,
    Issue,
    IssueStory,
    OutletLink,
    StoryId,
    TopicId,
)
from digest.settings import Edition, FetchSettings, InboxSettings, MailSettings, Settings

TOKYO = ZoneInfo("Asia/Tokyo")
WEEKLY = Edition(name="weekly", schedule=parse_schedule("mon 07:00"), zone=TOKYO)
PERIOD = period_of(WEEKLY, "2026-W47")  # 9 to 16 November


class Names:
    """Names as a lexicon would give them: the id, and its language where that is not English."""

    def company_name(self, company: CompanyId, lang: str) -> str:
        return str(company).title() + ("社" if lang == "ja" else "")

    def topic_name(self, topic: TopicId, lang: str) -> str:
        return str(topic).replace("_", " ").capitalize() + ("の話題" if lang == "ja" else "")


def headline(lang: str = "en", number: int = 1, **given: Any) -> Headline:
    defaults = {
        "title": f"Nissan to close plant {number}"
        if lang == "en"
        else f"日産、第{number}工場を閉鎖へ",
        "summary": "The union asks for talks." if lang == "en" else "労組は協議を求めている。",
        "url": f"https://{lang}.example/{number}",
        "outlet": "Trade Paper" if lang == "en" else "業界新聞",
        "lang": lang,
    }
    return Headline(**(defaults | given))


def outlet(name: str = "Trade Paper", lang: str = "en", **given: Any) -> OutletLink:
    defaults: dict[str, Any] = {
        "outlet": name,
        "url": "https://outlet.example/1",
        "lang": lang,
        "published": PERIOD.start + timedelta(hours=5),
    }
    return OutletLink(**(defaults | given))


def issue_story(number: int = 1, **given: Any) -> IssueStory:
    defaults: dict[str, Any] = {
        "story": StoryId(number),
        "rank": number,
        "score": 10.0 / number,
        "reasons": (),
        "section": TopicId("production"),
        "companies": (CompanyId("nissan"),),
        "topics": (TopicId("production"),),
        "headlines": (headline(number=number),),
        "outlets": (outlet(),),
        "owners": 1,
        "published": PERIOD.start + timedelta(hours=5),
    }
    return IssueStory(**(defaults | given))


def stage(number: int = 100, **given: Any) -> EarlierStage:
    defaults: dict[str, Any] = {
        "story": StoryId(number),
        "headlines": (headline(number=number, title=f"Nissan thinks of closing plant {number}"),),
        "published": PERIOD.start - timedelta(days=9),
    }
    return EarlierStage(**(defaults | given))


def issue(*stories: IssueStory, **given: Any) -> Issue:
    defaults: dict[str, Any] = {
        "edition": "weekly",
        "period": PERIOD,
        "title": "Kuruma Weekly",
        "frozen_at": datetime(2026, 11, 15, 22, tzinfo=UTC),
        "stories": stories,
        "entries_read": 250,
    }
    return Issue(**(defaults | given))


def settings(**given: Any) -> Settings:
    defaults: dict[str, Any] = {
        "project": Path("/nowhere"),
        "title": "Kuruma Weekly",
        "zone": TOKYO,
        "language": "en",
        "catch_up": timedelta(days=6),
        "max_stories": 30,
        "sections": (TopicId("tariffs_trade"), TopicId("mergers_alliances"), TopicId("production")),
        "lexicon": None,
        "editions": {"weekly": WEEKLY},
        "operator": None,
        "mail": MailSettings(
            from_name="Kuruma Weekly",
            from_address="weekly@example.org",
            postal_address="1-2-3 Marunouchi, Chiyoda-ku, Tokyo",
        ),
        "inbox": InboxSettings(maildir=Path("/nowhere/inbox"), address="weekly@example.org"),
        "fetch": FetchSettings(),
        "feeds": (),
    }
    return Settings(**(defaults | given))
