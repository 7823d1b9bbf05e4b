from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from digest.issues.widths import width
from digest.mail.notices import GATHER, is_due, letter_of
from digest.model import DeliveryKind, Notice, NoticeKind, StoredNotice
from digest.store import Store

NOW = datetime(2026, 11, 16, 7, tzinfo=UTC)


def stored(
    number: int = 1, kind: NoticeKind = NoticeKind.FEED_BROKEN, at: datetime = NOW
) -> StoredNotice:
    return StoredNotice(id=number, at=at, notice=notice(number, kind))


def notice(number: int = 1, kind: NoticeKind = NoticeKind.FEED_BROKEN) -> Notice:
    return Notice(key=f"key/{number}", kind=kind, about=f"feed-{number}", words=f"Words {number}.")


def test_nothing_waits_nothing_is_due() -> None:
    assert not is_due([], NOW)


def test_troubles_are_gathered_before_they_are_told() -> None:
    assert not is_due([stored()], NOW)
    assert is_due([stored(), stored(2, at=NOW + GATHER)], NOW + GATHER)


def test_what_keeps_mail_from_readers_is_told_at_once() -> None:
    assert is_due([stored(), stored(2, NoticeKind.ISSUE_PAUSED)], NOW)


def test_a_notice_from_the_future_does_not_wait_for_it() -> None:
    assert is_due([stored(at=NOW + timedelta(days=9))], NOW)


def test_one_letter_tells_all() -> None:
    letter = letter_of([stored(1), stored(2)], "Kuruma", ZoneInfo("Asia/Tokyo"))
    assert letter.subject == "Kuruma: 2 notices, the first: feed broken: feed-1"
    assert "2026-11-16 16:00  feed broken: feed-1\nWords 1." in letter.text
    assert "Words 2." in letter.text


def test_one_notice_is_the_subject() -> None:
    letter = letter_of([stored()], "Kuruma", ZoneInfo("Asia/Tokyo"))
    assert letter.subject == "Kuruma: feed broken: feed-1"


def test_a_notice_is_kept_once_and_mailed_once(tmp_path: Path) -> None:
    with Store.open(tmp_path / "state") as store:
        assert store.notices.add([notice(1), notice(1), notice(2)], NOW) == [notice(1), notice(2)]
        assert store.notices.add([notice(1)], NOW) == []
        waiting = store.notices.waiting()
        assert [one.notice for one in waiting] == [notice(1), notice(2)]
        letter = letter_of(waiting, "Kuruma", ZoneInfo("UTC"))
        store.notices.mail(waiting, "desk@example.org", letter, NOW)
        assert store.notices.waiting() == []
        assert [one.notice for one in store.notices.latest(1)] == [notice(2)]
        (queued,) = store.deliveries.claim(10, NOW, resend_unknown=True)
        assert (queued.kind, queued.letter) == (DeliveryKind.NOTICE, letter)


def test_a_letter_to_the_operator_fits_a_terminal_and_its_commands_stay_whole() -> None:
    command = "`digest issue resume 2026-W47 --edition weekly`"
    words = f"{'The server said no. ' * 7}Mend it, then {command} lets it go on."
    told = Notice(key="k", kind=NoticeKind.ISSUE_PAUSED, about="weekly/2026-W47", words=words)
    text = letter_of([StoredNotice(id=1, at=NOW, notice=told)], "Kuruma", ZoneInfo("UTC")).text
    assert max(map(width, text.splitlines())) <= 78
    assert command in text
