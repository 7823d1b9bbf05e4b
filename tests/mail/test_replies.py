import pytest

from digest.mail.replies import Blocked, Deferred, Refused, Stage, classify

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
        # Later
        (R, 450, "4.2.0 greylisted", Deferred),
        (R, 452, "4.2.2 mailbox full", Deferred),
        (M, 421, "4.3.2 shutting down", Deferred),
        (B, 451, "4.3.0 try again", Deferred),
        (B, 421, "closing", Deferred),
        (C, 454, "4.7.0 temporary authentication failure", Deferred),
        # Our fault
        (C, 535, "5.7.8 authentication failed", Blocked),
        (C, 554, "no service for you", Blocked),
        (M, 550, "5.1.8 sender domain does not resolve", Blocked),
        (M, 553, "sender not allowed", Blocked),
        (R, 550, "5.7.1 relaying denied", Blocked),
        (R, 550, "5.1.8 sender rejected", Blocked),
        (B, 550, "5.7.515 sender does not meet the required authentication level", Blocked),
        (B, 554, "5.6.0 malformed message", Blocked),
        (B, 552, "5.3.4 message too big", Blocked),
        (B, 554, "transaction failed", Blocked),
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
