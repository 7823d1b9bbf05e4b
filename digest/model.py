"""The vocabulary: frozen values that travel between the stages.

Every stage takes and gives these and nothing looser: no dictionaries, no database rows, no
objects of a parser. What the operator wrote is in `settings`; what may go wrong is in `errors`.
Times are aware and in UTC; only schedules and templates know the readers' zone. It is one long file
on purpose: all the words of the product on one page, in the order of the data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from msgspec import Struct

FeedId = NewType("FeedId", str)
EntryId = NewType("EntryId", int)
ClusterId = NewType("ClusterId", int)
StoryId = NewType("StoryId", int)
CompanyId = NewType("CompanyId", str)
TopicId = NewType("TopicId", str)
IssueId = NewType("IssueId", int)
AlertId = NewType("AlertId", int)
SegmentId = NewType("SegmentId", int)
SubscriberId = NewType("SubscriberId", int)
DeliveryId = NewType("DeliveryId", int)
RequestId = NewType("RequestId", int)

ID_DIGITS = 18  # that the number of any row can have: SQLite's largest is of 19


def require_aware(moment: datetime, what: str) -> None:
    """Refuse a naive datetime: compared with an aware one it fails far from its origin."""
    if moment.utcoffset() is None:
        raise ValueError(f"naive datetime in {what}")


# --- feeds -----------------------------------------------------------------------------------


class FeedKind(StrEnum):
    """What sort of publisher stands behind a feed; newsrooms and regulators are primary sources."""

    TRADE = "trade"
    GENERAL = "general"
    NEWSROOM = "newsroom"
    REGULATOR = "regulator"
    SEARCH = "search"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of one feed, normalised. A revised item is a new Entry, never a changed one."""

    feed: FeedId
    guid: str
    url: str  # canonical: http(s), no tracking parameters, a fragment only if it alone tells apart
    title: str  # plain text as the outlet wrote it, white space folded
    summary: str  # plain text without boilerplate; may be empty
    published: datetime
    dated: bool  # False: the feed gave no date, `published` is when the entry was first seen
    lang: str  # ISO 639-1
    outlet: str  # the publisher's name as a reader knows it

    def __post_init__(self) -> None:
        require_aware(self.published, f"{self.feed}:{self.guid}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry with the identity that the store gave it."""

    id: EntryId
    entry: Entry
    first_seen: datetime


class NotNews(StrEnum):
    """Why an entry that the store did not have is kept, so that it is known, and not told."""

    BEFORE_US = "before_feed"  # dated before this feed was followed
    UNDATED = "undated"  # and there when this feed was first read
    AGED = "aged"  # dated too long before it came
    REPEATED = "repeated"  # one of many that the feed published again at once


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """What the store remembers of an entry, as far as it is needed to know it again."""

    id: EntryId
    guid: str
    url: str
    title_key: str  # the title as it is compared; "" if it is too general to tell entries apart
    title: str
    summary: str
    published: datetime
    dated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry that the store does not have yet."""

    entry: Entry
    title_key: str
    not_news: NotNews | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedEntry:
    """A known entry as it is told now."""

    id: EntryId
    entry: Entry
    title_key: str
    words: bool  # its title or summary changed; else only what it is known by, or its date


@dataclass(frozen=True, slots=True, kw_only=True)
class LostGuid:
    """A known entry whose GUID its feed has given to another."""

    id: EntryId


EntryChange = NewEntry | RevisedEntry | LostGuid


class NoticeKind(StrEnum):
    """What the operator is told of, outside of any reader's mail.

    Most last until they are over. Those of `PASSING` have happened, and there is nothing to heal.
    """

    FEED_BROKEN = "feed broken"
    FEED_GONE = "feed gone"
    FEED_QUIET = "feed quiet"
    MAIL_BLOCKED = "mail blocked"  # none leaves
    MAIL_REFUSED = "mail refused"  # one message, for its content or its sender
    MAIL_UNKNOWN = "outcomes unknown"  # and held for the operator
    MAIL_UNREAD = "mail for you to read"
    MAILBOX_BLOCKED = "mailbox blocked"
    REQUESTS_LIMITED = "too many requests"
    ISSUE_PAUSED = "issue paused"
    ISSUE_RETURNED = "issue returned"
    ISSUE_HELD = "issue held"  # over its due time
    ISSUE_SKIPPED = "issue skipped"
    CHANNEL_BLOCKED = "channel blocked"
    ALERT_REFUSED = "alert refused"
    PAGES_DOWN = "pages down"
    PART_FAILING = "part failing"
    CONFIG_REJECTED = "config rejected"
    CLOCK_JUMPED = "clock jumped"
    DISK_LOW = "disk low"
    BACKUP_FAILING = "backup failing"
    STATE_DAMAGED = "state damaged"
    STATE_RESTORED = "state restored"


PASSING = frozenset(
    {
        NoticeKind.MAIL_REFUSED,
        NoticeKind.MAIL_UNREAD,
        NoticeKind.REQUESTS_LIMITED,
        NoticeKind.ISSUE_RETURNED,
        NoticeKind.ISSUE_SKIPPED,
        NoticeKind.ALERT_REFUSED,
        NoticeKind.CLOCK_JUMPED,
        NoticeKind.STATE_RESTORED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that the operator should know. Kind and subject together are its key."""

    kind: NoticeKind
    about: str  # what it is about: a feed's id, an issue's edition and period
    words: str  # what happened, and what to do
    since: datetime | None = None  # when it began; None: when it is raised


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """That something is over which a notice may have told."""

    kind: NoticeKind
    about: str
    by_hand: bool = False  # the operator knows already that it is


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotice:
    """A notice, how it went on, and what the operator has been told of that."""

    id: int
    notice: Notice  # its `since` is known
    opened_at: datetime  # it was raised, the last time
    times: int = 1  # so often was it raised, no more than a day apart
    healed_at: datetime | None = None  # None: it is open; of what is passing: when it happened
    told_at: datetime | None = None  # the operator was told of it, the last time
    well_at: datetime | None = None  # the operator was told that it is over, the last time


@dataclass(frozen=True, slots=True, kw_only=True)
class PollState:
    """What polling a feed has taught us; written together with the entries it brought."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    last_poll: datetime | None = None
    last_success: datetime | None = None
    next_poll: datetime | None = None  # None: never polled, so due at once
    failures: int = 0  # in a row
    error: str | None = None  # of the last poll, as the operator reads it
    retired: bool = False  # the server said 410 Gone
    ttl: timedelta | None = None  # the longest of the feed's own wishes for the time between polls
    skip_hours: frozenset[int] = frozenset()  # hours in UTC, 0 to 23, in which not to ask
    skip_days: frozenset[int] = frozenset()  # weekdays in UTC in which not to ask; 0 is Monday
    rhythm: timedelta | None = None  # the usual time between two of its entries
    last_news: datetime | None = None  # when it last brought an entry that we did not have
    failing_since: datetime | None = None  # the first of the failures in a row
    moved_to: str | None = None  # where permanent redirects lead
    moved_since: datetime | None = None  # since when they have led there without a break
    moved_for_good: bool = False  # the old address is gone: no need to wait and see
    unreached: bool | None = False  # the last poll found no way to its server: perhaps our own
    # ^ fault; None: our own guard forbade to ask, which tells nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What follows from one poll, to be stored together with the entries it brought."""

    state: PollState
    notices: tuple[Notice | Settled, ...] = ()
    waits: Mapping[str, datetime] = field(default_factory=dict)
    # ^ until when a host asked to be left alone, by all of its feeds


# --- stories ---------------------------------------------------------------------------------


class Role(StrEnum):
    """How a company figures in an entry: a subject is tagged, a mention is only remembered."""

    SUBJECT = "subject"
    MENTION = "mention"


# Of these four an entry has a dozen. A Struct is a frozen value like the others, made in a tenth of
# their time.


class Evidence(Struct, frozen=True, kw_only=True, gc=False):
    """Why a tag was given: the rule that matched, its words and their place."""

    rule: str
    words: str
    where: str  # "title" or "summary"
    start: int  # offset in characters of the normalised text
    score: float


class CompanyTag(Struct, frozen=True, kw_only=True, gc=False):
    """A company found in an entry."""

    company: CompanyId
    role: Role
    score: float
    evidence: tuple[Evidence, ...]


class TopicTag(Struct, frozen=True, kw_only=True, gc=False):
    """A topic that an entry is about."""

    topic: TopicId
    score: float
    evidence: tuple[Evidence, ...]


class Tags(Struct, frozen=True, kw_only=True, gc=False):
    """All that the lexicon says of one entry."""

    companies: tuple[CompanyTag, ...]  # subjects and mentions, the strongest first
    topics: tuple[TopicTag, ...]  # the strongest first
    relevant: bool  # news about Japan's car industry
    reasons: tuple[str, ...] = ()  # why relevant, or why not

    @property
    def subjects(self) -> tuple[CompanyId, ...]:
        """The companies that the entry is about, the strongest first."""
        return tuple(t.company for t in self.companies if t.role is Role.SUBJECT)

    @property
    def topic_ids(self) -> tuple[TopicId, ...]:
        """The topics, the strongest first."""
        return tuple(t.topic for t in self.topics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What ingest decided about one entry.

    A cluster holds the entries of one event in one language, a story one or more clusters.
    """

    entry: EntryId
    tags: Tags
    cluster: ClusterId | None  # None: left out by a rule of its feed
    owner: str  # independence is counted in owners, not outlets
    kind: FeedKind
    weight: float
    dropped_by: str | None = None  # that rule, or why the entry could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A cluster belongs to a story. Later links replace earlier ones of the same cluster."""

    cluster: ClusterId
    story: StoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One entry of a story, with its tags and what counts about its feed."""

    stored: StoredEntry
    tags: Tags
    cluster: ClusterId
    owner: str
    kind: FeedKind
    weight: float

    @property
    def entry(self) -> Entry:
        """The entry itself."""
        return self.stored.entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The reports of one event in order of publication; never empty."""

    id: StoryId
    reports: tuple[Report, ...]
    leads: tuple[EntryId, ...] = ()  # that the operator chose to tell it, the last chosen first
    excluded: bool = False  # by the operator: in no issue and no alert
    follows: StoryId | None = None  # the earlier stage of the same saga

    def __post_init__(self) -> None:
        if not self.reports:
            raise ValueError(f"story {self.id} has no reports")

    def lead(self, lang: str | None = None) -> Report | None:
        """The report that the operator chose to tell it, in that language if one is given."""
        told = {report.stored.id: report for report in self.reports}
        chosen = [told[entry] for entry in self.leads if entry in told]
        return next((r for r in chosen if lang is None or r.entry.lang == lang), None)

    @property
    def owners(self) -> frozenset[str]:
        """Those that tell it and are independent of each other: people read of outlets."""
        return frozenset(report.owner for report in self.reports)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What later stages of a saga are compared with: the reports of one event in one language."""

    cluster: ClusterId
    published: datetime  # of the first report
    subjects: frozenset[CompanyId]  # those that a headline names; where none does, all
    companies: frozenset[CompanyId]  # subjects and mentions
    headline: frozenset[str]  # concepts of the headlines
    concepts: frozenset[str]  # the same of headlines and summaries
    names: frozenset[str]  # "toyota/Prius": brands, models, people and plants
    numbers: frozenset[tuple[str, float]]  # unit and value
    skeletons: frozenset[str]  # of names that the lexicon does not know


class CorrectionKind(StrEnum):
    """What an operator may say of a story."""

    MERGE = "merge"  # another story tells of the same event
    SPLIT = "split"  # some of its reports tell of another event
    LEAD = "lead"  # this report's headline tells it
    EXCLUDE = "exclude"  # it belongs in no issue and no alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What the operator said of a story; it wins over the machine until it is undone."""

    id: int
    kind: CorrectionKind
    story: StoryId  # that stayed, as it was called then
    other: StoryId | None  # that came into it, or that left it
    entries: tuple[EntryId, ...]  # that left it, or that leads
    at: datetime
    who: str


# --- issues ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One due date of an edition: what was published in [start, end) is due at `end`."""

    key: str  # "2026-W47", "2026-11-22" or "2026-11"
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        require_aware(self.start, f"period {self.key}")
        require_aware(self.end, f"period {self.key}")
        if self.end <= self.start:
            raise ValueError(f"period {self.key} ends before it starts")

    @property
    def again(self) -> bool:
        """Whether a person publishes it once more ("2026-W47.1"): it is never due."""
        return "." in self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a reader wants to get; readers of one choice share a segment.

    Empty `companies` or `topics` mean all. Where both are given a story must meet both.
    """

    language: str = "en"
    companies: frozenset[CompanyId] = frozenset()
    topics: frozenset[TopicId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A story told by one of its reports, in that report's language."""

    title: str
    summary: str
    url: str
    outlet: str
    lang: str
    published: datetime | None = None  # None: of an issue that was frozen without it


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletLink:
    """One outlet that reported a story."""

    outlet: str
    url: str
    lang: str
    published: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySentence:
    """A sentence that says what happened, as an outlet printed it."""

    text: str
    lang: str
    outlet: str
    url: str


class Side(StrEnum):
    """Whose count a figure is, where it is one of two sides."""

    NONE = ""
    UNION = "union"
    PLAINTIFFS = "plaintiffs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A figure as one or more outlets give it."""

    words: Mapping[str, str]  # by language, of the first that gave it: {"en": "20,000 jobs"}
    value: float
    outlets: tuple[str, ...]  # one an owner, in order of publication
    source: Side = Side.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of a story: one claim where outlets agree, more where they differ."""

    unit: str  # as stories/numbers.py has it
    claims: tuple[Claim, ...]  # that of most outlets first

    @property
    def agreed(self) -> bool:
        """Whether all who give it give the same."""
        return len(self.claims) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierStage:
    """What a saga had come to before: a story that this one follows."""

    story: StoryId
    headlines: tuple[Headline, ...]  # one a language, the best first; without summaries
    published: datetime  # of its first report
    period: str = ""  # of the issue of this edition that told it; "": none did


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueStory:
    """A story as an issue froze it: rank, reasons and every text that a segment may show."""

    story: StoryId
    rank: int  # 1 is the lead
    score: float
    reasons: tuple[str, ...]
    section: TopicId | None  # None: no topic, shown at the end
    companies: tuple[CompanyId, ...]
    topics: tuple[TopicId, ...]
    headlines: tuple[Headline, ...]  # one a language, the best first
    outlets: tuple[OutletLink, ...]  # one an owner, the weightiest first
    owners: int
    published: datetime  # of its first report
    sentences: tuple[KeySentence, ...] = ()  # of each language of its headlines, the best first
    figures: tuple[Figure, ...] = ()  # those on which outlets differ first
    earlier: tuple[EarlierStage, ...] = ()  # in the order of time
    turned: datetime | None = None  # since when reports say what became of it; None: it goes on
    overtaken_by: StoryId | None = None  # of the same issue, which has it as an earlier stage

    def headline(self, lang: str) -> Headline:
        """The headline in that language, or the best."""
        return next((one for one in self.headlines if one.lang == lang), self.headlines[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualCount:
    """How many stories of a company and a topic an issue had before, on average."""

    company: CompanyId
    topic: TopicId
    stories: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What the issues of the weeks before were like."""

    issues: int = 0  # that the average is of
    counts: tuple[UsualCount, ...] = ()  # pairs that no issue told of are left out


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAlert:
    """An alert that was sent in the period of an issue."""

    at: datetime
    headlines: tuple[Headline, ...]  # one a language, the best first


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One edition and period, frozen: the whole ranked list of its stories."""

    edition: str
    period: Period
    title: str
    frozen_at: datetime
    stories: tuple[IssueStory, ...]
    entries_read: int  # entries of the period, relevant or not
    note: str = ""  # of its editor, for every reader; may have several lines
    usual: Usual = Usual()
    alerts: tuple[SentAlert, ...] = ()  # in the order of time


class Verdict(StrEnum):
    """What the operator said of an issue before it was due."""

    APPROVED = "approved"  # it was seen; it goes at its due time, as it would without a word
    HELD = "held"  # it stays until it is approved


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What the operator was shown and said of one issue that is not out yet."""

    edition: str
    period: str
    drafted_at: datetime | None = None  # when the draft was mailed
    verdict: Verdict | None = None
    decided_at: datetime | None = None
    decided_by: str = ""
    note: str = ""
    lead: StoryId | None = None  # the story that shall stand first

    @property
    def held(self) -> bool:
        """Whether it stays until the operator approves it."""
        return self.verdict is Verdict.HELD


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """An issue rendered for one choice, with marks where a reader's own values go."""

    choice: Choice
    subject: str
    html: str
    text: str
    stories: int  # how many it shows; 0 is not mailed


# --- alerts ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """More independent owners take a story up at once than usually do."""

    owners: int  # that began to tell it
    within: timedelta
    usual: float | None  # that tell the most told story of such hours; None: nobody knows yet
    about: str  # the company or topic whose usual this is; "" for the whole news


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A story as it stood when it could not wait."""

    at: datetime
    story: IssueStory
    burst: Burst | None = None  # None: it did not break, a rule alone asked for it


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAlert:
    """An alert with the number that the store gave it."""

    id: AlertId
    alert: Alert


# What the rule is called that has no name: that a story breaks.
BREAKING = "breaking"


class Change(StrEnum):
    """What makes an alert on a story that somebody was told of before."""

    STAGE = "stage"  # it has come further: another story follows it
    FIGURE = "figure"  # several outlets give a figure that none gave
    OWNERS = "owners"  # at least twice as many tell it


@dataclass(frozen=True, slots=True)
class ToReader:
    """Told to a reader, by mail."""

    id: SubscriberId


@dataclass(frozen=True, slots=True)
class ToAddress:
    """Told to an address that a rule of the operator's names, by mail."""

    address: str


@dataclass(frozen=True, slots=True)
class ToChannel:
    """Told through a channel that the operator has set up."""

    name: str


Recipient = ToReader | ToAddress | ToChannel


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A rule that raised an alert for somebody, and the words that met it."""

    rule: str  # its name; of a reader's own rule its text; "" for a story that breaks
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Who is to be told of an alert, and why."""

    to: Recipient
    reasons: tuple[Reason, ...]
    before: AlertId | None = None  # what they were told last of this story
    changes: tuple[Change, ...] = ()  # what is new since then; none for a story that is new


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTold:
    """The last alert for somebody on a story, or on an earlier stage of it."""

    stored: StoredAlert
    breaking: bool  # it was for them because the story broke, and not only by a rule
    waits: bool = False  # they have not been told yet
    before: AlertId | None = None  # of one that waits: what they were told last
    changes: tuple[Change, ...] = ()  # and what was new since then


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alert and everybody who is to be told of it."""

    alert: Alert
    told: tuple[Told, ...]


# --- subscribers -----------------------------------------------------------------------------


class Status(StrEnum):
    """Where a subscriber stands in the life cycle (subscribers/lifecycle.py has the moves)."""

    PENDING = "pending"
    ACTIVE = "active"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    LEFT = "left"
    ERASED = "erased"


class AlertWish(StrEnum):
    """Which alerts a reader wants: none, their own rules' only, or breaking stories too."""

    NONE = "none"
    RULES = "rules"
    BREAKING = "breaking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a subscriber gets, and when."""

    choice: Choice = Choice()
    rhythm: str = "weekly"  # an edition's name, or "alerts"
    alerts: AlertWish = AlertWish.NONE
    rules: tuple[str, ...] = ()  # a story that meets one is an alert; stories/rules.py reads them


def wish_of(preferences: Preferences) -> AlertWish:
    """Which alerts such a reader gets: who wants mail when news breaks gets what breaks."""
    return AlertWish.BREAKING if preferences.rhythm == "alerts" else preferences.alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Why we may write to somebody: when they agreed, how, and to what words."""

    at: datetime
    how: str  # "confirmed by mail", "recorded by the operator", …
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A reader, as the store knows them."""

    id: SubscriberId
    address: str
    name: str
    status: Status
    preferences: Preferences
    consent: Consent | None
    created_at: datetime
    paused_until: datetime | None = None  # None: for as long as they like, or not paused
    muted_until: datetime | None = None  # until then they get no alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """So many readers went from one status to another within an hour."""

    hour: datetime  # its beginning
    was: Status | None  # None: the address was not known
    became: Status
    readers: int


class WishKind(StrEnum):
    """What somebody asked for that the owner of the address must still say yes to."""

    JOIN = "join"
    LEAVE = "leave"
    PAUSE = "pause"
    RESUME = "resume"
    CHANGE = "change"
    MUTE = "mute"
    UNMUTE = "unmute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a confirmation does once it is given."""

    kind: WishKind = WishKind.JOIN
    preferences: Preferences | None = None  # to have from then on
    until: datetime | None = None  # of a pause, or of silence about alerts


# --- mail ------------------------------------------------------------------------------------


class DeliveryKind(StrEnum):
    """What a delivery carries; store/deliveries.py says which goes first."""

    CONFIRMATION = "confirmation"
    ANSWER = "answer"
    NOTICE = "notice"
    ALERT = "alert"
    ISSUE = "issue"


class DeliveryState(StrEnum):
    """Where a delivery stands (mail/states.py has the transitions)."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    DATA = "data"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The words of a message that is not an issue: a confirmation, an answer, a notice."""

    subject: str
    text: str
    html: str | None = None
    reply_to: str | None = None
    in_reply_to: str | None = None
    language: str = "en"  # ISO 639-1, of the words


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one address, with all that its bytes derive from."""

    id: DeliveryId
    key: str  # unique and meaningful: "issue/weekly/2026-W47/17"; the Message-ID derives from it
    kind: DeliveryKind
    state: DeliveryState
    address: str
    subscriber: SubscriberId | None
    segment: SegmentId | None  # of an issue
    letter: Letter | None  # of anything else
    queued_at: datetime
    attempts: int
    epoch: int  # counts the claims, so that a late result of an older claim is told apart
    first_attempt: datetime | None = None  # when its first attempt ended; None: never tried
    issue: IssueId | None = None  # that its segment belongs to
    disliked: bool = False  # it was refused before for what it is, and not for whom it is to


class Sending(StrEnum):
    """Whether an issue's deliveries may leave; the operator decides, or too many bounces do."""

    OPEN = "open"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class BounceKind(StrEnum):
    """What a delivery that came back says of the address (mail/bounces.py decides)."""

    DEAD = "dead"  # there is no such mailbox: nothing is sent there again
    SOFT = "soft"  # it is full or in trouble: counts only if it goes on over several issues
    OURS = "ours"  # our policy, content or reputation: counts against nobody
    COMPLAINT = "complaint"  # its owner called our mail spam


class Suppression(StrEnum):
    """Why an address is not written to, whatever lists say; only its owner's yes lifts it."""

    FORGOTTEN = "asked to be forgotten"
    COMPLAINT = "called our mail spam"
    DEAD = "there is no such mailbox"
    LEFT = "has left"  # so long ago that nothing else is kept of them


# Whose address may be asked once more whether they want the list, whoever asks.
ASKABLE = frozenset({Suppression.DEAD, Suppression.LEFT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """One report that a delivery did not arrive or was not wanted."""

    key: str  # of the report: the same one read twice counts once
    delivery: DeliveryId
    kind: BounceKind
    status: str  # an enhanced status code (RFC 3463) such as "5.1.1"; "" where none was told
    words: str  # what the reporting server said


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many deliveries stand in each state."""

    by_state: Mapping[DeliveryState, int] = field(default_factory=dict)

    def __getitem__(self, state: DeliveryState) -> int:
        return self.by_state.get(state, 0)

    @property
    def open(self) -> int:
        """Deliveries that still need something done."""
        return sum(self[s] for s in OPEN_STATES)

    @property
    def total(self) -> int:
        """All deliveries."""
        return sum(self.by_state.values())


OPEN_STATES = frozenset(
    {
        DeliveryState.QUEUED,
        DeliveryState.CLAIMED,
        DeliveryState.DATA,
        DeliveryState.DEFERRED,
        DeliveryState.UNKNOWN,
    }
)
