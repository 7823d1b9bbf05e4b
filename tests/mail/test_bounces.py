from datetime import datetime, timedelta
from typing import Any

import pytest

from digest.mail.bounces import kind_of, says_why, too_many, verdict
from digest.model import (
    Bounce,
    BounceKind,
    Consent,
    DeliveryId,
    DeliveryKind,
    Preferences,
    Status,
    Subscriber,
    SubscriberId,
    Suppression,
)
from digest.subscribers.lifecycle import Event
from tests.builders import NOW

DEAD, SOFT, OURS, COMPLAINT = (
    BounceKind.DEAD,
    BounceKind.SOFT,
    BounceKind.OURS,
    BounceKind.COMPLAINT,
)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
SOON = timedelta(minutes=5)


# --- classes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("5.1.1", DEAD),
        ("5.1.2", DEAD),
        ("5.1.3", DEAD),
        ("5.1.6", DEAD),
        ("5.1.10", DEAD),
        ("5.1.4", SOFT),
        ("5.1.7", OURS),
        ("5.1.8", OURS),
        ("5.2.1", SOFT),
        ("5.2.2", SOFT),
        ("5.2.3", OURS),
        ("5.3.0", SOFT),
        ("5.3.2", SOFT),
        ("5.3.4", OURS),
        ("5.4.1", SOFT),
        ("5.4.4", SOFT),
        ("5.4.7", SOFT),
        ("5.5.1", OURS),
        ("5.6.3", OURS),
        ("5.7.1", OURS),
        ("5.7.26", OURS),
        ("5.7.515", OURS),
        ("5.0.0", SOFT),
        ("4.2.2", SOFT),
        ("4.4.7", SOFT),
        ("4.7.1", OURS),
        ("4.1.1", SOFT),
    ],
)
def test_the_enhanced_status_decides(status: str, kind: BounceKind) -> None:
    assert kind_of(status, None, "") is kind
    assert kind_of("", int(status[0]) * 100 + 50, f"{status} sorry") is kind


@pytest.mark.parametrize(
    ("code", "words", "kind"),
    [
        (550, "User unknown", DEAD),
        (550, "Unknown user taro@docomo.ne.jp", DEAD),
        (550, "Invalid recipient: <taro@softbank.ne.jp>", DEAD),
        (550, "No such user here", DEAD),
        (550, "sorry, no mailbox here by that name", DEAD),
        (550, "mailbox not found", DEAD),
        (550, "The account does not exist", DEAD),
        (550, "The address doesn’t exist", DEAD),
        (553, "<taro@example.com>... Addressee unknown", DEAD),
        (554, "dd This user doesn't have a yahoo.co.jp account", DEAD),
        (550, "該当するユーザーが見つかりません", DEAD),
        (550, "宛先不明", DEAD),
        (450, "user unknown, try later", SOFT),
        (None, "user unknown", SOFT),
        (550, "Requested action not taken: mailbox unavailable", SOFT),
        (550, "go away", SOFT),
        (550, "User account is overquota", SOFT),
        (552, "Requested mail action aborted: exceeded storage allocation", SOFT),
        (552, "mailbox is full", SOFT),
        (552, "message size exceeds the limit", OURS),
        (552, "too big a message", OURS),
        (550, "メールボックスの容量がいっぱいです", SOFT),
        (554, "Message rejected as spam", OURS),
        (550, "your host is on a blocklist", OURS),
        (550, "user unknown because your IP has a poor reputation", OURS),
        (421, "too many connections from your host", OURS),
        (451, "greylisted, come back later", OURS),
        (451, "try again later", SOFT),
    ],
)
def test_without_one_the_reply_code_and_the_words_do(
    code: int | None, words: str, kind: BounceKind
) -> None:
    assert kind_of("", code, words) is kind


def test_words_of_policy_count_against_a_status_that_says_dead() -> None:
    assert kind_of("5.1.1", 550, "550 5.1.1 listed at zen.spamhaus.org as spam") is OURS
    assert kind_of("4.2.0", 450, "450 4.2.0 greylisted") is OURS


