"""Requests by mail: what each does for whom, and what its author is told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from digest.issues.widths import width
from digest.model import (
    AlertWish,
    Choice,
    CompanyId,
    Consent,
    Delivery,
    DeliveryKind,
    NoticeKind,
    Preferences,
    Status,
    Subscriber,
    Suppression,
    TopicId,
)
from digest.settings import Edition, InboxSettings, Schedule
from digest.store import Store
from digest.stories.lexicon import Name
from digest.subscribers import tokens
from digest.subscribers.addresses import address_key
from digest.subscribers.answers import Done
from digest.subscribers.bymail import (
    Answered,
    Before,
    MailToUs,
    Outcome,
    Questioned,
    Quiet,
    Unusable,
    handle,
)
from digest.subscribers.commands import (
    AddRule,
    Alerts,
    Change,
    Command,
    Companies,
    Confirm,
    Decline,
    Help,
    Language,
    Leave,
    Mute,
    Pause,
    RemoveRule,
    Resume,
    Rhythm,
    Setting,
    Show,
    Subscribe,
    Topics,
    Unmute,
    from_address,
)
from digest.subscribers.desk import Desk, wake
from digest.subscribers.importing import Vocabulary
from digest.subscribers.letters import Masthead
from digest.subscribers.names import Spellings
from digest.subscribers.reading import Author, MailRequest, Proof, Unclear
from digest.subscribers.wording import settings_in
from tests.builders import NOW

MAILBOX = "weekly@example.org"
TARO = "taro@example.com"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TOKYO = ZoneInfo("Asia/Tokyo")
BEFORE_CHOICE = Preferences(choice=Choice(topics=frozenset({TopicId("ev")})))
SCHEDULES = {
    "weekly": Schedule(at=time(7), weekdays=frozenset({0})),
    "daily": Schedule(at=time(7)),
}


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(
        store=store,
        masthead=Masthead(
            title="Kuruma Weekly",
            editions={n: Edition(name=n, schedule=s, zone=TOKYO) for n, s in SCHEDULES.items()},
            inbox=InboxSettings(maildir=Path("inbox"), address=MAILBOX),
            zone=TOKYO,
            companies={CompanyId("toyota"): Name("Toyota", "トヨタ自動車")},
            topics={
                TopicId("tariffs_trade"): Name("Tariffs & trade", "関税・通商"),
                TopicId("ev"): Name("Electric vehicles", "EV・電動車"),
            },
        ),
        vocabulary=Vocabulary(
            rhythms=frozenset({"weekly", "daily"}),
            companies=frozenset({CompanyId("toyota")}),
            topics=frozenset({TopicId("ev"), TopicId("tariffs_trade")}),
            spellings=Spellings(
                companies={"トヨタ": CompanyId("toyota"), "toyota": CompanyId("toyota")},
                topics={
                    "tariffs": TopicId("tariffs_trade"),
                    "関税": TopicId("tariffs_trade"),
                    "ev": TopicId("ev"),
                },
            ),
        ),
        lately=lambda _: 12.0,
    )


class Post:
    """Mails to us, each with a key of its own."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.number = 0

    def __call__(  # a mail has many sides
        self,
        command: Command,
        *settings: Setting,
        proof: Proof = Proof.PASS,
        sender: str | None = TARO,
        now: datetime = NOW,
        unclear: Sequence[Unclear] = (),
        lost: bool = False,
        brief: bool = True,
        japanese: bool = False,
        by_program: bool = False,
    ) -> Outcome:
        self.number += 1
        request = MailRequest(
            command=command,
            settings=tuple(enumerate(settings, start=1)),
            unclear=tuple(unclear),
            lost=lost,
            brief=brief,
            japanese=japanese,
        )
        mail = MailToUs(
            key=f"{self.number:x}".ljust(64, "-"),
            request=request,
            author=None if sender is None else Author(sender, proof),
            message_id=f"<{self.number}@example.com>",
            by_program=by_program,
        )
        outcome = handle(self.desk, mail, now)
        again = handle(self.desk, mail, now)
        assert again == (outcome if isinstance(outcome, Unusable) else Before())
        return outcome

    def taken(self, now: datetime = NOW + 99 * DAY) -> list[Delivery]:
        """What is queued by then."""
        return self.desk.store.deliveries.claim(10_000, now, resend_unknown=False)

    def letter(self) -> str:
        """The one letter that is queued."""
        (mail,) = self.taken()
        assert mail.letter is not None
        return f"{mail.letter.subject}\n\n{mail.letter.text}"


