"""Stories that many tell, and who watches for them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from digest.alerts.decide import Candidate, Watch, Watcher, decide
from digest.alerts.index import RuleIndex
from digest.model import (
    AlertId,
    AlertWish,
    Burst,
    Choice,
    EntryId,
    LastTold,
    Preferences,
    Raised,
    Recipient,
    Report,
    Status,
    StoredAlert,
    Story,
    StoryId,
    Subscriber,
    SubscriberId,
    ToAddress,
)
from digest.settings import FetchSettings, InboxSettings, MailSettings, Settings
from digest.stories.rules import parse
from tests.builders import NOW, report

DESK = ToAddress("desk@example.org")
DAY = timedelta(days=1)
BURST = Burst(owners=6, within=timedelta(hours=6), usual=1.5, about="nissan")


def told(*hours_ago: float, number: int = 1, **given: Any) -> Story:
    """A story with a report by an owner of its own so many hours ago each."""
    reports = [
        report(
            number * 100 + place,
            published=NOW - timedelta(hours=hours),
            cluster=number,
            **given,
        )
        for place, hours in enumerate(hours_ago)
    ]
    ordered = sorted(reports, key=lambda each: each.entry.published)
    return Story(id=StoryId(number), reports=tuple(ordered))


def every(story: Story) -> frozenset[EntryId]:
    """All reports of a story."""
    return frozenset(each.stored.id for each in story.reports)


def watch(*rules: str, rest: timedelta = DAY, breaking: Choice | None = None) -> Watch:
    """The desk watches by these rules, named as they are, and for what breaks if it is asked to."""
    watcher = Watcher(name="", to=DESK, rest=rest)
    return Watch(
        rules=RuleIndex([(parse(rule), replace(watcher, name=rule)) for rule in rules]),
        breaking={} if breaking is None else {breaking: [watcher]},
    )


def last(raised: Raised, **given: Any) -> LastTold:
    """What the desk was told."""
    breaking = any(not reason.rule for told in raised.told for reason in told.reasons)
    stored = StoredAlert(id=AlertId(1), alert=raised.alert)
    return LastTold(stored=stored, **({"breaking": breaking} | given))


def raise_(
    story: Story,
    watching: Watch,
    *,
    burst: Burst | None = None,
    before: Raised | None = None,
    now: datetime = NOW,
) -> Raised | None:
    """What a look at a story raises for the desk, which was told `before`."""
    known: dict[Recipient, LastTold] = {} if before is None else {DESK: last(before)}
    return decide(Candidate(story=story, burst=burst, last=known), watching, now)


def reader(number: int = 1, **given: Any) -> Subscriber:
    """An active reader who wants what breaks."""
    preferences = Preferences(
        choice=given.pop("choice", Choice()),
        rhythm=given.pop("rhythm", "weekly"),
        alerts=given.pop("alerts", AlertWish.BREAKING),
        rules=given.pop("rules", ()),
    )
    defaults: dict[str, Any] = {
        "id": SubscriberId(number),
        "address": f"reader{number}@example.org",
        "name": "",
        "status": Status.ACTIVE,
        "preferences": preferences,
        "consent": None,
        "created_at": NOW,
    }
    return Subscriber(**(defaults | given))


def settings(folder: Path = Path("nowhere"), **given: Any) -> Settings:
    """Settings of a project without feeds."""
    defaults: dict[str, Any] = {
        "project": folder,
        "title": "Kuruma Weekly",
        "zone": ZoneInfo("Asia/Tokyo"),
        "language": "en",
        "catch_up": timedelta(days=6),
        "max_stories": 30,
        "sections": (),
        "lexicon": None,
        "editions": {},
        "operator": None,
        "mail": MailSettings(from_name="Kuruma", from_address="weekly@example.org"),
        "inbox": InboxSettings(maildir=folder / "inbox", address="weekly@example.org"),
        "fetch": FetchSettings(),
        "feeds": (),
    }
    return Settings(**(defaults | given))


def titled(story: Story, titles: Iterable[str]) -> Story:
    """The same story in other words."""
    return replace(
        story,
        reports=tuple(
            _in_words(each, title) for each, title in zip(story.reports, titles, strict=True)
        ),
    )


def _in_words(told: Report, title: str) -> Report:
    entry = replace(told.entry, title=title)
    return replace(told, stored=replace(told.stored, entry=entry))
