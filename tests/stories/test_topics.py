"""Headlines as the trade writes them, and the topics that the shipped lexicon gives."""

from pathlib import Path

import pytest

from tests.stories.builders import built_in

DATA = Path(__file__).parents[1] / "data/stories"


def rows(file: str) -> list[tuple[str, frozenset[str]]]:
    """Headlines, each with the topics behind its "|"."""
    lines = (DATA / file).read_text(encoding="utf-8").splitlines()
    parts = [line.rpartition("|") for line in lines]
    return [(title, frozenset(topics.split())) for title, _, topics in parts]


def told(title: str) -> frozenset[str]:
    """The topics of a headline."""
    return frozenset(tag.topic for tag in built_in().tag(title, "", lang="").topics)


def test_headlines_have_the_topics_that_they_state_and_no_others() -> None:
    read = [(title, told(title), topics) for title, topics in rows("topics.txt")]
    assert [one for one in read if one[1] != one[2]] == []


def test_words_that_mislead_give_no_topic() -> None:
    read = [(title, told(title) & topics) for title, topics in rows("topics_not.txt")]
    assert [one for one in read if one[1]] == []


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("Honda Civic hatchback, up close", "product"),  # a car, and no business
        ("ホンダ「シビック」、新車に乗る", "product"),
        ("Akio Toyoda wins backing of investors", "leadership"),  # a person, and a vote
        ("豊田章男氏、再任へ", "leadership"),
        ("Oppama adds night shift", "production"),  # a plant, and its shifts
    ],
)
def test_a_name_makes_its_words_speak(title: str, topic: str) -> None:
    assert topic in told(title)