@pytest.fixture
def post(desk: Desk) -> Post:
    return Post(desk)


def reader(desk: Desk, status: Status = Status.ACTIVE, **choice: str) -> Subscriber:
    consent = Consent(at=NOW, how="form", words="yes")
    made = desk.store.subscribers.add(
        TARO,
        address_key(TARO),
        name="",
        status=status,
        preferences=Preferences(
            choice=Choice(topics=frozenset({TopicId("ev")}), **choice)  # type: ignore[arg-type]
        ),
        consent=consent,
        now=NOW - 9 * DAY,
    )
    assert made is not None
    found = desk.store.subscribers.get(made)
    assert found is not None
    return found


def now_is(desk: Desk, address: str = TARO) -> Subscriber | None:
    return desk.store.subscribers.by_key(address_key(address))


def status(desk: Desk) -> Status | None:
    found = now_is(desk)
    return None if found is None else found.status


def token_in(mail: Delivery) -> str:
    assert mail.letter is not None
    assert mail.letter.reply_to is not None
    command = from_address([mail.letter.reply_to], MAILBOX)
    assert isinstance(command, Confirm)
    assert command.token is not None
    return command.token


# --- joining ------------------------------------------------------------------------------------


@pytest.mark.parametrize("proof", [Proof.PASS, Proof.NONE])
def test_whoever_wants_to_join_is_asked_first_and_their_yes_is_answered(
    desk: Desk, post: Post, proof: Proof
) -> None:
    settings = (Topics(("関税",)), Companies(("トヨタ",)), Language("ja"), Rhythm("daily"))
    assert post(Subscribe(), *settings, proof=proof) == Questioned()
    assert status(desk) is Status.PENDING
    (mail,) = post.taken()
    assert (mail.kind, mail.address) == (DeliveryKind.CONFIRMATION, TARO)
    assert mail.letter is not None
    assert "トヨタ自動車のうち関税・通商" in mail.letter.text
    assert "毎日" in mail.letter.text
    assert "週に7通、記事は合わせて約84本" in mail.letter.text
    assert post(Confirm(token_in(mail)), proof=Proof.NONE) == Answered(Done.JOINED)
    assert status(desk) is Status.ACTIVE
    (answer,) = post.taken()
    assert answer.letter is not None
    assert answer.letter.language == "ja"
    assert "配信を開始しました" in answer.letter.text
    assert "トピック:" in answer.letter.text


def test_the_confirmation_speaks_the_language_of_the_mail(post: Post) -> None:
    assert post(Subscribe(), japanese=True) == Questioned()
    assert "お届けする内容" in post.letter()


def test_the_confirmation_says_how_much_mail_that_would_have_been(post: Post) -> None:
    post(Subscribe())
    assert "Lately that was about 12 stories in 1 mail a week." in post.letter()


def test_a_token_confirms_whoever_sends_it_and_only_once(desk: Desk, post: Post) -> None:
    post(Subscribe())
    (mail,) = post.taken()
    token = token_in(mail)
    assert post(Confirm(token), sender="other@example.net", proof=Proof.NONE) == Answered(
        Done.JOINED
    )
    (answer,) = post.taken()
    assert answer.address == TARO  # and not whoever sent it
    assert post(Confirm(token)) == Answered(Done.KNOWN)
    assert status(desk) is Status.ACTIVE


def test_a_proven_yes_needs_no_token(desk: Desk, post: Post) -> None:
    post(Subscribe())
    assert post(Confirm(), proof=Proof.NONE) == Quiet("answered not long ago")
    assert status(desk) is Status.PENDING
    assert post(Confirm()) == Answered(Done.JOINED)
    assert status(desk) is Status.ACTIVE


def test_a_yes_to_nothing_gets_told_so(desk: Desk, post: Post) -> None:
    assert post(Confirm()) == Answered(Done.STALE)
    assert post(Confirm("a" * 32), sender="b@example.com") == Answered(Done.STALE)
    assert status(desk) is None


@pytest.mark.parametrize("proof", [Proof.PASS, Proof.NONE])
def test_no_is_no(desk: Desk, post: Post, proof: Proof) -> None:
    post(Subscribe())
    (mail,) = post.taken()
    assert post(Decline(token_in(mail)), proof=proof) == Quiet("declined")
    assert status(desk) is Status.LEFT
    assert post(Confirm(token_in(mail)), proof=Proof.NONE) == Quiet("answered not long ago")
    assert status(desk) is Status.LEFT