def test_names_are_not_words() -> None:
    """A mailbox called spam@ or a server called spamfilter says nothing of policy."""
    for words in (
        "550 5.1.1 <spam@example.com>: user unknown",
        "host mx.spamfilter.example.jp said: 550 5.1.1 user unknown",
        "550 5.1.1 user unknown, see https://example.com/policy",
    ):
        assert kind_of("5.1.1", 550, words) is DEAD


def test_a_status_that_says_nothing_leaves_it_to_the_words() -> None:
    assert kind_of("5.0.0", 550, "Unknown user") is DEAD
    assert kind_of("5.3.0", None, "553 5.3.0 Addressee unknown") is DEAD
    assert kind_of("5.5.0", 550, "mailbox unavailable") is SOFT
    assert kind_of("5.2.0", 550, "mailbox full") is SOFT


def test_numbers_that_are_no_status_are_not_read_as_one() -> None:
    assert kind_of("", 550, "server 5.7.1.25 says: user unknown") is DEAD
    assert kind_of("x5.1.1.1", None, "") is SOFT


def test_words_may_tell_why_or_not() -> None:
    assert says_why("The mailbox is full.")
    assert says_why("Unknown user")
    assert not says_why("Your message")


# --- readers ------------------------------------------------------------------------------------


def bounce(kind: BounceKind, status: str = "", number: int = 1) -> Bounce:
    return Bounce(
        key=f"k{number}", delivery=DeliveryId(number), kind=kind, status=status, words="words"
    )


def reader(status: Status = Status.ACTIVE, agreed: datetime | None = NOW - 52 * WEEK) -> Subscriber:
    consent = None if agreed is None else Consent(at=agreed, how="form", words="yes")
    return Subscriber(
        id=SubscriberId(17),
        address="taro@example.com",
        name="",
        status=status,
        preferences=Preferences(),
        consent=consent,
        created_at=NOW - 52 * WEEK,
    )


def decide(back: Bounce, **given: Any) -> tuple[Event | None, Suppression | None]:
    defaults: dict[str, Any] = {
        "of": DeliveryKind.ISSUE,
        "queued_at": NOW,
        "reader": reader(),
        "issues": [],
        "now": NOW + SOON,
    }
    found = verdict(back, **(defaults | given))
    assert "taro" not in found.why
    assert found.why.startswith(back.kind)
    return found.event, found.suppress


def issues(pattern: str, every: timedelta = WEEK) -> list[tuple[datetime, Bounce | None]]:
    """The newest last, queued now: s soft, c closed (5.2.1), o ours, m complaint, a dot: fine."""
    kinds = {
        "s": bounce(SOFT, "5.2.2"),
        "c": bounce(SOFT, "5.2.1"),
        "o": bounce(OURS),
        "m": bounce(COMPLAINT),
    }
    return [(NOW - (len(pattern) - 1 - n) * every, kinds.get(c)) for n, c in enumerate(pattern)]


NOTHING = (None, None)
SUSPENDED = (Event.BOUNCED, None)
STRUCK_OFF = (Event.BOUNCED, Suppression.DEAD)


def test_a_dead_address_is_suspended_and_suppressed_at_once() -> None:
    assert decide(bounce(DEAD, "5.1.1")) == STRUCK_OFF
    assert decide(bounce(DEAD, "5.1.1"), of=DeliveryKind.ALERT) == STRUCK_OFF


def test_what_was_our_fault_counts_against_nobody() -> None:
    assert decide(bounce(OURS, "5.7.1"), issues=issues("sso")) == NOTHING


@pytest.mark.parametrize("status", [Status.PENDING, Status.ACTIVE, Status.SUSPENDED, Status.LEFT])
@pytest.mark.parametrize("kind", DeliveryKind)
def test_a_complaint_ends_it_whoever_and_whatever(status: Status, kind: DeliveryKind) -> None:
    """Even one about a mail older than the consent: it was made after it."""
    found = decide(bounce(COMPLAINT), of=kind, reader=reader(status), queued_at=NOW - 99 * WEEK)
    assert found == (Event.LEFT, Suppression.COMPLAINT)


