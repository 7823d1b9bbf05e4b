from datetime import timedelta

import pytest

from digest.mail.trouble import (
    MAIL_SERVER,
    about_barred_way,
    about_refusal,
    reason_of,
    unnamed,
)
from digest.model import PASSING, DeliveryKind, NoticeKind
from tests.builders import NOW
from tests.mail.builders import delivery, letter

REFUSAL = "554 5.7.1 <Taro@Example.com>: looks like spam"


def test_what_is_told_of_a_refused_issue_names_the_issue_and_no_reader() -> None:
    notice = about_refusal(delivery(), REFUSAL)
    assert notice is not None
    assert (notice.kind, notice.about) == (NoticeKind.ISSUE_PAUSED, "weekly 2026-W47")
    assert "554 5.7.1 <…>: looks like spam" in notice.words
    assert "taro" not in notice.words.lower()
    for way_out in (
        "in delivery 5:",
        "digest issue resume 2026-W47 --edition weekly",
        "digest outbox resolve 5 --dropped",
    ):
        assert way_out in notice.words


def test_words_about_a_reader_who_was_erased_stay_as_they_are() -> None:
    assert unnamed("554 no", delivery(address="")) == "554 no"


@pytest.mark.parametrize(
    ("problem", "word"),
    [
        ("535 5.7.8 no", "5.7.8"),
        ("554 no", "554"),
        ("127.0.0.1:25: the server does not speak SMTP: SSH-2.0-OpenSSH", "no connection"),
        ("127.0.0.1:25: certificate has expired (TLS)", "no connection"),
    ],
)
def test_a_refusal_in_a_word_is_a_code_only_where_there_is_one(problem: str, word: str) -> None:
    assert reason_of(problem) == word


def test_refused_letters_are_told_by_their_kind_and_name_nobody() -> None:
    """Strangers can ask for as many confirmations as they like: one kind is told once a day."""
    for kind in (DeliveryKind.CONFIRMATION, DeliveryKind.ANSWER):
        one = delivery(key=f"{kind}/1", kind=kind, letter=letter(), segment=None)
        notice = about_refusal(one, REFUSAL)
        assert notice is not None
        assert (notice.kind, notice.about) == (NoticeKind.MAIL_REFUSED, f"one {kind}")
        assert notice.kind in PASSING
        assert "taro" not in notice.words.lower()


def test_a_refused_notice_causes_no_other() -> None:
    one = delivery(key="notice/3", kind=DeliveryKind.NOTICE, letter=letter(), segment=None)
    assert about_refusal(one, REFUSAL) is None


@pytest.mark.parametrize(
    ("blocked", "minutes", "told"),
    [(True, 0, True), (False, 0, False), (False, 14, False), (False, 15, True)],
)
def test_a_server_that_is_soon_back_is_not_told(
    blocked: bool,  # noqa: FBT001  # a column of the table
    minutes: int,
    told: bool,  # noqa: FBT001  # a column of the table
) -> None:
    now = NOW + timedelta(minutes=minutes)
    notice = about_barred_way("535 5.7.8 no", NOW, now, blocked=blocked)
    assert (notice is not None) == told
    if notice is not None:
        assert (notice.about, notice.since) == (MAIL_SERVER, NOW)
        assert ("feeds.toml" in notice.words) == blocked  # only then it is ours to mend