def test_a_proven_no_needs_no_token(desk: Desk, post: Post) -> None:
    post(Subscribe())
    assert post(Decline(), proof=Proof.NONE) == Quiet("declined")
    assert status(desk) is Status.PENDING
    assert post(Decline()) == Quiet("declined")
    assert status(desk) is Status.LEFT


def test_whoever_subscribes_already_is_told_so(desk: Desk, post: Post) -> None:
    reader(desk)
    assert post(Subscribe()) == Answered(Done.KNOWN)
    assert "already" in post.letter()
    assert post(Subscribe(), Language("ja")) == Answered(Done.CHANGED)
    found = now_is(desk)
    assert found is not None
    assert found.preferences.choice.language == "ja"


@pytest.mark.parametrize("was", [Status.LEFT, Status.SUSPENDED])
@pytest.mark.parametrize("command", [Subscribe(), Resume()])
def test_who_was_here_before_comes_back_by_a_confirmation(
    desk: Desk, post: Post, was: Status, command: Command
) -> None:
    reader(desk, was)
    assert post(command) == Questioned()
    assert status(desk) is was
    (mail,) = post.taken()
    assert post(Confirm(token_in(mail))) == Answered(Done.JOINED)
    assert status(desk) is Status.ACTIVE


def test_a_stranger_cannot_have_somebody_asked_who_wanted_to_be_forgotten(
    desk: Desk, post: Post
) -> None:
    hashed = tokens.address_hash(desk.store.secret(), address_key(TARO))
    desk.store.subscribers.suppress(hashed, Suppression.FORGOTTEN, NOW)
    assert isinstance(post(Subscribe(), proof=Proof.NONE), Quiet)
    assert isinstance(post(Help(), proof=Proof.NONE), Quiet)
    assert post.taken() == []
    assert post(Subscribe()) == Questioned()


def test_whoever_asks_again_is_told_of_the_first_mail_if_they_are_who_they_say(post: Post) -> None:
    post(Subscribe())
    post.taken()
    assert post(Subscribe(), proof=Proof.NONE) == Quiet("asked not long ago")
    assert post(Subscribe()) == Answered(Done.INVITED)
    assert "Reply to that one" in " ".join(post.letter().split())


# --- what a reader may want ---------------------------------------------------------------------

WISHES: list[tuple[Command, tuple[Setting, ...], Done, Status]] = [
    (Leave(), (), Done.LEFT, Status.LEFT),
    (Pause(4 * 7 * DAY), (), Done.PAUSED, Status.PAUSED),
    (Pause(date(2026, 12, 31)), (), Done.PAUSED, Status.PAUSED),
    (Pause(DAY), (Rhythm("daily"),), Done.PAUSED, Status.PAUSED),
    (Resume(), (), Done.RESUMED, Status.ACTIVE),
    (Change(), (Topics(("tariffs",)),), Done.CHANGED, Status.ACTIVE),
    (Change(), (Topics(()),), Done.CHANGED, Status.ACTIVE),
    (Show(), (Language("ja"),), Done.CHANGED, Status.ACTIVE),
]


@pytest.mark.parametrize(("command", "settings", "done", "to"), WISHES)
def test_a_proven_reader_is_obeyed_at_once_and_told(
    desk: Desk,
    post: Post,
    *,
    command: Command,
    settings: tuple[Setting, ...],
    done: Done,
    to: Status,
) -> None:
    reader(desk)
    assert post(command, *settings) == Answered(done)
    assert status(desk) is to
    (mail,) = post.taken()
    assert (mail.kind, mail.address) == (DeliveryKind.ANSWER, TARO)
    assert mail.letter is not None
    assert mail.letter.in_reply_to == "<1@example.com>"


@pytest.mark.parametrize(("command", "settings", "done", "to"), WISHES)
def test_anybody_else_has_the_owner_of_the_address_asked(
    desk: Desk,
    post: Post,
    *,
    command: Command,
    settings: tuple[Setting, ...],
    done: Done,
    to: Status,
) -> None:
    before = reader(desk)
    assert post(command, *settings, proof=Proof.NONE) == Questioned()
    assert now_is(desk) == before
    (mail,) = post.taken()
    assert (mail.kind, mail.address) == (DeliveryKind.CONFIRMATION, TARO)
    assert mail.letter is not None
    assert "nothing has been changed" in mail.letter.text
    assert post(Confirm(token_in(mail)), proof=Proof.NONE) == Answered(done)
    assert status(desk) is to
    assert post(Confirm(token_in(mail)), sender="x@example.com") == Answered(Done.STALE)
    after = now_is(desk)
    assert after is not None
    assert (after.preferences != before.preferences) == bool(settings)


