"""What `digest check` finds worth a look in a lexicon."""

from typing import Any

from digest.stories.clashes import clashes
from digest.stories.load import load_lexicon


def told(user: dict[str, Any]) -> list[str]:
    return [str(clash) for clash in clashes(load_lexicon(None, user))]


def company(**keys: Any) -> dict[str, Any]:
    return {"id": "acme", "name": {"en": "Acme"}, "names": ["Acme"]} | keys


def test_the_shipped_lexicon_has_none() -> None:
    assert told({}) == []


def test_a_name_of_two_companies_however_it_is_written() -> None:
    assert told({"company": [company(brands=["ＴＯＹＯＴＡ"])]}) == [
        "company toyota: “toyota” is a name of acme too; leave it with one of them"
    ]


def test_a_name_of_one_character_unless_only_another_name_vouches_for_it() -> None:
    assert told({"company": [company(models=["光", "~~空"])]}) == [
        "company acme: “光” is one character, which is in many words; write “~~光”"
    ]


def test_a_topic_that_nothing_reaches() -> None:
    weak = {"id": "weak", "name": {"en": "Weak"}, "phrases": {"hint": 1}}
    enough = {"id": "enough", "name": {"en": "Enough"}, "phrases": {"hint": 1, "more": 1}}
    carried = {"id": "carried", "name": {"en": "Carried"}}
    concept = {"id": "heavy", "en": ["heavy"], "topics": {"carried": 3}}
    assert told({"topic": [weak, enough, carried], "concept": [concept]}) == [
        "topic weak: its phrases do not add up to 2: nothing is ever about it; add some, or weight"
    ]
