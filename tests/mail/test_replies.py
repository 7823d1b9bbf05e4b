import pytest

from digest.mail.replies import (
    Blocked,
    Busy,
    Deferred,
    Disliked,
    Refused,
    Stage,
    classify,
    of_one_mailbox,
    status_of,
)

C, M, R, B = Stage.CONNECT, Stage.MAIL, Stage.RCPT, Stage.BODY


@pytest.mark.parametrize(
    ("stage", "code", "text", "meaning"),
    [
        # Somebody's address
        (R, 550, "5.1.1 <x@example.com>: no such user", Refused),
        (R, 550, "user unknown", Refused),
        (R, 553, "5.1.3 bad address syntax", Refused),
        (R, 552, "5.2.2 mailbox full", Refused),
        (R, 554, "5.4.4 no route to host", Refused),
        (B, 550, "5.2.1 mailbox disabled", Refused),
        (B, 552, "5.2.2 over quota", Refused),
        # This message, later
        (R, 450, "4.2.0 greylisted", Deferred),
        (R, 452, "4.2.2 mailbox full", Deferred),
        (R, 450, "4.7.1 suspicious reputation", Deferred),
        (B, 451, "4.3.0 try again", Deferred),
        (B, 421, "closing", Deferred),
        # Any message, later
        (M, 421, "4.3.2 shutting down", Busy),
        (M, 452, "4.3.1 disk full", Busy),
        (C, 421, "4.7.0 too many connections", Busy),
        (C, 454, "4.7.0 temporary authentication failure", Busy),
        # Our fault: any message would meet it
        (C, 535, "5.7.8 authentication failed", Blocked),
        (C, 554, "no service for you", Blocked),
        (M, 550, "5.1.8 sender domain does not resolve", Blocked),
        (M, 553, "sender not allowed", Blocked),
        # Our fault: what we send is not wanted
        (R, 550, "5.7.1 relaying denied", Disliked),
        (R, 550, "5.1.8 sender rejected", Disliked),
        (B, 550, "5.7.515 sender does not meet the required authentication level", Disliked),
        (B, 554, "5.6.0 malformed message", Disliked),
        (B, 552, "5.3.4 message too big", Disliked),
        (B, 554, "transaction failed", Disliked),
    ],
)
def test_what_an_answer_means(stage: Stage, code: int, text: str, meaning: type) -> None:
    found = classify(stage, code, text)
    assert isinstance(found, meaning)
    assert found.reply == f"{code} {text}"


def test_a_reply_of_many_lines_is_kept_as_one() -> None:
    assert classify(R, 550, "5.1.1 no\nsuch   user\r\n").reply == "550 5.1.1 no such user"


def test_a_number_that_looks_like_a_code_is_not_one() -> None:
    assert isinstance(classify(R, 550, "host 192.5.7.1 says no"), Refused)


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("550 5.1.1 no such user", "5.1.1"),
        ("550 no such user", ""),
        ("550 host 192.5.7.1", ""),
    ],
)
def test_the_enhanced_code_is_found_in_the_words(reply: str, status: str) -> None:
    assert status_of(reply) == status


@pytest.mark.parametrize(
    ("reply", "mailbox"),
    [
        ("452 4.2.2 mailbox full", True),
        ("450 4.1.8 sender", True),
        ("421 4.2.1 too many", False),
        ("450 4.7.1 rate limited", False),
        ("451 later", False),
    ],
)
def test_a_deferral_of_one_mailbox_is_told_from_one_of_its_domain(
    reply: str,
    mailbox: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert of_one_mailbox(reply) is mailbox