@pytest.mark.parametrize(
    ("command", "settings", "said"),
    [
        (Leave(), (), "配信停止のご依頼"),
        (Pause(date(2026, 12, 31)), (), "2026年12月31日までの配信休止のご依頼"),
        (Resume(), (), "配信再開のご依頼"),
        (
            Change(),
            (Companies(("toyota",)), Rhythm("daily")),
            "設定変更（日本の自動車業界のニュース（トヨタ自動車のうちEV・電動車）、毎日）のご依頼",
        ),
    ],
)
def test_a_reader_is_asked_in_their_own_language(
    desk: Desk, post: Post, command: Command, settings: tuple[Setting, ...], said: str
) -> None:
    reader(desk, language="ja")
    assert post(command, *settings, proof=Proof.NONE) == Questioned()
    assert said in post.letter().replace("\n", "")


@pytest.mark.parametrize(("command", "settings", "done", "to"), WISHES)
def test_a_forged_mail_gets_nothing_at_all(
    desk: Desk,
    post: Post,
    *,
    command: Command,
    settings: tuple[Setting, ...],
    done: Done,  # noqa: ARG001  # columns of the table
    to: Status,  # noqa: ARG001
) -> None:
    before = reader(desk)
    for each in (command, Help(), Subscribe(), Confirm()):
        assert isinstance(post(each, *settings, proof=Proof.FAIL), Quiet)
    assert now_is(desk) == before
    assert post.taken() == []


@pytest.mark.parametrize("command", [Leave(), Pause(DAY), Resume(), Change(), Show()])
@pytest.mark.parametrize("proof", [Proof.PASS, Proof.NONE])
def test_whoever_does_not_subscribe_is_told_so(
    desk: Desk, post: Post, command: Command, proof: Proof
) -> None:
    expected = Questioned() if command == Resume() else Answered(Done.ABSENT)
    assert post(command, proof=proof) == expected
    assert len(post.taken()) == 1
    assert status(desk) is (Status.PENDING if command == Resume() else None)


@pytest.mark.parametrize("was", [Status.PENDING, Status.SUSPENDED])
@pytest.mark.parametrize("proof", [Proof.PASS, Proof.NONE])
def test_what_cannot_be_is_not_done(desk: Desk, post: Post, was: Status, proof: Proof) -> None:
    before = reader(desk, was)
    assert post(Pause(DAY), proof=proof) == Answered(Done.IMPOSSIBLE)
    assert now_is(desk) == before


@pytest.mark.parametrize("was", [Status.PENDING, Status.SUSPENDED, Status.PAUSED])
def test_anybody_may_leave_from_where_they_are(desk: Desk, post: Post, was: Status) -> None:
    reader(desk, was)
    assert post(Leave()) == Answered(Done.LEFT)
    assert status(desk) is Status.LEFT
    said = post.letter()
    assert "come back" in said
    assert "What is set now" not in said


def test_a_leave_token_works_whoever_sends_it_and_without_an_answer(desk: Desk, post: Post) -> None:
    token = tokens.leave_token(desk.store.secret(), reader(desk).id)
    for proof in Proof:
        assert post(Leave(token), proof=proof, by_program=True, sender=None) == Quiet(
            "left by token"
        )
    assert status(desk) is Status.LEFT
    assert post.taken() == []


def test_a_damaged_leave_token_is_as_good_as_the_word(desk: Desk, post: Post) -> None:
    reader(desk)
    assert isinstance(post(Leave("a" * 32), by_program=True), Unusable)
    assert isinstance(post(Leave("a" * 32), sender=None), Unusable)
    assert status(desk) is Status.ACTIVE
    assert post(Leave("a" * 32)) == Answered(Done.LEFT)


def test_a_pause_ends_by_itself(desk: Desk, post: Post) -> None:
    reader(desk)
    post(Pause(7 * DAY))
    assert "until 23 November 2026" in post.letter()
    assert wake(desk.store, NOW + 6 * DAY) == 0
    assert wake(desk.store, NOW + 7 * DAY) == 1
    found = now_is(desk)
    assert found is not None
    assert (found.status, found.paused_until) == (Status.ACTIVE, None)


