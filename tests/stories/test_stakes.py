"""How much is at stake in a story."""

import pytest

from digest.stories.stakes import enough, stakes
from tests.builders import report


@pytest.mark.parametrize(
    ("title", "factor"),
    [
        ("Acme warns of a loss of 240 billion yen", 1.1),
        ("アクメ、純損失6700億円", 1.1),
        ("Acme offers $8.3 billion for a chip maker", 1.2),
        ("Acme and Bolt call off 8 trillion yen merger", 1.2),
        ("Acme cuts 2,100 jobs", 1.1),
        ("アクメ、2万人削減", 1.2),
        ("Acme recalls 394,000 trucks", 1.1),
        ("Acme to shut seven car plants", 1.2),
        ("Acme to close two plants", 1.1),
        ("Acme raises prices to 3 million yen", 1.0),
        ("Acme hires 40 engineers", 1.0),
        ("Acme sees 90% of its sales abroad", 1.0),
        ("Acme unveils a bus", 1.0),
        ("Acme's October global sales rise 2% to 922,000 vehicles", 1.0),
        ("Acme sells 1.2 million cars in China in a year", 1.0),
        ("Survey of 12,000 people: drivers happy", 1.0),
        ("Japan's car sales fall to 380,000 vehicles in October as recalls hurt", 1.0),
        ("新車販売、10月は5%減の38万台 リコール影響", 1.0),
        ("Acme's quarterly sales rise to 12 trillion yen", 1.0),
        ("アクメ、売上高48兆円", 1.0),
        ("Acme shares add 1.2 trillion yen in value", 1.0),
        ("アクメ株の時価総額、1日で3兆円減少", 1.0),
        ("Acme sells $1 billion of Bolt shares", 1.1),
    ],
)
def test_large_figures_count_more(title: str, factor: float) -> None:
    assert stakes([report(1, title=title)]) == factor


def test_the_first_sentences_count_as_the_headline_does() -> None:
    one = report(1, title="Acme changes course", summary="It will cut 12,000 jobs. It said so.")
    assert stakes([one]) == 1.2


def test_nothing_is_at_stake_where_nobody_reports() -> None:
    assert stakes([]) == 1.0


def test_what_one_of_many_reports_adds_counts_for_nothing() -> None:
    loss = report(1, title="Acme loses 400 billion yen")
    others = [report(n, title="Acme cuts its forecast") for n in range(2, 5)]
    assert stakes([loss, *others]) == 1.0
    assert stakes([loss, *others[:1]]) == 1.1


def test_more_than_a_third_of_the_reports_is_enough() -> None:
    assert [enough(*counts) for counts in [(1, 1), (1, 2), (1, 3), (2, 3), (2, 6), (3, 6)]] == [
        *(True, True, False, True, False, True)
    ]
