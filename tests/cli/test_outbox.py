"""What the operator asks of messages that are on their way, and decides about them."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.model import (
    Choice,
    CompanyId,
    DeliveryId,
    Issue,
    Notice,
    NoticeKind,
    Period,
    Preferences,
    Segment,
    Status,
)
from digest.store import Store
from digest.store.database import lock
from tests.builders import NOW, database_of
from tests.cli.conftest import Digest

EVERYTHING = Choice(language="en")
NISSAN = Choice(language="ja", companies=frozenset({CompanyId("nissan")}))
READERS = {"a@one.example": EVERYTHING, "b@two.example": NISSAN}


def subscribe(store: Store, address: str, choice: Choice, **given: Any) -> None:
    store.subscribers.add(
        address,
        address,
        name="",
        status=given.get("status", Status.ACTIVE),
        preferences=Preferences(choice=choice, rhythm=given.get("rhythm", "weekly")),
        consent=None,
        now=NOW,
    )


@pytest.fixture
def store(project: Path) -> Iterator[Store]:
    """A project whose issue 2026-W46 waits for two readers."""
    with Store.open(project / "state") as store:
        for address, choice in READERS.items():
            subscribe(store, address, choice)
        issue = Issue(
            edition="weekly",
            period=Period(key="2026-W46", start=NOW - timedelta(days=7), end=NOW),
            title="Kuruma Weekly",
            frozen_at=NOW,
            stories=(),
            entries_read=12,
        )
        segments = [
            Segment(choice=choice, subject="Subject", html="<p>", text="text", stories=1)
            for choice in READERS.values()
        ]
        assert isinstance(store.issues.add(issue, segments), int)
        yield store


def rows(digest: Digest, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(digest(*arguments, "--json").out)
    return found


def lose(project: Path, *ids: int) -> None:
    """As if the server's answer to these had never come."""
    with Store.open(project / "state") as store:
        sql = "UPDATE deliveries SET state = 'unknown', attempts = 1 WHERE id = ?"
        database_of(store).connection.executemany(sql, [(i,) for i in ids])  # a fault


@pytest.mark.usefixtures("store")
def test_what_is_open_is_listed(digest: Digest) -> None:
    found = rows(digest, "outbox", "list")
    assert [(row["id"], row["state"], row["address"]) for row in found] == [
        (1, "queued", "a@one.example"),
        (2, "queued", "b@two.example"),
    ]
    assert rows(digest, "outbox", "list", "--state", "unknown") == []
    (one,) = rows(digest, "outbox", "list", "--for", "B@two.example", "--period", "2026-W46")
    assert one["id"] == 2


@pytest.mark.usefixtures("store")
def test_an_unknown_message_is_found_to_have_arrived(digest: Digest, project: Path) -> None:
    lose(project, 1, 2)
    done = digest("outbox", "resolve", "1", "--sent", "--why", "it is in the server's log")
    assert done.out == "1 recorded as sent\n"
    (row,) = rows(digest, "outbox", "list", "--state", "sent")
    assert (row["id"], row["reply"]) == (1, "it is in the server's log")
    assert "1 queued for now" in digest("outbox", "retry", "--state", "unknown").out
    assert {row["state"] for row in rows(digest, "outbox", "list")} == {"queued"}


@pytest.mark.usefixtures("store")
def test_what_is_not_unknown_cannot_have_arrived(digest: Digest) -> None:
    ended = digest("outbox", "resolve", "1", "--sent")
    assert ended.status == 1
    assert "not 1: only an unknown message" in ended.errors
    assert digest("outbox", "resolve", "1", "--dropped").status == 0


@pytest.mark.usefixtures("store")
def test_a_retry_needs_to_know_what(digest: Digest) -> None:
    for arguments in ((), ("1", "--state", "failed")):
        ended = digest("outbox", "retry", *arguments)
        assert ended.status == 2
        assert "by their ID, or --state" in ended.errors
    assert digest("outbox", "resolve", "1").status == 2
    ended = digest("outbox", "retry", "1", "99")
    assert ended.status == 1
    assert "1 of the 2 cannot be tried again" in ended.errors


@pytest.mark.usefixtures("store")
def test_a_message_is_resolved_one_way_or_the_other(digest: Digest, project: Path) -> None:
    lose(project, 1)
    ended = digest("outbox", "resolve", "1", "--sent", "--dropped")
    assert (ended.status, "--sent if they arrived, or --dropped" in ended.errors) == (2, True)
    assert rows(digest, "outbox", "list", "--state", "unknown")