def test_a_day_is_one_of_the_list_and_a_pause_no_longer_than_a_year(desk: Desk, post: Post) -> None:
    reader(desk)
    post(Pause(date(2026, 12, 31)))
    found = now_is(desk)
    assert found is not None
    assert found.paused_until == datetime(2026, 12, 31, tzinfo=TOKYO)
    post(Pause(date(2099, 1, 1)))
    found = now_is(desk)
    assert found is not None
    assert found.paused_until == NOW + 366 * DAY
    assert post(Pause(date(2026, 1, 1))) == Answered(Done.IMPOSSIBLE)


def test_a_longer_pause_replaces_a_shorter_one_and_leaving_ends_it(desk: Desk, post: Post) -> None:
    reader(desk)
    post(Pause(DAY))
    post(Pause(9 * DAY))
    found = now_is(desk)
    assert found is not None
    assert found.paused_until == NOW + 9 * DAY
    post(Leave())
    assert wake(desk.store, NOW + 99 * DAY) == 0
    assert status(desk) is Status.LEFT


# --- what an answer says ------------------------------------------------------------------------


def test_an_answer_says_what_was_done_what_is_set_now_and_how_to_change_it(
    desk: Desk, post: Post
) -> None:
    reader(desk)
    post(Change(), Topics(("tariffs", "ev")), Companies(("toyota",)), Rhythm("daily"))
    said = post.letter()
    assert said.startswith("Kuruma Weekly: your subscription\n\nDone: your settings are changed")
    assert "about Toyota, but only on Electric vehicles, Tariffs & trade" in " ".join(said.split())
    assert "every day" in said
    assert "active" in said
    assert "pause 4 weeks" in said
    assert "Rhythms: weekly, daily, alerts" in said


def test_a_reader_is_answered_in_their_own_language(desk: Desk, post: Post) -> None:
    reader(desk, language="ja")
    post(Show())
    said = post.letter()
    assert "現在の状態は次のとおりです" in said
    assert "毎週月曜日" in said
    assert "配信中" in said


WORDS = "buy my <b>pills</b> http://spam.example"


@pytest.mark.parametrize("proof", [Proof.PASS, Proof.NONE])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_words_of_a_mail_are_repeated_only_to_whoever_proved_to_have_written_them(
    desk: Desk, post: Post, proof: Proof, language: str
) -> None:
    reader(desk, language=language)
    settings = (Topics((WORDS,)), Rhythm(WORDS))
    assert post(Show(), *settings, proof=proof, unclear=[Unclear(7, WORDS)]) == Answered(
        Done.NOTHING
    )
    (mail,) = post.taken()
    assert mail.letter is not None
    said = mail.letter.text
    assert (WORDS in " ".join(said.split())) == (proof is Proof.PASS)
    assert (mail.letter.in_reply_to is None) == (proof is Proof.NONE)
    for line in (1, 2, 7):
        assert (f"{line}行目" if language == "ja" else f"Line {line} of your mail") in said


def test_names_that_we_do_not_know_do_not_come_to_mean_all(desk: Desk, post: Post) -> None:
    before = reader(desk)
    assert post(Change(), Topics(("pills",)), Companies(("bar",))) == Answered(Done.NOTHING)
    assert now_is(desk) == before
    assert "Line 1 of your mail has a name that we do not know: pills" in post.letter()


def test_what_is_known_of_a_line_counts(desk: Desk, post: Post) -> None:
    reader(desk)
    assert post(Change(), Topics(("pills", "tariffs"))) == Answered(Done.CHANGED)
    found = now_is(desk)
    assert found is not None
    assert found.preferences.choice.topics == {"tariffs_trade"}


def test_help_is_for_everybody_who_asks(post: Post) -> None:
    assert post(Help(), proof=Proof.NONE) == Answered(Done.HELPED)
    assert "Topics: Tariffs & trade, Electric vehicles" in post.letter()
    assert post(Help(), sender="b@example.com", japanese=True) == Answered(Done.HELPED)
    assert "メールでできること" in post.letter()


@pytest.mark.parametrize("japanese", [False, True])
def test_help_names_every_wish_for_alerts_in_words_that_are_understood(
    post: Post, *, japanese: bool
) -> None:
    post(Help(), japanese=japanese)
    lines = [part for line in post.letter().splitlines() for part in line.split("   ")]
    said = [setting for line in lines for setting in settings_in(line.strip())]
    assert {each.wish for each in said if isinstance(each, Alerts)} == set(AlertWish)


