"""The operator answers a draft by replying to it: what is done, what is said, and what is not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from digest.app import App, open_app
from digest.app.reviewing import ANSWERS_A_DAY
from digest.app.tracing import StoryTold, trace
from digest.config import load
from digest.issues.calendar import parse_schedule
from digest.mail.inbox import UNREAD, Swept, keep
from digest.model import NoticeKind, Review, StoryId, Verdict
from digest.store.issues import IssueOutcome
from digest.stories.lexicon import Lexicon
from digest.stories.load import load_lexicon
from tests.builders import database_of
from tests.end_to_end.test_a_week_passes import text
from tests.issues.test_publish import DUE, HOUR, Desk
from tests.mail.server import Sink, smtp_sink

CONFIG = """
[digest]
title = "Kuruma Weekly"
review = "2 h"
catch_up = "3 days"
[digest.editions]
weekly = "mon 07:00"
[operator]
address = "editor@kuruma.example"
[mail]
from = "Kuruma Weekly <weekly@kuruma.example>"
smtp = "smtp://127.0.0.1:{port}?tls=none"
{inbox}
"""
INBOX = '[inbox]\nauthserv_id = "mx.kuruma.example"'
EDITOR, EMMA = "editor@kuruma.example", "emma@reader.example"
REPORTS = ("nissan", "honda", "mazda", "subaru")


@dataclass
class Newsroom:
    """A list with four stories, its operator's mailbox, and a clock."""

    app: App
    sink: Sink
    clock: list[datetime]
    desk: Desk
    written: int = 0

    def set_clock(self, hours: float) -> None:
        """So many hours after the issue is due."""
        self.clock[0] = DUE + hours * HOUR

    async def draft(self) -> EmailMessage:
        """The draft as it came."""
        self.set_clock(-1)
        self.app.issues.mail_drafts()
        return await self.gets()

    async def gets(self, who: str = EDITOR) -> EmailMessage:
        """The newest message to somebody; there must be one."""
        await self.app.mail.drain()
        return self.sink.to(who)[-1].message

    def reply(
        self,
        to: EmailMessage,
        body: str,
        *headers: str,
        sender: str = EDITOR,
        quoted: bool = True,
        dmarc: str = "pass",
    ) -> bytes:
        """What a mail program sends for a reply, with what our mail server finds of it."""
        quote = "".join(f"> {line}\n" for line in text(to).splitlines())
        self.written += 1
        domain = sender.partition("@")[2]
        lines = [
            f"Authentication-Results: mx.kuruma.example; dmarc={dmarc} header.from={domain}",
            f"From: The editor <{sender}>",
            f"To: {to['Reply-To']}",
            f"Subject: Re: {' '.join(to['Subject'].split())}",
            f"Message-ID: <{self.written}@kuruma.example>",
            f"In-Reply-To: {to['Message-ID']}",
            *headers,
            "Content-Type: text/plain; charset=utf-8",
            "",
            body,
            *([f"On Mon, 16 Nov 2026 at 06:00, Kuruma Weekly wrote:\n{quote}"] if quoted else []),
        ]
        return "\n".join(lines).encode()

    async def takes(self, raw: bytes) -> Swept:
        """The mail arrives, and the service looks."""
        keep(self.app.settings.inbox, raw)
        return await self.app.mail.receive()

    async def told(self, to: EmailMessage, body: str) -> str:
        """What the operator gets back for a reply, in one line."""
        before = len(self.sink.to(EDITOR))
        assert await self.takes(self.reply(to, body)) == Swept(handled=1)
        answer = await self.gets()
        assert len(self.sink.to(EDITOR)) == before + 1
        assert self.sink.to(EDITOR)[-1].sender == ""  # nothing bounces to us, or is answered
        assert answer["In-Reply-To"] == f"<{self.written}@kuruma.example>"
        assert answer["Auto-Submitted"] == "auto-replied"
        return " ".join(text(answer).split())

    def stories(self) -> list[int]:
        """The stories of the issue as it is, or would be now, in their order."""
        weekly = self.app.edition("weekly")
        period = self.app.issues.period(weekly, "2026-W47")
        return [each.story for each in self.app.issues.draft(weekly, period).stories]

    @property
    def review(self) -> Review:
        return self.app.store.reviews.find("weekly", "2026-W47")


@pytest.fixture
def inbox() -> str:
    return INBOX


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon(None, {})