@pytest.mark.usefixtures("store")
def test_what_is_held_has_no_next_try(digest: Digest, project: Path) -> None:
    lose(project, 1)
    (row,) = rows(digest, "outbox", "list", "--state", "unknown")
    assert row["next_try"] != "held"
    with (project / "feeds.toml").open("a", encoding="utf-8") as file:
        file.write('on_unknown = "hold"\n')
    assert [row["next_try"] == "held" for row in rows(digest, "outbox", "list")] == [True, False]


def test_a_retry_says_whom_it_leaves_out_and_why(
    digest: Digest, project: Path, store: Store
) -> None:
    lose(project, 1, 2)
    reader = store.subscribers.by_key("a@one.example")
    assert reader is not None
    store.subscribers.set_status(reader.id, Status.SUSPENDED, NOW)
    ended = digest("outbox", "retry", "--state", "unknown")
    assert ended.out.startswith("1 queued for now")
    assert "`digest outbox send`" in ended.out
    assert "1 left out: the reader is suspended" in ended.errors
    named = digest("outbox", "retry", "1")
    assert (named.status, "left out because nobody waits" in named.errors) == (1, True)


@pytest.mark.usefixtures("store")
def test_what_is_due_is_sent_and_nothing_is_published(
    digest: Digest, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_NOW", NOW.isoformat())
    ended = digest("outbox", "send")
    assert ended.out == "2 sent, 0 to be tried again, 0 refused, 0 unknown\n"
    assert len(list((project / "state/outbox/new").iterdir())) == 2
    assert [row["period"] for row in rows(digest, "issue", "list")] == ["2026-W46"]


@pytest.mark.usefixtures("store")
def test_sending_an_issue_names_the_way_to_send_only_what_waits(digest: Digest) -> None:
    said = digest("send", "--period", "2026-W46").errors
    assert "2 older messages wait; `digest outbox send`" in said


@pytest.mark.usefixtures("store")
def test_mail_that_cannot_leave_says_why_and_what_to_do(
    digest: Digest, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_NOW", NOW.isoformat())
    with (project / "feeds.toml").open("a", encoding="utf-8") as file:
        file.write('smtp = "smtp://127.0.0.1:9?tls=none"\n')  # nobody listens there
    ended = digest("outbox", "send")
    assert ended.status == 1
    assert "2 messages wait, and nothing is lost" in ended.errors
    assert "then `digest outbox send`" in ended.errors


def test_status_says_what_was_said_of_mail_that_waits(digest: Digest, store: Store) -> None:
    assert "outbox_says\t\n" in digest("status").out
    with store.transaction():
        sql = "UPDATE deliveries SET state = 'deferred', reply = '451 4.3.2 later' WHERE id = 2"
        database_of(store).connection.execute(sql)  # as a sender leaves it
    assert "outbox_says\t451 4.3.2 later\n" in digest("status").out


def test_status_says_since_when_no_mail_leaves_and_why(digest: Digest, store: Store) -> None:
    assert "outbox_trouble\t\n" in digest("status").out
    store.trouble.met("535 5.7.8 who are you?", NOW, blocked=True)
    said = f"no mail leaves since {NOW.isoformat()}: 535 5.7.8 who are you?"
    assert f"outbox_trouble\t{said}\n" in digest("status").out
    store.trouble.over()
    assert "outbox_trouble\t\n" in digest("status").out


def test_notices_have_the_zone_of_all_other_times(digest: Digest, store: Store) -> None:
    notice = Notice(kind=NoticeKind.MAIL_BLOCKED, about="5.7.1", words="w")
    store.notices.raise_(notice, NOW)
    assert f"{NOW.isoformat()} mail blocked: 5.7.1\n" in digest("status").errors


@pytest.mark.usefixtures("store")
def test_a_running_service_is_left_to_send_what_is_due(digest: Digest, project: Path) -> None:
    with lock(project / "state"):
        ended = digest("outbox", "send")
    assert ended.status == 0
    assert "it sends what is due within a second" in ended.out
    assert len(rows(digest, "outbox", "list")) == 2


@pytest.mark.usefixtures("store")
def test_an_issue_of_which_nothing_waits_is_neither_paused_nor_cancelled(
    digest: Digest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_NOW", NOW.isoformat())
    digest("outbox", "send")
    for command in (("pause", "2026-W46"), ("cancel", "2026-W46", "--yes")):
        ended = digest("issue", *command)
        assert ended.status == 1
        assert "weekly 2026-W46 is done: nothing waits" in ended.errors
    assert rows(digest, "issue", "list")[0]["sending"] == "done"


@pytest.mark.usefixtures("store")
def test_an_issue_is_paused_and_goes_on(digest: Digest) -> None:
    assert digest("issue", "pause", "2026-W46", "--why", "a wrong figure").status == 0
    (row,) = rows(digest, "issue", "list")
    assert (row["sending"], row["why"], row["open"]) == ("paused", "a wrong figure", 2)
    again = digest("issue", "pause", "2026-W46")
    assert (again.status, "paused already" in again.errors) == (1, True)
    assert "goes on" in digest("issue", "resume", "2026-W46").out
    assert digest("issue", "resume", "2026-W46").status == 1
    assert rows(digest, "issue", "list")[0]["sending"] == "open"


@pytest.mark.usefixtures("store")
def test_a_cancelled_issue_leaves_to_nobody(digest: Digest) -> None:
    ended = digest("issue", "cancel", "2026-W46", "--yes")
    assert "2 readers will not get it" in ended.out
    assert rows(digest, "outbox", "list") == []
    assert rows(digest, "issue", "list")[0]["sending"] == "cancelled"
    assert digest("issue", "resume", "2026-W46").status == 1
    assert digest("issue", "cancel", "2026-W46", "--yes").status == 1


@pytest.mark.usefixtures("store")
def test_cancelling_asks_first(digest: Digest) -> None:
    ended = digest("issue", "cancel", "2026-W46")
    assert ended.status != 0
    assert len(rows(digest, "outbox", "list")) == 2


@pytest.mark.usefixtures("store")
def test_an_issue_that_is_not_there_is_said(digest: Digest) -> None:
    for arguments in (("issue", "pause", "2026-W40"), ("prove", "2026-W40")):
        ended = digest(*arguments)
        assert ended.status == 2
        assert "no issue of weekly for '2026-W40'; the latest are 2026-W46" in ended.errors


def test_nothing_is_out_yet(digest: Digest) -> None:
    assert "no issue is out yet" in digest("prove", "2026-W40").errors


@pytest.mark.usefixtures("store")
def test_a_period_is_proved_reader_by_reader(digest: Digest) -> None:
    first, second = rows(digest, "prove", "2026-W46")
    assert (first["address"], first["choice"]["language"]) == ("a@one.example", "en")
    assert (second["choice"]["companies"], second["state"]) == (["nissan"], "queued")
    ended = digest("prove", "2026-W46")
    assert "b@two.example\tja: nissan\t" in ended.out
    assert "weekly 2026-W46: 2 queued" in ended.errors


@pytest.mark.parametrize(
    ("address", "given", "words"),
    [
        ("nobody@three.example", None, "they do not subscribe now; if they were removed"),
        ("late@three.example", {}, "came after it was out"),
        ("daily@three.example", {"rhythm": "daily"}, "they read daily, not weekly"),
        ("gone@three.example", {"status": Status.LEFT}, "they are left"),
        ("not an address", None, "address"),
    ],
)
def test_who_got_nothing_learns_why(
    digest: Digest, store: Store, address: str, given: dict[str, Any] | None, words: str
) -> None:
    if given is not None:
        subscribe(store, address, EVERYTHING, **given)
    ended = digest("prove", "2026-W46", "--for", address)
    assert ended.status == 1
    assert words in ended.errors


@pytest.mark.usefixtures("store")
def test_attempts_and_answers_are_part_of_the_proof(digest: Digest, project: Path) -> None:
    with Store.open(project / "state") as other:
        connection = database_of(other).connection  # what a sender leaves
        connection.execute(
            "INSERT INTO attempts VALUES (1, 1, '2026-11-16T07:01:00Z', 'sent', '250 ok 4XYZ')"
        )
    (proof,) = rows(digest, "prove", "2026-W46", "--for", "a@one.example")
    assert proof["delivery"] == DeliveryId(1)
    assert [one["reply"] for one in proof["attempts"]] == ["250 ok 4XYZ"]