def test_spam_is_not_answered_but_what_looks_like_a_try_is(desk: Desk, post: Post) -> None:
    lines = [Unclear(1, "hello")]
    spam = post(Help(), proof=Proof.NONE, lost=True, brief=False, unclear=lines)
    assert isinstance(spam, Unusable)
    assert post(Help(), proof=Proof.NONE, lost=True, unclear=lines) == Answered(Done.NOTHING)
    reader(desk)
    again = post(Help(), lost=True, brief=False, unclear=lines)
    assert again == Answered(Done.NOTHING)


def test_a_mail_from_nobody_is_for_a_person(post: Post) -> None:
    assert isinstance(post(Subscribe(), sender=None), Unusable)


# --- never a nuisance ---------------------------------------------------------------------------

FORGED: list[tuple[Command, tuple[Setting, ...]]] = [
    (Subscribe(), ()),
    (Subscribe(), (Language("ja"),)),
    (Leave(), ()),
    (Pause(DAY), ()),
    (Change(), (Rhythm("daily"),)),
    (Show(), ()),
    (Help(), ()),
    (Confirm(), ()),
    (Confirm("a" * 32), ()),
    (Resume(), ()),
]


@pytest.mark.parametrize("known", [None, Status.ACTIVE, Status.PENDING, Status.LEFT])
def test_a_thousand_forged_requests_in_a_day_are_one_mail_and_in_a_month_three(
    desk: Desk, post: Post, known: Status | None
) -> None:
    if known is not None:
        reader(desk, known)
    for number in range(1000):
        command, settings = FORGED[number % len(FORGED)]
        later = NOW + number * timedelta(seconds=80)
        post(command, *settings, proof=Proof.NONE, now=later)
    assert len(post.taken()) == 1
    for number in range(1000):
        command, settings = FORGED[number % len(FORGED)]
        later = NOW + 2 * DAY + number * 27 * DAY / 1000
        post(command, *settings, proof=Proof.NONE, now=later)
    assert len(post.taken()) == 2
    if known is Status.ACTIVE:
        assert status(desk) is Status.ACTIVE


def test_requests_in_the_names_of_many_are_spread_over_hours_and_the_operator_told(
    desk: Desk, post: Post
) -> None:
    for number in range(600):
        sender = f"reader{number}@example.com"
        post(Subscribe(), proof=Proof.NONE, sender=sender)
    assert len(post.taken(NOW)) == 20
    assert len(post.taken(NOW + HOUR)) == 20
    assert len(post.taken(NOW + 24 * HOUR)) == 500 - 40
    assert post.taken() == []
    (notice,) = desk.store.notices.latest(9)
    assert notice.notice.kind is NoticeKind.REQUESTS_LIMITED


def test_many_domains_together_get_a_hundred_letters_an_hour(post: Post) -> None:
    for number in range(300):
        post(Subscribe(), proof=Proof.PASS, sender=f"reader@d{number}.example")
    assert [len(post.taken(NOW + hours * HOUR)) for hours in range(4)] == [100, 100, 100, 0]


def test_two_programs_that_talk_to_each_other_fall_silent(desk: Desk, post: Post) -> None:
    reader(desk)
    outcomes = [post(Show()) for _ in range(50)]
    assert sum(isinstance(each, Answered) for each in outcomes) == 10
    assert len(post.taken()) == 10
    assert post(Show(), now=NOW + DAY + HOUR) == Answered(Done.SHOWN)


def test_a_proven_reader_is_obeyed_even_when_no_more_answers_go(desk: Desk, post: Post) -> None:
    reader(desk)
    for _ in range(10):
        post(Show())
    assert post(Leave()) == Quiet("answered too often today")
    assert status(desk) is Status.LEFT


def test_old_records_of_mail_are_not_kept_for_ever(desk: Desk, post: Post) -> None:
    post(Help())
    first = "1".ljust(64, "-")
    assert not desk.store.inbox.handle(first, "", NOW)  # it was, by the mail
    later = NOW + 91 * DAY
    post(Help(), now=later)
    assert desk.store.inbox.handle(first, "", later)


# --- alerts -------------------------------------------------------------------------------------


