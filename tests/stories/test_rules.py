import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import CompanyId, TopicId
from digest.stories.rules import (
    And,
    Facts,
    Has,
    Is,
    Not,
    Or,
    Owners,
    Rule,
    RuleError,
    Says,
    matches,
    names_in,
    parse,
)

leaves: st.SearchStrategy[Rule] = st.one_of(
    st.builds(
        Has,
        st.sampled_from(["company", "topic", "outlet", "lang", "kind"]),
        st.text(min_size=1).filter(str.strip),
    ),
    st.builds(Says, st.text(min_size=1).filter(str.strip)),
    st.builds(Owners, st.sampled_from([">=", "<=", ">", "<", "="]), st.integers(0, 999)),
    st.builds(Is, st.sampled_from(["new", "update"])),
)
rules: st.SearchStrategy[Rule] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner), st.builds(And, inner, inner), st.builds(Or, inner, inner)
    ),
    max_leaves=8,
)

NISSAN = Facts(
    companies=frozenset({CompanyId("nissan"), CompanyId("renault")}),
    topics=frozenset({TopicId("earnings")}),
    outlets=frozenset({"Nikkei Asia"}),
    langs=frozenset({"en"}),
    kinds=frozenset({"trade"}),
    text="Nissan recalls ＥＶ over fuel pump\n日産がリコール",
    owners=3,
)


@given(rules)
def test_a_printed_rule_reads_as_the_same_rule(rule: Rule) -> None:
    assert parse(str(rule)) == rule


@given(st.text())
def test_any_text_is_a_rule_or_a_rule_error_inside_it(text: str) -> None:
    position = 0
    try:
        parse(text)
    except RuleError as error:
        position = error.position
    assert 0 <= position <= len(text)


@pytest.mark.parametrize(
    "rule",
    [
        "company:nissan",
        "company:*",
        "topic:earnings and not topic:ev",
        "topic:*",
        'outlet:"nikkei asia"',
        "outlet:*",
        "lang:en",
        "kind:trade",
        '"fuel pump"',
        '"EV"',
        '"リコール"',
        "owners>=3 and owners<=3 and owners=3 and owners>2 and owners<4",
        "new",
        "not update",
        "company:toyota or company:nissan and lang:en",
        "(company:toyota or company:nissan) and lang:en",
    ],
)
def test_rules_that_these_facts_meet(rule: str) -> None:
    assert matches(parse(rule), NISSAN)


@pytest.mark.parametrize(
    "rule",
    [
        "company:toyota",
        "topic:ev",
        "outlet:Nikkei",
        "lang:*  and lang:ja",
        '"fuel pum"',
        '"issan"',
        "owners>3",
        "update",
        "not (company:nissan or lang:ja)",
    ],
)
def test_rules_that_these_facts_do_not_meet(rule: str) -> None:
    assert not matches(parse(rule), NISSAN)


def test_any_company_needs_one() -> None:
    assert not matches(parse("company:*"), Facts())


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "a condition such as"),
        ("nissan", 0, "; words stand in quotes"),
        ("compny:nissan", 0, "company:ID, topic:ID"),
        ("company:", 8, "a value"),
        ("company: (nissan or toyota)", 9, "a value"),
        ("company = nissan", 8, "a colon"),
        ("outlet:Nikkei Asia", 14, "several words stand in quotes"),
        ("company:nissan & new", 15, "the end"),
        ("new AND update", 4, "small letters"),
        ('new and "two plants', 8, "a second quote"),
        ('outlet:"Nikkei', 7, "a second quote"),
        ("owners>=many", 8, "a whole number"),
        ("owners≥3", 6, "such as >=3"),
        ("company:nissan and", 18, "a condition such as"),
        ("company:nissan new", 15, "the end"),
        ("(new", 4, '")"'),
        ("new and ???", 8, "a condition such as"),
        ('""', 0, "words between the quotes"),
        ('outlet:" "', 0, "words between the quotes"),
        ("not " * 60 + "new", 200, "too deep"),
    ],
)
def test_a_bad_rule_says_where_and_what_is_expected(text: str, position: int, words: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text)
    assert caught.value.position == position
    assert words in str(caught.value)


def test_a_rule_tells_which_names_the_lexicon_must_know() -> None:
    rule = parse('company:a and not (topic:b or company:* or "x") or lang:ja')
    assert names_in(rule) == {"company:a", "topic:b"}