@pytest.mark.parametrize(
    ("pattern", "every", "expected"),
    [
        ("s", WEEK, NOTHING),
        ("ss", WEEK, NOTHING),
        ("sss", WEEK, SUSPENDED),
        (".sss", WEEK, SUSPENDED),
        ("ss.s", WEEK, NOTHING),
        ("sss.", WEEK, SUSPENDED),  # the newest may still come back
        ("ss.ss", WEEK, NOTHING),
        ("ss.sss", WEEK, SUSPENDED),
        ("sos", WEEK, NOTHING),  # our fault is no failure …
        ("soss", WEEK, SUSPENDED),  # … and no success either
        ("sms", WEEK, NOTHING),  # what was complained of had arrived
        ("s" * 14, DAY, NOTHING),
        ("s" * 15, DAY, SUSPENDED),
        ("s" * 15 + "." * 5, DAY, SUSPENDED),  # nobody knows yet of the last five
        ("s" * 15 + "." * 9, DAY, NOTHING),  # these have arrived
        ("s" * 10 + "." + "s" * 10, DAY, NOTHING),
        ("ss", 2 * WEEK, NOTHING),
        ("sss", timedelta(days=31), SUSPENDED),
        ("", WEEK, NOTHING),
    ],
)
def test_a_mailbox_in_trouble_is_judged_by_issues_in_a_row(
    pattern: str, every: timedelta, expected: tuple[Event | None, Suppression | None]
) -> None:
    assert decide(bounce(SOFT, "5.2.2"), issues=issues(pattern, every)) == expected


def test_daylight_saving_time_and_late_starts_do_not_ask_for_a_fourth_issue() -> None:
    past = issues("sss")
    past[0] = (past[0][0] + timedelta(hours=3), past[0][1])
    assert decide(bounce(SOFT, "5.2.2"), issues=past) == SUSPENDED


def test_a_closed_mailbox_is_dead_the_second_time_in_a_row() -> None:
    closed = bounce(SOFT, "5.2.1")
    assert decide(closed, issues=issues("c")) == NOTHING
    assert decide(closed, issues=issues("cc")) == STRUCK_OFF
    assert decide(closed, issues=issues("csc")) == STRUCK_OFF
    assert decide(closed, issues=issues("c.c")) == NOTHING


def test_a_soft_bounce_of_an_alert_changes_no_row() -> None:
    assert decide(bounce(SOFT, "5.2.2"), of=DeliveryKind.ALERT, issues=issues("ss")) == NOTHING


def test_what_came_back_before_the_last_consent_is_forgiven() -> None:
    again = reader(agreed=NOW - DAY)
    assert decide(bounce(DEAD), reader=again, queued_at=NOW - 2 * DAY) == NOTHING
    assert decide(bounce(DEAD), reader=again, queued_at=NOW) == STRUCK_OFF
    assert decide(bounce(SOFT), reader=again, issues=issues("sss")) == NOTHING


def test_a_reader_without_a_consent_is_judged_since_they_came() -> None:
    assert decide(bounce(SOFT), reader=reader(agreed=None), issues=issues("sss")) == SUSPENDED


@pytest.mark.parametrize(
    ("kind", "status", "event"),
    [
        (DEAD, Status.PENDING, Event.ERASED),
        (SOFT, Status.PENDING, None),
        (OURS, Status.PENDING, None),
        (DEAD, Status.SUSPENDED, None),
        (DEAD, Status.ACTIVE, None),
        (DEAD, Status.LEFT, None),
    ],
)
def test_a_bounce_of_a_confirmation_counts_for_whoever_never_said_yes(
    kind: BounceKind, status: Status, event: Event | None
) -> None:
    given = {"of": DeliveryKind.CONFIRMATION, "reader": reader(status, agreed=None)}
    assert decide(bounce(kind), **given) == (event, None)


def test_nothing_follows_for_nobody() -> None:
    assert decide(bounce(COMPLAINT), reader=None) == NOTHING


# --- issues -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hard", "attempted", "stop"),
    [
        (0, 0, False),
        (4, 4, False),
        (5, 5, True),
        (5, 249, True),
        (5, 250, False),
        (20, 1000, False),
        (21, 1000, True),
    ],
)
def test_an_issue_stops_above_two_in_a_hundred_and_never_for_a_few(
    hard: int,
    attempted: int,
    stop: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert too_many(hard, attempted) is stop