def test_a_reader_sets_alerts_and_rules_of_their_own_and_is_told_them(
    desk: Desk, post: Post
) -> None:
    reader(desk)
    settings = (Alerts(AlertWish.BREAKING), AddRule("company:トヨタ and topic:ev"))
    assert post(Change(), *settings) == Answered(Done.ALERTS_CHANGED)
    found = now_is(desk)
    assert found is not None
    assert found.preferences.alerts is AlertWish.BREAKING
    assert found.preferences.rules == ("company:toyota and topic:ev",)
    said = post.letter()
    assert "Alerts:     when news breaks, and by 1 rule of your own\n" in said
    assert "    1. company:toyota and topic:ev\n" in said
    assert post(Change(), RemoveRule("1")) == Answered(Done.ALERTS_CHANGED)
    assert "Alerts:     when news breaks\n" in post.letter()


def test_a_bad_rule_is_shown_with_a_mark_to_a_proven_reader_only(desk: Desk, post: Post) -> None:
    reader(desk)
    bad = AddRule("company:toyota andd topic:ev")
    assert post(Change(), bad) == Answered(Done.NOTHING)
    said = post.letter()
    assert "Line 1: this rule cannot be read from character 16 on" in said
    assert "  company:toyota andd topic:ev\n                 ^\n" in said
    assert post(Change(), bad, proof=Proof.NONE) == Answered(Done.NOTHING)
    said = post.letter()
    assert "character 16" in said
    assert "andd" not in said


def test_the_owner_is_asked_without_the_words_of_a_strangers_rule(desk: Desk, post: Post) -> None:
    reader(desk)
    rule = AddRule('"visit evil.example"')
    assert post(Change(), rule, proof=Proof.NONE) == Questioned()
    (mail,) = post.taken()
    assert mail.letter is not None
    assert "alerts: by 1 rule of your own" in mail.letter.text
    assert "evil" not in mail.letter.text
    assert post(Confirm(token_in(mail)), proof=Proof.NONE) == Answered(Done.CHANGED)
    found = now_is(desk)
    assert found is not None
    assert found.preferences.rules == ('"visit evil.example"',)


@pytest.mark.parametrize(
    ("language", "done"),
    [
        ("en", "you get no alerts until 23 November 2026"),
        ("ja", "2026年11月23日まで速報をお送りしません"),
    ],
)
def test_alerts_are_silent_for_a_time_and_then_again(
    desk: Desk, post: Post, language: str, done: str
) -> None:
    reader(desk, language=language)
    assert post(Mute(7 * DAY)) == Answered(Done.MUTED)
    said = post.letter()
    assert done in said
    assert (
        "(silent until 23 November" if language == "en" else "（2026年11月23日まで休止）"
    ) in said
    found = now_is(desk)
    assert found is not None
    assert found.muted_until == NOW + 7 * DAY
    assert post(Show(), now=NOW + 8 * DAY) == Answered(Done.SHOWN)
    assert "silent" not in post.letter()
    assert post(Unmute()) == Answered(Done.UNMUTED)
    found = now_is(desk)
    assert found is not None
    assert found.muted_until is None
    assert found.status is Status.ACTIVE


def test_somebody_else_mutes_only_with_the_owners_yes(desk: Desk, post: Post) -> None:
    reader(desk)
    assert post(Mute(DAY), proof=Proof.NONE) == Questioned()
    (mail,) = post.taken()
    assert mail.letter is not None
    assert "to send no alerts until 17 November 2026" in mail.letter.text
    assert post(Confirm(token_in(mail)), proof=Proof.NONE) == Answered(Done.MUTED)
    assert "you get no alerts until" in post.letter()
    found = now_is(desk)
    assert found is not None
    assert found.muted_until == NOW + DAY
    assert post(Unmute(), proof=Proof.NONE, now=NOW + 2 * DAY) == Questioned()
    assert "to send alerts again" in post.letter()


def test_a_mute_that_is_over_already_cannot_be(desk: Desk, post: Post) -> None:
    reader(desk)
    assert post(Mute(date(2026, 1, 1))) == Answered(Done.IMPOSSIBLE)


def test_who_joins_with_alerts_is_told_them(post: Post) -> None:
    post(Subscribe(), Alerts(AlertWish.BREAKING), proof=Proof.NONE)
    assert "Alerts: when news breaks\n" in post.letter()


def test_an_answer_names_the_page_where_there_is_one(desk: Desk, post: Post) -> None:
    found = reader(desk)
    post(Show())
    assert "://" not in post.letter()
    url = "https://weekly.example.org"
    post.desk = replace(desk, masthead=replace(desk.masthead, public_url=url))
    post(Show())
    token = tokens.preferences_token(desk.store.secret(), found.id, NOW)
    said = post.letter()
    assert f"{url}/p/{token}" in said
    assert "90 days" in said
    post(Leave())
    assert "://" not in post.letter()


