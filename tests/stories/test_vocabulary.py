from collections.abc import Mapping
from math import log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import ClusterId
from digest.stories.vocabulary import Vocabulary

Terms = Mapping[str, int]
NOW = 1e9  # in seconds, when all the clusters are told of once more
ANY = 1e-6  # a likeness that any shared term has
terms = st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(4, 40), min_size=1, max_size=8)


def filled(entries: list[Terms]) -> Vocabulary:
    """Each entry in a cluster of its own."""
    vocabulary = Vocabulary()
    for number, entry in enumerate(entries):
        vocabulary.add(ClusterId(number), entry.keys())
        vocabulary.date(ClusterId(number), NOW)
    return vocabulary


def cosine(entries: list[Terms], one: Terms, other: Terms) -> float:
    """By the definition, without a short cut."""

    def weight(term: str) -> float:
        count = sum(term in entry for entry in entries)
        seen = log(count + 0.5) if count else -0.7
        return max(log(len(entries) + 20) - seen, 0.05)

    def size(entry: Terms) -> float:
        return sqrt(sum((times * weight(term)) ** 2 for term, times in entry.items()))

    product = sum(one[t] * other[t] * weight(t) ** 2 for t in one.keys() & other.keys())
    return product / (size(one) * size(other))


@settings(max_examples=200, deadline=None)
@given(st.lists(terms, min_size=1, max_size=12), terms, st.floats(0.05, 0.95))
def test_what_is_like_enough_is_found_and_its_bound_holds(
    entries: list[Terms], asked: Terms, least: float
) -> None:
    vocabulary = filled(entries)
    query = vocabulary.query(asked)
    near = {int(number): bound for bound, number in vocabulary.near(query, least, NOW)}
    for number, entry in enumerate(entries):
        likeness = cosine(entries, asked, entry)
        if number in near:
            assert likeness <= near[number] + 1e-6
        else:
            assert likeness < least + 1e-6


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(terms, st.floats(0, 96)), min_size=1, max_size=12),
    terms,
    st.floats(0.05, 0.95),
)
def test_no_time_between_hides_what_is_like_enough_after_it(
    told: list[tuple[Terms, float]], asked: Terms, least: float
) -> None:
    entries = [entry for entry, _ in told]
    vocabulary = filled(entries)
    for number, (_, hours) in enumerate(told):
        vocabulary.date(ClusterId(number), NOW - hours * 3600)
    near = [
        (int(number), most) for most, number in vocabulary.near(vocabulary.query(asked), least, NOW)
    ]
    assert near == sorted(near, key=lambda one: -one[1])
    found = dict(near)
    for number, (entry, hours) in enumerate(told):
        left = cosine(entries, asked, entry) * 0.5 ** (hours / 42)
        assert left <= found.get(number, least) + 1e-6


@settings(max_examples=200, deadline=None)
@given(st.lists(terms, min_size=1, max_size=12), terms, st.floats(0.05, 0.95))
def test_a_likeness_is_the_cosine_unless_it_is_too_little(
    entries: list[Terms], asked: Terms, least: float
) -> None:
    vocabulary = filled(entries)
    query = vocabulary.query(asked)
    for entry in entries:
        spread = sum(times * times for times in entry.values())
        told, true = vocabulary.likeness(query, entry, spread, least), cosine(entries, asked, entry)
        assert told == pytest.approx(true) or (told == 0 and true < least)


def test_clusters_come_by_how_much_they_share() -> None:
    entries: list[Terms] = [{"a": 16}, {"a": 16, "b": 16}, {"c": 16}]
    vocabulary = filled(entries)
    near = list(vocabulary.near(vocabulary.query({"a": 16, "b": 16}), 0.1, NOW))
    assert [number for _, number in near] == [1, 0]


def test_of_two_terms_that_nearly_all_have_only_the_heavier_is_looked_up() -> None:
    entries: list[Terms] = [{"a": 16, "b": 16, f"x{n}": 16} for n in range(700)]
    vocabulary = filled([*entries, {"a": 16}, {"b": 16}])
    asked = vocabulary.query({"a": 32, "b": 16})
    found = {number for _, number in vocabulary.near(asked, 0.01, NOW)}
    assert 700 in found
    assert 701 not in found


def test_what_was_taken_out_counts_no_more() -> None:
    vocabulary = filled([{"a": 16, "b": 16}, {"a": 16}])
    vocabulary.remove(ClusterId(0), {"a", "b"}, {"a"})
    near = vocabulary.near(vocabulary.query({"a": 16, "b": 16}), ANY, NOW)
    assert {number for _, number in near} == {0, 1}  # other entries of the cluster have "a"
    assert vocabulary.query({"b": 16}).weights["b"] == pytest.approx(log(1 + 20) + 0.7)


def test_what_is_dropped_is_found_no_more() -> None:
    vocabulary = filled([{"a": 16, "b": 16}, {"a": 16, "c": 16}, {"a": 16}])
    vocabulary.drop({ClusterId(0), ClusterId(2)}, [{"a", "b"}, {"a"}])
    asked = vocabulary.query({"a": 16, "b": 16})
    assert [number for _, number in vocabulary.near(asked, ANY, NOW)] == [1]
    assert asked.weights["b"] == pytest.approx(log(1 + 20) + 0.7)


def test_an_older_cluster_is_found_by_what_it_came_to_say_later() -> None:
    vocabulary = filled([{"a": 16}, {"b": 16}])
    vocabulary.add(ClusterId(0), {"a", "b"}, {"a"})
    asked = vocabulary.query({"b": 16})
    assert [number for _, number in vocabulary.near(asked, ANY, NOW)] == [0, 1]
    vocabulary.drop({ClusterId(0)}, [{"a"}, {"a", "b"}])
    assert [number for _, number in vocabulary.near(asked, ANY, NOW)] == [1]


def test_only_the_clusters_that_are_asked_for_are_found() -> None:
    vocabulary = filled([{"a": 16, "b": 16}, {"a": 16}, {"a": 16}, {"b": 16}])
    asked = vocabulary.query({"a": 16, "b": 16})
    few = [{ClusterId(1)}, {ClusterId(0), ClusterId(3)}]
    found = [number for _, number in vocabulary.near(asked, ANY, NOW, few)]
    assert found == [number for _, number in vocabulary.near(asked, ANY, NOW) if number != 2]
