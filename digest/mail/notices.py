"""What the operator is mailed about their installation, and when.

Troubles come in swarms: a router that is off breaks every feed. So what is not urgent waits a
little, and everything that waits goes into one letter. Troubles come and go: what is over before
it was told is not told, what is over is told when it stays so, and the same trouble is told at
most once a day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from digest.english import counted
from digest.issues.widths import folded
from digest.model import PASSING, Letter, NoticeKind, StoredNotice

GATHER = timedelta(minutes=30)
# That things are well is told when no more of them get well, or the first has waited that long.
LONGEST_GATHER = timedelta(hours=2)
AGAIN = timedelta(days=1)  # between two letters that tell the same trouble
# Readers are waiting, or will be in an hour.
_URGENT = frozenset({NoticeKind.ISSUE_PAUSED, NoticeKind.MAIL_BLOCKED, NoticeKind.STATE_DAMAGED})
_EACH_TIME = frozenset({NoticeKind.ISSUE_PAUSED})  # it comes back only by what the operator did
_IN_FULL = 3  # of one kind; of more, the others are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Tellable:
    """What the next letter tells."""

    raised: tuple[StoredNotice, ...] = ()
    over: tuple[StoredNotice, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """How a letter speaks of a kind, of one and of many; and the page of docs/ that says more."""

    one: str
    many: str
    well: str  # of one; "" for what is passing
    all_well: str  # of many
    page: str


SAID: Mapping[NoticeKind, Said] = MappingProxyType(
    {
        NoticeKind.FEED_BROKEN: Said(
            "feed broken", "{} feeds broken", "feed works", "{} feeds work again", "feeds.md"
        ),
        NoticeKind.FEED_GONE: Said(
            "feed gone", "{} feeds gone", "feed back", "{} feeds back", "feeds.md"
        ),
        NoticeKind.FEED_QUIET: Said(
            "feed quiet", "{} feeds quiet", "feed brings news", "{} feeds bring news", "feeds.md"
        ),
        NoticeKind.MAIL_BLOCKED: Said(
            "no mail leaves", "no mail leaves", "mail leaves", "mail leaves", "mail.md"
        ),
        NoticeKind.MAIL_REFUSED: Said(
            "mail refused", "{} kinds of mail refused", "", "", "mail.md"
        ),
        NoticeKind.MAIL_UNKNOWN: Said(
            "outcomes unknown", "outcomes unknown", "outcomes known", "outcomes known", "mail.md"
        ),
        NoticeKind.MAIL_UNREAD: Said(
            "mail for you to read", "mail for you to read", "", "", "mail.md"
        ),
        NoticeKind.MAILBOX_BLOCKED: Said(
            "mailbox blocked",
            "mailbox blocked",
            "mailbox read again",
            "mailbox read again",
            "mail.md",
        ),
        NoticeKind.REQUESTS_LIMITED: Said(
            "too many requests", "too many requests", "", "", "web.md"
        ),
        NoticeKind.ISSUE_PAUSED: Said(
            "issue paused", "{} issues paused", "issue goes on", "{} issues go on", "mail.md"
        ),
        NoticeKind.ISSUE_RETURNED: Said(
            "much of an issue came back", "much of {} issues came back", "", "", "mail.md"
        ),
        NoticeKind.ISSUE_HELD: Said(
            "issue held", "{} issues held", "issue let go", "{} issues let go", "editing.md"
        ),
        NoticeKind.ISSUE_SKIPPED: Said("issue skipped", "{} issues skipped", "", "", "editing.md"),
        NoticeKind.CHANNEL_BLOCKED: Said(
            "channel blocked",
            "{} channels blocked",
            "channel works again",
            "{} channels work again",
            "alerts.md",
        ),
        NoticeKind.ALERT_REFUSED: Said(
            "alert refused", "alerts refused by {} channels", "", "", "alerts.md"
        ),
        NoticeKind.PAGES_DOWN: Said(
            "pages down", "pages down", "pages up again", "pages up again", "web.md"
        ),
        NoticeKind.PART_FAILING: Said(
            "a part of the service fails",
            "{} parts of the service fail",
            "a part of the service works again",
            "{} parts of the service work again",
            "logs.md",
        ),
        NoticeKind.CONFIG_REJECTED: Said(
            "feeds.toml rejected",
            "configuration rejected",
            "feeds.toml taken over",
            "configuration taken over",
            "service.md",
        ),
        NoticeKind.CLOCK_JUMPED: Said("the clock jumped", "the clock jumped", "", "", "service.md"),
        NoticeKind.DISK_LOW: Said(
            "disk nearly full",
            "{} disks nearly full",
            "disk has room",
            "disks have room",
            "backup.md",
        ),
        NoticeKind.BACKUP_FAILING: Said(
            "no backup",
            "no backups",
            "backups made again",
            "backups made again",
            "backup.md",
        ),
        NoticeKind.STATE_DAMAGED: Said(
            "state damaged", "state damaged", "state sound", "state sound", "backup.md"
        ),
        NoticeKind.STATE_RESTORED: Said("state restored", "state restored", "", "", "backup.md"),
    }
)


def tellable(lately: Sequence[StoredNotice], now: datetime) -> Tellable | None:
    """What a letter should tell now of these; None if there is nothing, or it can wait."""
    raised = tuple(one for one in lately if _is_news(one, now))
    over = tuple(one for one in lately if _is_well_unknown(one))
    ripe = tuple(one for one in over if one.healed_at and _waited(one.healed_at, now) >= GATHER)
    if any(one.notice.kind in _URGENT or _waited(one.opened_at, now) >= GATHER for one in raised):
        return Tellable(raised=raised, over=ripe)
    longest = max((_waited(one.healed_at, now) for one in ripe if one.healed_at), default=GATHER)
    if ripe and (len(ripe) == len(over) or longest >= LONGEST_GATHER):
        return Tellable(over=ripe)
    return None


def _is_news(one: StoredNotice, now: datetime) -> bool:
    """Whether the operator does not know of it, and may be told."""
    if one.notice.kind in PASSING or one.told_at is None:
        return one.told_at is None and (one.healed_at is None or one.notice.kind in PASSING)
    knows = one.well_at is None or one.well_at < one.told_at
    may = one.notice.kind in _EACH_TIME or _waited(one.told_at, now) >= AGAIN
    return one.healed_at is None and not knows and may


def _is_well_unknown(one: StoredNotice) -> bool:
    """Whether it is over, and the operator believes that it is not."""
    if one.notice.kind in PASSING or one.healed_at is None or one.told_at is None:
        return False
    return one.well_at is None or one.well_at < one.told_at


def _waited(since: datetime, now: datetime) -> timedelta:
    """For how long; what is of the future was told by a clock that was wrong, and waits not."""
    return now - since if since <= now else timedelta.max


def letter_of(told: Tellable, title: str, zone: ZoneInfo) -> Letter:
    """The letter that tells these, which must not be none."""
    parts = [
        *(_raised(group, zone) for group in _by_kind(told.raised)),
        *(_over(group, zone) for group in _by_kind(told.over)),
    ]
    end = "--\n`digest status` shows how things stand now; the log of the service has the details."
    return Letter(
        subject=f"{title}: {summary(told)}", text=folded("\n\n".join([*parts, end])) + "\n"
    )


def summary(told: Tellable) -> str:
    """What the letter tells in a line: "3 feeds broken, no mail leaves"."""
    words = [_headline(group) for group in _by_kind(told.raised)]
    for group in _by_kind(told.over):
        said = SAID[group[0].notice.kind]
        words.append(_named(said.well, said.all_well, group))
    return ", ".join(words)


def _headline(group: Sequence[StoredNotice]) -> str:
    said = SAID[group[0].notice.kind]
    return _named(said.one, said.many, group)


def _named(one: str, many: str, group: Sequence[StoredNotice]) -> str:
    return f"{one} ({group[0].notice.about})" if len(group) == 1 else many.format(len(group))


def _by_kind(notices: Iterable[StoredNotice]) -> list[list[StoredNotice]]:
    groups: dict[NoticeKind, list[StoredNotice]] = {}
    for one in notices:
        groups.setdefault(one.notice.kind, []).append(one)
    urgent_first = sorted(groups, key=lambda kind: (kind not in _URGENT, list(SAID).index(kind)))
    return [groups[kind] for kind in urgent_first]


def _raised(group: Sequence[StoredNotice], zone: ZoneInfo) -> str:
    in_full = group if len(group) <= _IN_FULL else group[:1]
    lines = [_sentence(_headline(group))]
    lines += [f"\n{one.notice.about}, {_when(one, zone)}:\n{one.notice.words}" for one in in_full]
    if rest := group[len(in_full) :]:
        lines.append(f"\nThe same holds for {', '.join(one.notice.about for one in rest)}.")
    lines.append(f"\nMore: docs/{SAID[group[0].notice.kind].page}")
    return "\n".join(lines)


def _when(one: StoredNotice, zone: ZoneInfo) -> str:
    since = _at(one.notice.since or one.opened_at, zone)
    if one.notice.kind in PASSING:
        return since
    if one.times > 1:
        again = _at(one.opened_at, zone)
        return f"for the {one.times}. time since {since}, now since {again}"
    return f"since {since}"


def _over(group: Sequence[StoredNotice], zone: ZoneInfo) -> str:
    said = SAID[group[0].notice.kind]
    lines = [_sentence(_named(said.well, said.all_well, group))]
    lines += [f"\n{one.notice.about}: {_lasted(one, zone)}" for one in group]
    return "\n".join(lines)


def _lasted(one: StoredNotice, zone: ZoneInfo) -> str:
    since, until = one.notice.since or one.opened_at, one.healed_at or one.opened_at
    often = "" if one.times == 1 else f" It came and went {one.times} times."
    span = f"It lasted from {_at(since, zone)} to {_at(until, zone)}"
    return f"{span}, {length(until - since)}.{often} There is nothing left to do."


def length(time: timedelta) -> str:
    """A length of time as a person says it: "2 days and 3 hours"."""
    minutes = max(int(time.total_seconds()) // 60, 0)
    days, hours = minutes // 1440, minutes // 60 % 24
    parts = [
        counted(number, word)
        for number, word in ((days, "day"), (hours, "hour"), (minutes % 60, "minute"))
        if number
    ]
    return " and ".join(parts[:2]) or "less than a minute"


def _at(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