@pytest.fixture
def room(tmp_path: Path, inbox: str, lexicon: Lexicon) -> Iterator[Newsroom]:
    clock = [DUE - 24 * HOUR]
    with smtp_sink() as sink:
        config = CONFIG.format(port=sink.port, inbox=inbox)
        (tmp_path / "feeds.toml").write_text(config, encoding="utf-8")
        with open_app(load(tmp_path, {}), lambda: clock[0]) as app:
            app.lexicon = lexicon
            desk = Desk(app.store, lexicon)
            for number, company in enumerate(REPORTS, start=1):
                desk.report(number, DUE - 20 * HOUR, company=company)
            desk.subscribe(EMMA)
            app.store.issues.since("weekly", DUE - 100 * HOUR)
            yield Newsroom(app, sink, clock, desk)


async def test_the_draft_says_that_a_reply_works_and_with_which_words(room: Newsroom) -> None:
    draft = await room.draft()
    assert draft["Reply-To"].startswith("weekly+d-")
    said = " ".join(text(draft).split())
    assert "Reply to this mail with any of these words" in said
    assert "first STORY Let another story stand first." in said
    assert "digest issue approve" not in said


@pytest.mark.parametrize("inbox", [""])
async def test_without_an_inbox_the_draft_has_commands_to_type(room: Newsroom) -> None:
    said = " ".join(text(await room.draft()).split())
    assert "a reply to this mail changes nothing of it" in said
    assert "digest issue approve 2026-W47" in said


async def test_all_that_a_reply_says_is_done_and_told(room: Newsroom) -> None:
    draft = await room.draft()
    assert sorted(room.stories()) == [1, 2, 3, 4]
    last = room.stories()[-1]
    others = sorted({1, 2, 3, 4} - {last})
    body = (
        "Good morning,\n\n"
        f"first {last}\nexclude {others[0]}\nmerge {others[1]} {others[2]}\n\n"
        "note A quiet week,\nwith <one> surprise.\n\n承認\n"
    )
    told = await room.told(draft, body)
    assert room.stories() == [last, others[1]]
    assert f"story {last} stands first" in told
    assert f"story {others[0]} is excluded: in no issue and no alert from now on" in told
    assert "are one now" in told
    assert "the note stands on top: “A quiet week, with <one> surprise.”" in told
    assert "Good morning, not understood" in told
    assert "approved: it goes Mon 2026-11-16 07:00" in told
    assert "approved by the operator's mail" in told
    assert ": done · Kuruma Weekly" in " ".join(str((await room.gets())["Subject"]).split())
    room.set_clock(0)
    room.app.issues.publish_due()
    issue = text(await room.gets(EMMA))
    assert "A quiet week, with <one> surprise." in issue
    assert REPORTS[last - 1] in issue[: issue.index(REPORTS[others[1] - 1])]
    assert REPORTS[others[0] - 1] not in issue


async def test_what_is_refused_leaves_what_is_done_before_and_after_it(room: Newsroom) -> None:
    draft = await room.draft()
    told = await room.told(draft, "exclude 1\nmerge 2 99\nhold\nsplit 2 99\nexclude 3\n")
    assert "merge 2 99 there is no story 99" in told
    assert ": 3 of 5 done ·" in " ".join(str((await room.gets())["Subject"]).split())
    assert sorted(room.stories()) == [2, 4]
    assert room.review.verdict is Verdict.HELD


