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


def test_a_company_without_a_name() -> None:
    assert told({"company": [company(names=[])]}) == [
        "company acme: it has no names, so that nothing finds it; add some"
    ]


def test_a_topic_that_nothing_reaches() -> None:
    weak = {"id": "weak", "name": {"en": "Weak"}, "phrases": {"hint": 1}}
    enough = {"id": "enough", "name": {"en": "Enough"}, "phrases": {"hint": 1, "more": 1}}
    carried = {"id": "carried", "name": {"en": "Carried"}}
    concept = {"id": "heavy", "en": ["heavy"], "topics": {"carried": 3}}
    assert told({"topic": [weak, enough, carried], "concept": [concept]}) == [
        "topic weak: its phrases do not add up to 2: nothing is ever about it; add some, or weight"
    ]


def test_a_form_of_two_concepts_that_tie_reports() -> None:
    concept = {"id": "mine", "en": ["Gigacast*", "one more", "@japan & gigacast*"]}
    context = {"id": "context", "en": ["one more"], "link": False}
    own = load_lexicon(None, {"concept": [concept, context]})
    (clash,) = clashes(own, {"mine", "context"})
    assert str(clash) == (
        "concept mine: “gigacast*” is a form of gigacast too: reports are tied by both;"
        " leave each with one, or write link = false"
    )
    many = {"id": "mine", "en": ["Sunderland", "Kolin", "Poissy", "Canton"]}
    copy = {"id": "copy", "en": ["Sunderland", "Kolin", "Poissy", "Canton"]}
    found = map(str, clashes(load_lexicon(None, {"concept": [many, copy]}), {"copy"}))
    assert any(" and 1 more are forms of mine too" in clash for clash in found)


def test_an_outlet_whose_names_are_of_another_one_already() -> None:
    outlet = {"id": "mine", "names": ["Reuters", "Mine"], "hosts": ["reuters.com"]}
    (clash,) = told({"outlet": [outlet]})
    assert clash == (
        "outlet mine: “Reuters” and “reuters.com” are of reuters already;"
        " add to reuters by its id, or leave it to one of them"
    )
    assert told({"outlet": [{"id": "reuters", "names": ["Rtr"]}]}) == []
