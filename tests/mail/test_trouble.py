from datetime import timedelta

import pytest

from digest.mail.trouble import about_barred_way, about_refusal, unnamed
from digest.model import DeliveryKind, NoticeKind
from tests.builders import NOW
from tests.mail.builders import delivery, letter

REFUSAL = "554 5.7.1 <Taro@Example.com>: looks like spam"


def test_what_is_told_of_a_refused_issue_names_the_issue_and_no_reader() -> None:
    notice = about_refusal(delivery(), REFUSAL, NOW)
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


def test_each_refusal_of_an_issue_that_was_resumed_is_told() -> None:
    first, again = (about_refusal(delivery(epoch=n), REFUSAL, NOW) for n in (1, 2))
    assert first is not None
    assert again is not None
    assert first.key != again.key


@pytest.mark.parametrize(
    ("problem", "about"),
    [
        ("535 5.7.8 no", "5.7.8"),
        ("554 no", "554"),
        ("127.0.0.1:25: the server does not speak SMTP: SSH-2.0-OpenSSH", "no connection"),
        ("127.0.0.1:25: certificate has expired (TLS)", "no connection"),
    ],
)
def test_what_a_notice_is_about_is_a_code_only_where_there_is_one(problem: str, about: str) -> None:
    notice = about_barred_way(problem, NOW, NOW, blocked=True)
    assert notice is not None
    assert notice.about == about


def test_refused_letters_are_told_once_a_day_for_each_kind_and_reason() -> None:
    """Strangers can ask for as many confirmations as they like."""
    keys = []
    for kind in (DeliveryKind.CONFIRMATION, DeliveryKind.ANSWER):
        for number, reply, at in [
            (1, REFUSAL, NOW),
            (2, REFUSAL, NOW),
            (3, "554 no", NOW),
            (4, REFUSAL, NOW + timedelta(days=1)),
        ]:
            one = delivery(key=f"{kind}/{number}", kind=kind, letter=letter(), segment=None)
            notice = about_refusal(one, reply, at)
            assert notice is not None
            assert notice.kind is NoticeKind.MAIL_BLOCKED
            keys.append(notice.key)
    assert len(set(keys)) == 2 * 3


def test_a_refused_notice_causes_no_other() -> None:
    one = delivery(key="notice/3", kind=DeliveryKind.NOTICE, letter=letter(), segment=None)
    assert about_refusal(one, REFUSAL, NOW) is None


@pytest.mark.parametrize(
    ("blocked", "minutes", "about"),
    [(True, 0, "5.7.8"), (False, 0, None), (False, 14, None), (False, 15, "unreachable")],
)
def test_a_server_that_is_soon_back_is_not_told(
    blocked: bool,  # noqa: FBT001  # a column of the table
    minutes: int,
    about: str | None,
) -> None:
    now = NOW + timedelta(minutes=minutes)
    notice = about_barred_way("535 5.7.8 no", NOW, now, blocked=blocked)
    assert (None if notice is None else notice.about) == about
