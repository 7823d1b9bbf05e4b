from digest.model import ClusterId, CompanyId
from digest.stories.numbers import ALIKE, Number
from digest.stories.partners import LONGEST, Partners, marks_of, step
from tests.stories.builders import built_in, seen

TITLES = (
    "Honda recalls cars over brakes",
    "Honda recalls trucks over brakes",
    "Honda recalls cars over Takata airbag fire in Ohio",
)
HONDA = [CompanyId("honda")]


def entered(*titles: str) -> Partners:
    partners = Partners()
    for number, title in enumerate(titles, start=1):
        told = seen(built_in(), number, title)
        partners.enter(ClusterId(number), told.companies, told)
    return partners


def test_what_is_shared_counts_only_beside_a_shared_company() -> None:
    partners = entered(*TITLES, "Mazda recalls cars over brakes")
    assert partners.sharing(HONDA, ["recall"], enough=9) == {1, 2, 3}
    assert partners.sharing(HONDA, ["strike"], enough=9) == set()


def test_the_common_is_not_looked_up_where_the_rare_gives_enough() -> None:
    partners = entered(*TITLES)
    assert partners.sharing(HONDA, ["recall", "airbag"], enough=9) == {1, 2, 3}
    assert partners.sharing(HONDA, ["recall", "airbag"], enough=1) == {3}


def test_without_a_company_two_concepts_must_be_shared() -> None:
    partners = entered("Airbag recall", "Airbag recall after strike", "Strike", "Recall")
    assert partners.akin(["airbag", "union"], enough=9, unnamed=True) == {2}
    assert partners.akin(["airbag", "union", "recall"], enough=9, unnamed=True) == {1, 2}


def test_the_common_is_not_looked_up_where_two_rare_concepts_give_enough() -> None:
    partners = entered("Recall after strike in Ohio", *["Airbag recall after strike"] * 3)
    shared = ["ohio", "union", "airbag"]
    assert partners.akin(shared, enough=9, unnamed=True) == {1, 2, 3, 4}
    assert partners.akin(["ohio", "airbag", "recall"], enough=3, unnamed=True) == {1, 2, 3, 4}
    partners = entered("Recall in Ohio", *["Airbag recall after strike"] * 3, "Airbag recall")
    assert partners.akin(["union", "airbag", "recall"], enough=3, unnamed=True) == {2, 3, 4}


def test_what_is_erased_is_found_no_more() -> None:
    partners = entered("Airbag recall", TITLES[2])
    shared = ["recall", "airbag"]
    assert partners.akin(shared, enough=9, unnamed=True) == {1}
    assert partners.akin(shared, enough=9, unnamed=False) == {1, 2}
    for number, title in enumerate(("Airbag recall", TITLES[2]), start=1):
        told = seen(built_in(), number, title)
        partners.erase(ClusterId(number), told.companies, [told])
    assert partners.akin(shared, enough=9, unnamed=False) == set()
    assert partners.akin(shared, enough=9, unnamed=True) == set()
    assert partners.sharing(HONDA, ["recall"], enough=9) == set()


def test_figures_that_agree_lie_in_one_step_or_in_two_that_touch() -> None:
    figures = [Number("vehicle", float(value)) for value in range(1, 4000, 7)]
    for one in figures:
        for other in figures:
            if abs(one.value - other.value) <= ALIKE * max(one.value, other.value):
                assert abs(step(one) - step(other)) <= 1
    assert step(Number("vehicle", 0.0)) == 0


def test_a_figure_is_a_mark_with_what_it_measures() -> None:
    marks = marks_of(seen(built_in(), 1, "Honda recalls 42,000 vehicles"))
    assert ("", step(Number("vehicle", 42_000.0))) in marks
    marks = marks_of(seen(built_in(), 1, "Honda recalls cars for 42 million dollars"))
    assert ("usd", step(Number("usd", 42e6))) in marks
    assert {"honda", "recall"} <= marks


def test_of_a_long_list_the_newest_count() -> None:
    partners = Partners()
    told = seen(built_in(), 1, TITLES[0])
    numbers = [*range(LONGEST, 0, -1), LONGEST + 1, LONGEST + 1]  # in any order, and again
    for number in numbers:
        partners.enter(ClusterId(number), told.companies, told)
    newest = set(range(2, LONGEST + 2))
    assert partners.sharing(HONDA, ["recall"], enough=9) == newest
    assert partners.akin(["recall", "brake"], enough=9, unnamed=False) == newest


def test_what_was_never_entered_is_erased_without_harm() -> None:
    partners = entered(TITLES[0])
    told = seen(built_in(), 9, TITLES[2])
    partners.erase(ClusterId(9), told.companies, [told])
    assert partners.sharing(HONDA, ["recall"], enough=9) == {1}


def test_a_cluster_that_comes_to_name_a_company_is_found_by_all_that_it_told_before() -> None:
    partners = entered("Airbag recall")
    told = seen(built_in(), 1, "Airbag recall")
    partners.widen(ClusterId(1), [], HONDA, [told])
    assert partners.sharing(HONDA, ["airbag"], enough=9) == {1}
    assert partners.akin(["recall", "airbag"], enough=9, unnamed=False) == {1}
    assert partners.akin(["recall", "airbag"], enough=9, unnamed=True) == set()
    partners.widen(ClusterId(1), HONDA, [CompanyId("mazda")], [told])
    assert partners.sharing([CompanyId("mazda")], ["airbag"], enough=9) == {1}
