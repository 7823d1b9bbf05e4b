"""A reader's own rules: what is kept of them, and where one goes wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.issues.widths import width
from digest.model import AlertWish, CompanyId, Preferences, TopicId
from digest.stories.rules import parse
from digest.subscribers.commands import AddRule, Alerts, RemoveRule
from digest.subscribers.names import Spellings, Unknown, apply
from digest.subscribers.ownrules import (
    LONGEST_RULE,
    MOST_RULES,
    BadRule,
    Fault,
    added,
    described,
    pointed,
    read_rule,
    removed,
    tidy,
)

SPELLINGS = Spellings(
    companies={"日産": CompanyId("nissan"), "nissan": CompanyId("nissan")},
    topics={"recall": TopicId("recall_safety"), "リコール": TopicId("recall_safety")},
)
RULE = "company:nissan and topic:recall_safety"


def bad(text: str) -> BadRule:
    found = read_rule(text, SPELLINGS.id_of)
    assert isinstance(found, BadRule), found
    return found


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("company:nissan and topic:recalls", RULE),
        ("Company:日産 AND topic:リコール", RULE),
        ("ｃｏｍｐａｎｙ：日産　ａｎｄ　topic:recall", RULE),
        ("“Fuel pump” and owners＞＝3", '"fuel pump" and owners>=3'),
        (
            "「燃料ポンプ」 or not (lang:ja or kind:trade)",
            '"燃料ポンプ" or not (lang:ja or kind:trade)',
        ),
        ("company:* and new", "company:* and new"),
    ],
)
def test_a_rule_is_kept_with_our_names_in_plain_letters(text: str, kept: str) -> None:
    assert read_rule(text, SPELLINGS.id_of) == kept
    assert read_rule(kept, SPELLINGS.id_of if "recall" not in kept else _ours) == kept


def _ours(field: str, name: str) -> str | None:
    del field
    return name


def test_the_error_points_at_the_character() -> None:
    found = bad("company:nissan andd topic:recall")
    assert (found.fault, found.position) == (Fault.UNREADABLE, 15)
    assert pointed(found) == "company:nissan andd topic:recall\n               ^"
    assert "character 16" in described(found, "en")
    assert "andd" not in described(found, "en")  # a forged mail must not put words in our mouth
    assert "16文字目" in described(found, "ja")


def test_the_mark_stands_under_wide_letters() -> None:
    found = bad("company:日産 and topic:くるま")
    assert found.fault is Fault.UNKNOWN
    assert found.words[found.position :] == "くるま"
    assert pointed(found).splitlines()[1] == f"{' ' * 23}^"
    assert "23文字目" not in described(found, "ja")
    assert "22文字目" in described(found, "ja")


def test_a_kind_of_feed_is_one_that_there_is() -> None:
    found = bad("company:nissan and kind:newsrooms")
    assert (found.fault, found.position) == (Fault.UNKNOWN, 24)
    assert found.words[found.position :] == "newsrooms"


def test_a_name_that_another_rule_quotes_is_found_where_it_names() -> None:
    assert bad('"tesla" and company:"tesla"').position == 21


def test_a_rule_is_not_longer_than_may_be() -> None:
    assert bad('"' + "x" * LONGEST_RULE + '"').fault is Fault.LONG
    assert pointed(bad("x" * 999)) == ""
    longer = Spellings(companies={"a": CompanyId("c" * 100)})
    found = read_rule(" or ".join(["company:a"] * 9), longer.id_of)
    assert isinstance(found, BadRule)
    assert found.fault is Fault.LONG


def test_there_are_only_so_many_rules() -> None:
    rules = tuple(f'"{number}"' for number in range(MOST_RULES))
    found = added(rules, "new", SPELLINGS.id_of)
    assert isinstance(found, BadRule)
    assert found.fault is Fault.ONE_MORE
    assert added(rules, '"3"', SPELLINGS.id_of) == rules


def test_a_rule_is_removed_by_its_number_or_its_words() -> None:
    rules = ("new", RULE, '"x"')
    assert removed(rules, "2", rules, SPELLINGS.id_of) == ("new", '"x"')
    assert removed(rules, "NEW", rules, SPELLINGS.id_of) == (RULE, '"x"')
    assert removed(("new",), "2", rules, SPELLINGS.id_of) == ("new",)  # it went before
    for which in ("4", "0", "update", "and"):
        found = removed(rules, which, rules, SPELLINGS.id_of)
        assert isinstance(found, BadRule)
        assert found.fault is Fault.ABSENT


def applied(*settings: Alerts | AddRule | RemoveRule, base: Preferences) -> Preferences:
    made, unknown = apply(enumerate(settings, start=1), base, SPELLINGS, frozenset())
    assert unknown == ()
    return made


def test_who_adds_a_rule_wants_its_alerts_and_who_removes_the_last_none() -> None:
    one = applied(AddRule("new"), base=Preferences())
    assert one == Preferences(alerts=AlertWish.RULES, rules=("new",))
    assert applied(RemoveRule("1"), base=one) == Preferences()
    both = applied(Alerts(AlertWish.BREAKING), base=one)
    assert both == Preferences(alerts=AlertWish.BREAKING, rules=("new",))
    assert applied(RemoveRule("1"), base=both) == Preferences(alerts=AlertWish.BREAKING)


def test_two_are_removed_by_the_numbers_that_they_had() -> None:
    base = Preferences(alerts=AlertWish.RULES, rules=("new", "update", '"x"'))
    assert applied(RemoveRule("1"), RemoveRule("2"), base=base).rules == ('"x"',)


def test_a_rule_that_cannot_be_taken_changes_nothing_and_names_its_line() -> None:
    made, (unknown,) = apply([(3, AddRule("nonsense"))], Preferences(), SPELLINGS, frozenset())
    assert made == Preferences()
    assert isinstance(unknown, Unknown)
    assert unknown.line == 3
    assert unknown.rule is not None


@given(st.text(max_size=250))
def test_any_text_is_a_rule_or_says_where_it_goes_wrong(text: str) -> None:
    found = read_rule(text, SPELLINGS.id_of)
    if isinstance(found, str):
        assert str(parse(found)) == found
        assert read_rule(found, _ours) == found
        assert "\n" not in found
        assert len(found) <= LONGEST_RULE
    else:
        assert 0 <= found.position <= len(found.words)
        assert described(found, "en")


@given(st.text(alphabet='ab“”「」:company topic()日産nissa "\\*', max_size=60))
def test_what_looks_like_a_rule_is_kept_in_a_form_that_stays(text: str) -> None:
    found = read_rule(text, SPELLINGS.id_of)
    if isinstance(found, str):
        assert read_rule(found, SPELLINGS.id_of) == found
    assert tidy(tidy(text)) == tidy(text)


def test_of_a_rule_that_is_wider_than_a_line_the_place_is_shown() -> None:
    found = bad(f"{'company:nissan and ' * 8}日産 andd new")
    shown, mark = pointed(found).splitlines()
    assert width(shown) <= 72
    assert shown[mark.index("^") :].startswith("日産")