async def test_the_log_says_nothing_of_a_reply_that_could_not_be_kept(
    room: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    draft = await room.draft()
    connection = database_of(room.app.store).connection
    connection.execute(
        "CREATE TEMP TRIGGER refuse BEFORE INSERT ON deliveries"
        " BEGIN SELECT raise(ABORT, 'full'); END"
    )
    with caplog.at_level("INFO"):
        assert await room.takes(room.reply(draft, "exclude 1\nhold\n")) == Swept(unread=1)
    assert "stories.corrected" not in caplog.text
    assert "issue.reviewed" not in caplog.text
    assert len(room.stories()) == 4
    connection.execute("DROP TRIGGER refuse")
    with caplog.at_level("INFO"):
        await room.told(draft, "exclude 1\nhold\n")
    assert (caplog.text.count("stories.corrected"), caplog.text.count("issue.reviewed")) == (1, 1)
    assert len(room.stories()) == 3


async def test_a_mail_that_is_read_twice_does_nothing_twice(room: Newsroom) -> None:
    raw = room.reply(await room.draft(), "hold\nnote Mine\n")
    assert await room.takes(raw) == Swept(handled=1)
    await room.gets()
    letters = len(room.sink.to(EDITOR))
    room.app.store.reviews.decide("weekly", "2026-W47", Verdict.APPROVED, "anna", room.clock[0])
    room.app.store.reviews.set_note("weekly", "2026-W47", "Anna's")
    assert await room.takes(b"Received: from elsewhere\n" + raw) == Swept(handled=1)
    await room.app.mail.drain()
    assert (room.review.verdict, room.review.note) == (Verdict.APPROVED, "Anna's")
    assert len(room.sink.to(EDITOR)) == letters


async def test_what_was_not_understood_is_told_with_what_else_is_possible(room: Newsroom) -> None:
    told = await room.told(await room.draft(), "frist 3\nexclude 77\nmerge 1\n")
    assert "frist 3 not understood; is it `first`?" in told
    assert "exclude 77 there is no story 77" in told
    assert "merge 1 name two stories or more that tell of one event" in told
    assert "exclude STORY Leave a story out" in told
    assert (room.review.verdict, room.review.note, room.review.lead) == (None, "", None)
    assert "nothing was done" in str((await room.gets())["Subject"])


async def test_the_answer_may_be_answered_in_its_turn(room: Newsroom) -> None:
    held = await room.told(await room.draft(), "hold")
    assert "How it stands now: weekly 2026-W47 is held by the operator's mail: goes when" in held
    approved = await room.told(await room.gets(), "approve")
    assert "weekly 2026-W47 goes Mon 2026-11-16 07:00 Asia/Tokyo; approved by the" in approved
    assert room.review.verdict is Verdict.APPROVED


async def test_words_that_are_only_quoted_do_nothing(room: Newsroom) -> None:
    draft = await room.draft()
    assert "no word of yours" in await room.told(draft, "")
    unmarked = f"{text(draft)}\nhold\n"
    assert await room.takes(room.reply(draft, unmarked, quoted=False)) == Swept(handled=1)
    assert room.review.verdict is None
    assert room.review.note == ""


@pytest.mark.parametrize(
    "header",
    ["Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: bulk", "Return-Path: <>"],
)
async def test_no_program_is_obeyed_or_answered(room: Newsroom, header: str) -> None:
    assert await room.takes(room.reply(await room.draft(), "hold", header)) == Swept(ignored=1)
    assert room.review.verdict is None
    assert len(room.sink.received) == 1


async def test_only_the_operator_is_obeyed(room: Newsroom) -> None:
    """Somebody the draft was forwarded to; a person looks at what they wrote."""
    draft = await room.draft()
    assert await room.takes(room.reply(draft, "hold", sender=EMMA)) == Swept(unread=1)
    (notice,) = room.app.store.notices.latest(9)
    assert "another address than the operator's" in notice.notice.words
    assert await room.takes(room.reply(draft, "hold", dmarc="fail")) == Swept(handled=1)
    two = room.reply(draft, "hold", "From: anna@kuruma.example")
    assert await room.takes(two) == Swept(unread=1)
    assert room.review.verdict is None
    assert len(list((room.app.settings.inbox.maildir / UNREAD / "new").iterdir())) == 2
    await room.app.mail.drain()
    assert len(room.sink.to(EMMA)) == 0


async def test_after_the_issue_is_out_nothing_is_changed_and_that_is_said(room: Newsroom) -> None:
    draft = await room.draft()
    room.set_clock(0)
    room.app.issues.publish_due()
    await room.app.mail.drain()
    before = room.stories()
    told = await room.told(draft, "hold\nexclude 1\nmerge 2 3\n")
    assert told.startswith("Draft of weekly 2026-W47 Nothing was done: weekly 2026-W47 went out")
    assert "`digest issue pause 2026-W47 --edition weekly`" in told
    assert room.stories() == before
    assert room.app.store.corrections.all() == {}


async def test_a_hold_by_mail_ends_at_the_limit_and_each_step_is_told(room: Newsroom) -> None:
    """Held; due, and not sent; approved too late: skipped, and the next issue tells its news."""
    room.desk.report(9, DUE - 8 * 24 * HOUR, company="isuzu")
    room.set_clock(-7 * 24)
    weekly = room.app.edition("weekly")
    room.app.issues.publish(weekly, room.app.issues.period(weekly, "2026-W46"))
    assert "isuzu" in text(await room.gets(EMMA))
    draft = await room.draft()
    told = await room.told(draft, "hold")
    assert "without that it is skipped Thu 2026-11-19 07:00 Asia/Tokyo" in told
    assert "held by the operator's mail: goes when approved" in told
    room.set_clock(0)
    assert room.app.issues.publish_due() == []
    (held,) = room.app.store.notices.latest(9)
    assert held.notice.kind is NoticeKind.ISSUE_HELD
    room.set_clock(3 * 24)
    told = await room.told(draft, "approve")
    assert "Nothing was done: weekly 2026-W47 was due and can no longer be sent" in told
    room.clock[0] += timedelta(seconds=1)
    room.app.issues.publish_due()
    found = room.app.store.issues.find("weekly", "2026-W47")
    assert found is not None
    assert found.outcome is IssueOutcome.SKIPPED
    assert "held by the operator's mail and not approved in time" in (found.reason or "")
    kinds = {each.notice.kind for each in room.app.store.notices.latest(9)}
    assert NoticeKind.ISSUE_SKIPPED in kinds
    told = await room.told(draft, "approve")
    assert "Nothing was done: weekly 2026-W47 was skipped: it was held by" in told
    assert len(room.sink.to(EMMA)) == 1
    room.set_clock(7 * 24)
    room.app.issues.publish_due()
    issue = text(await room.gets(EMMA))
    assert "News of 9–23 November 2026" in issue
    assert all(f"{company} opens plant" in issue for company in REPORTS)


async def test_explained_is_that_the_next_issue_tells_the_news_of_a_skipped_one(
    room: Newsroom,
) -> None:
    await room.draft()
    room.app.store.reviews.decide("weekly", "2026-W47", Verdict.HELD, "anna", room.clock[0])
    room.set_clock(73)
    room.app.issues.publish_due()
    found = trace(room.app, "story:1")
    assert isinstance(found, StoryTold)
    assert [(each.period, each.state) for each in found.issues] == [
        ("2026-W47", "skipped"),
        ("2026-W48", "coming"),
    ]


async def test_approved_by_mail_in_time_it_goes_at_once(room: Newsroom) -> None:
    draft = await room.draft()
    await room.told(draft, "hold")
    room.set_clock(3 * 24 - 1)
    assert room.app.issues.publish_due() == []
    assert "is approved: it goes at once" in await room.told(draft, "approve")
    room.app.issues.publish_due()
    assert "nissan opens plant" in text(await room.gets(EMMA))


async def test_first_by_mail_means_the_number_that_the_draft_shows(room: Newsroom) -> None:
    """Not a rank; of a story that has come into another since, that one."""
    draft = await room.draft()
    (number,) = re.findall(r"subaru opens plant 4\s[^(]*\(story (\d+)\)", text(draft))
    assert "story 4 stands first" in await room.told(draft, f"first {number}")
    assert room.stories()[0] == 4
    assert "does not tell story" not in await room.told(draft, f"first {number}")
    room.app.store.corrections.merge(StoryId(2), StoryId(4), "anna", room.clock[0])
    assert room.stories()[0] == 2
    told = await room.told(draft, "exclude 2\nfirst 4\n")
    assert "does not tell story 4" in told
    room.set_clock(0)
    room.app.issues.publish_due()
    issue = text(await room.gets(EMMA))
    assert "subaru" not in issue


async def test_of_an_edition_or_a_schedule_that_is_gone_that_is_said(room: Newsroom) -> None:
    draft = await room.draft()
    kept = room.app.settings.editions
    assert isinstance(kept, dict)
    weekly = kept.pop("weekly")
    assert "there is no edition weekly any more" in await room.told(draft, "hold")
    kept["weekly"] = replace(weekly, schedule=parse_schedule("07:00"))
    assert "'2026-W47' is no period of weekly" in await room.told(draft, "hold")


async def test_two_programs_that_talk_to_each_other_come_to_an_end(room: Newsroom) -> None:
    draft = await room.draft()
    for _ in range(ANSWERS_A_DAY + 2):
        assert await room.takes(room.reply(draft, "I am away until Monday")) == Swept(handled=1)
    await room.app.mail.drain()
    assert len(room.sink.to(EDITOR)) == 1 + ANSWERS_A_DAY
    says_so = ["last answer today" in text(each.message) for each in room.sink.to(EDITOR)]
    assert sum(says_so) == 1  # whichever arrives last: there are several connections


@pytest.mark.parametrize(
    ("inbox", "obeyed"),
    [(INBOX, False), ('[inbox]\naddress = "weekly@kuruma.example"', True)],
)
async def test_where_our_mail_server_proves_who_wrote_nobody_else_is_obeyed(
    room: Newsroom, *, obeyed: bool
) -> None:
    """The draft may have been forwarded, and who got it could write in the operator's name."""
    taken = await room.takes(room.reply(await room.draft(), "hold", dmarc="none"))
    assert taken == (Swept(handled=1) if obeyed else Swept(unread=1))
    assert (room.review.verdict is None) is not obeyed


async def test_a_clock_that_was_set_back_holds_up_no_mail(room: Newsroom) -> None:
    draft = await room.draft()
    room.set_clock(-8 * 24)
    assert "has not begun" in await room.told(draft, "first 3")
