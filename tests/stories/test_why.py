"""What is said of two reports of one story: that which both hold."""

from digest.stories.why import most_alike
from tests.stories.builders import built_in, seen

EN = "Toyota recalls 1,353,050 Prius cars over rear doors"
RECALL = seen(built_in(), 1, EN)
JA = seen(built_in(), 2, "トヨタ、プリウス135万3050台リコール 後部ドアに不具合", lang="ja")
OTHER = seen(built_in(), 3, "Weather is fine")


def test_reports_in_two_languages_share_what_has_no_language() -> None:
    shared = most_alike(JA, [RECALL])
    assert shared is not None
    assert (shared.entry, shared.companies, shared.words) == (1, ("toyota",), ())
    assert not shared.same_headline
    assert shared.numbers == ("1,353,050 vehicle",)


def test_reports_in_one_language_share_words_too() -> None:
    shared = most_alike(seen(built_in(), 4, "Toyota to recall Prius for rear doors"), [RECALL])
    assert shared is not None
    assert "priu" in shared.words
    assert shared.numbers == ()


def test_the_same_headline_comes_before_all_else() -> None:
    copy = seen(built_in(), 5, f"{EN} - Reuters")
    shared = most_alike(copy, [JA, RECALL, copy])
    assert shared is not None
    assert (shared.entry, shared.same_headline) == (1, True)


def test_nothing_is_said_of_reports_that_share_nothing() -> None:
    assert most_alike(OTHER, [RECALL]) is None
    assert most_alike(RECALL, []) is None
    assert most_alike(RECALL, [RECALL]) is None
