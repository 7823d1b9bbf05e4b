from msgspec import structs

from digest.stories.numbers import Number
from digest.stories.profile import profile_of
from tests.stories.builders import built_in, seen

RECALL = "Toyota recalls 135,000 Prius cars over rear doors"


def test_the_lead_is_the_first_subject_of_most() -> None:
    entries = [
        seen(built_in(), number, title)
        for number, title in enumerate(
            ("Honda opens plant", "Nissan cuts jobs", "Nissan recalls cars")
        )
    ]
    assert profile_of(entries).lead == "nissan"
    assert profile_of([]).lead is None


def test_of_many_numbers_of_one_kind_some_are_remembered() -> None:
    entry = seen(built_in(), 1, RECALL)
    many = frozenset(Number("vehicle", 1000.0 * number) for number in range(1, 100))
    counts = profile_of([structs.replace(entry, numbers=many)]).counts
    assert counts == sorted(many)[: len(counts)]
    assert 10 < len(counts) < 30


def test_the_order_of_entries_says_nothing() -> None:
    entries = [seen(built_in(), n, title) for n, title in enumerate((RECALL, "Prius, says Toyota"))]
    one, other = profile_of(entries), profile_of(entries[::-1])
    assert (one.weights, one.features, one.numbers) == (
        other.weights,
        other.features,
        other.numbers,
    )


def test_headlines_of_two_stages_oppose_each_other_unless_one_tells_of_both() -> None:
    stop, start, both = (
        seen(built_in(), number, title)
        for number, title in enumerate(
            (
                "Mazda halts Hofu plant",
                "Mazda restarts Hofu plant",
                "Mazda halts Hofu plant, to restart it soon",
            )
        )
    )
    assert profile_of([stop]).opposes(profile_of([start]))
    assert profile_of([stop]).refuses(start)
    assert not profile_of([stop]).opposes(profile_of([both]))
    assert not profile_of([both]).refuses(start)
    assert not profile_of([stop, both, both]).refuses(start)  # most tell of both
