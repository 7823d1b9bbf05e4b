"""What a log says of parts that fail at every turn."""

from digest.daemon.failures import AGAIN_AFTER, Failures

GONE = "the database is gone"


def said(*tries: tuple[str, float, str]) -> list[tuple[str, float]]:
    failures = Failures()
    return [(part, at) for part, at, why in tries if failures.is_news(part, why, at)]


def test_says_each_part_once() -> None:
    assert said(("mail", 0, GONE), ("news", 1, GONE), ("mail", 10, GONE)) == [
        ("mail", 0),
        ("news", 1),
    ]


def test_says_one_reason_of_many_parts_once_a_minute() -> None:
    turns = [(part, at + n, GONE) for at in range(0, 120, 10) for n, part in enumerate("abc")]
    assert said(*turns) == [("a", 0), ("b", 1), ("c", 2), ("c", 62)]


def test_says_another_reason_at_once() -> None:
    assert said(("mail", 0, GONE), ("mail", 10, "the disk is full")) == [("mail", 0), ("mail", 10)]


def test_says_anew_what_had_ended() -> None:
    failures = Failures()
    assert failures.is_news("mail", GONE, 0)
    failures.end("mail")
    assert failures.is_news("mail", GONE, 10)


def test_one_part_that_works_does_not_make_the_others_news() -> None:
    failures = Failures()
    assert failures.is_news("mail", GONE, 0)
    assert failures.is_news("news", GONE, 1)
    failures.end("mail")
    assert not failures.is_news("news", GONE, 10)
    assert failures.is_news("news", GONE, 1 + AGAIN_AFTER)
