"""What the figures of a text count, and what was done to it."""

import pytest

from digest.stories.counted import figures_in, opening, thing_of
from digest.stories.tokens import lower
from tests.builders import entry


def deeds(title: str, summary: str = "") -> list[str]:
    small = lower(opening(entry(title=title, summary=summary)))
    return [thing_of(small, at).deed for at in sorted(figures_in(small), key=lambda at: at.start)]


@pytest.mark.parametrize(
    ("title", "deed"),
    [
        ("Acme is closing 3 plants", "close"),
        ("Acme lays off 900 workers", "cut"),
        ("Acme sold 900,000 cars", "sell"),
        ("Acme to lose 3,000 jobs", "lose"),
        ("Acme is hiring 3,000 workers", "hire"),
        ("Acme lost 3 billion yen", "loss"),
        ("Acme's production of 3,000 cars", "build"),
        ("アクメ、3万台をリコール", "recall"),
        ("Acmeが3万台回収", "recall"),
        # Words that only begin as a deed does.
        ("Makers face duties of 3 billion yen", ""),
        ("Buyers get 3 million yen", ""),
        ("Acme misses deadline for 3 plants", ""),
        ("Acme closely held by 3,000 people", ""),
    ],
)
def test_the_deed_is_a_word_of_its_own(title: str, deed: str) -> None:
    assert deeds(title) == [deed]


@pytest.mark.parametrize(
    ("title", "deed"),
    [
        ("Acme cutting about 1,000 jobs and closing its works", "cut"),
        ("Sales fall to 380,000 vehicles as recalls hurt", "sell"),
        ("Acme stops; sold 200,000 cars after recall", "sell"),
        ("新車販売、10月は38万台 リコール影響", "sell"),
        ("トヨタ株の時価総額、1日で3兆円減少", "worth"),
        ("アクメ、人員を削減 国内外で2万人", "cut"),
        ("Acme cuts as many as 2,000 jobs", "cut"),
    ],
)
def test_the_deed_of_the_figures_own_clause_comes_first(title: str, deed: str) -> None:
    assert deeds(title) == [deed]


@pytest.mark.parametrize(
    ("title", "deed"),
    [
        ("Acme cuts 5 plants", "close"),
        ("Acme's sales of 3 trillion yen", "revenue"),
        ("Acme's sales of 3 million cars", "sell"),
    ],
)
def test_what_a_deed_is_depends_on_what_is_counted(title: str, deed: str) -> None:
    assert deeds(title) == [deed]


@pytest.mark.parametrize(
    ("title", "deed"),
    [
        ("Acme books 3 billion yen charge", "charge"),
        ("Acme to book 3 billion yen impairment loss", "charge"),
        ("アクメ、減損損失30億円", "charge"),
        ("アクメ、30億円の特別損失", "charge"),
        ("アクメ、30億円の損失計上", "loss"),
    ],
)
def test_what_is_written_off_is_no_other_loss(title: str, deed: str) -> None:
    assert deeds(title) == [deed]


@pytest.mark.parametrize(
    ("title", "deed"),
    [
        ("Acme to pay about 3 billion yen for retailer", "buy"),
        ("Acme takes a controlling stake for 3 billion yen", "buy"),
        ("Acme takes over Apex for 3 billion yen", "buy"),
        ("Acme offers 3 billion yen for a controlling stake", "buy"),
        ("Acme to pay 3 billion yen in dividends", ""),
        ("Acme pays 3 billion yen fine", "fine"),
        ("Acme to raise pay by 3 million yen", "raise"),
    ],
)
def test_what_is_paid_for_something_is_its_price(title: str, deed: str) -> None:
    assert deeds(title) == [deed]


def test_what_money_comes_to_is_told_of_its_own_clause_only() -> None:
    assert deeds("Acme faces 3 billion yen in duties as revenue slips") == [""]


def test_a_sentence_that_tells_no_deed_is_read_with_the_headline() -> None:
    assert deeds("Acme recalls its vans", "Some 165,000 cars have weak springs.") == ["recall"]
    assert deeds("Acme recalls its vans", "It sold 165,000 cars there.") == ["sell"]
    assert deeds("Acme changes course", "It has 165,000 cars.") == [""]


def test_a_headline_without_a_stop_is_a_sentence_of_its_own() -> None:
    assert deeds("Acme to book 3 billion yen", "A recall is likely.") == [""]