def test_alerts_change_at_once_and_the_answer_says_so(desk: Desk, post: Post) -> None:
    reader(desk)
    post(Change(), Alerts(AlertWish.BREAKING))
    assert "your alerts are changed. That counts at once." in post.letter()
    post(Change(), Alerts(AlertWish.NONE), Language("ja"))
    assert "速報にはすぐに" in post.letter()
    post(Change(), Alerts(AlertWish.BREAKING), Language("ja"))
    assert "速報の設定を変更しました" in post.letter()
    post(Change(), Alerts(AlertWish.NONE), Language("en"))
    assert "They count at once for alerts" in post.letter()


@pytest.mark.parametrize("wish", [AlertWish.NONE, AlertWish.RULES])
def test_who_gets_alerts_and_nothing_else_is_told_how_to_get_fewer(
    desk: Desk, post: Post, wish: AlertWish
) -> None:
    made = reader(desk)
    only = replace(made.preferences, rhythm="alerts")
    desk.store.subscribers.set_preferences(made.id, only, NOW)
    assert post(Change(), Alerts(wish)) == Answered(Done.NOTHING)
    assert "write unsubscribe" in post.letter()
    assert post(Change(), Alerts(wish), Rhythm("weekly")) == Answered(Done.CHANGED)
    found = now_is(desk)
    assert found is not None
    assert found.preferences.alerts is wish
    said = post.letter()
    assert "write unsubscribe" not in said


def test_who_gets_alerts_and_nothing_else_is_told_that_they_get_them(
    desk: Desk, post: Post
) -> None:
    made = reader(desk)
    only = replace(made.preferences, rhythm="alerts")
    desk.store.subscribers.set_preferences(made.id, only, NOW)
    post(Show())
    assert "Alerts:     when news breaks\n" in post.letter()


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "alerts are none, breaking or rules"), ("ja", "なし・重大・条件のいずれか")],
)
def test_a_wish_for_alerts_that_there_is_not_is_answered_with_those_that_there_are(
    desk: Desk, post: Post, language: str, said: str
) -> None:
    reader(desk, language=language)
    assert post(Change(), AddRule("loud")) == Answered(Done.NOTHING)
    told = post.letter()
    assert said in told
    assert "^" not in told


def test_what_was_misread_is_told_in_the_order_of_the_lines(desk: Desk, post: Post) -> None:
    reader(desk)
    post(Change(), Topics(("pills",)), Topics(("bar",)), unclear=[Unclear(9, "x"), Unclear(2, "y")])
    told = [line[:6] for line in post.letter().splitlines() if line.startswith("Line ")]
    assert told == ["Line 1", "Line 2", "Line 2", "Line 9"]


@pytest.mark.parametrize(("language", "said"), [("en", "That is the longest"), ("ja", "最長で1年")])
@pytest.mark.parametrize("kind", [Pause, Mute])
def test_who_asks_for_too_long_gets_as_long_as_there_is_and_is_told_the_limit(
    desk: Desk, post: Post, kind: type[Pause | Mute], language: str, said: str
) -> None:
    reader(desk, language=language)
    post(kind(timedelta(days=4000)))
    assert said in post.letter()
    post(kind(DAY))
    assert said not in post.letter()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_line_of_an_answer_is_wider_than_78_columns_but_a_link(
    desk: Desk, post: Post, language: str
) -> None:
    topics = {TopicId(f"t{n}"): Name(f"Topic number {n}", f"話題の{n}番") for n in range(40)}
    page = "https://digest.example/" + "x" * 90
    wide = replace(desk, masthead=replace(desk.masthead, topics=topics, public_url=page))
    reader(desk, language=language)
    post.desk = wide
    bad = AddRule(f"company:toyota {'andd topic:ev ' * 12}")
    post(Change(), bad, Topics((WORDS,)), unclear=[Unclear(3, "日産の話 " * 30)])
    (mail,) = post.taken()
    assert mail.letter is not None
    lines = mail.letter.text.splitlines()
    wider = [line for line in lines if width(line) > 78]
    assert [line.startswith(page) for line in wider] == [True]
    assert "  alert: company:nissan and topic:recall_safety" in lines or language == "ja"
