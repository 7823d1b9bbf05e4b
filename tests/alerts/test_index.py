"""Rules found by what they name: the same as trying each, whatever the rules and the story are."""

from hypothesis import given
from hypothesis import strategies as st

from digest.alerts.index import RuleIndex, needed
from digest.model import CompanyId, TopicId
from digest.stories.rules import And, Facts, Has, Is, Not, Or, Owners, Rule, Says, matches, parse

COMPANIES = ("nissan", "honda", "toyota", "*")
TOPICS = ("ev", "recall_safety", "*")

leaves: st.SearchStrategy[Rule] = st.one_of(
    st.builds(Has, st.just("company"), st.sampled_from(COMPANIES)),
    st.builds(Has, st.just("topic"), st.sampled_from(TOPICS)),
    st.builds(Has, st.just("lang"), st.sampled_from(("en", "ja"))),
    st.builds(Says, st.sampled_from(("pump", "リコール"))),
    st.builds(Owners, st.sampled_from((">=", "<", "=")), st.integers(1, 4)),
    st.builds(Is, st.sampled_from(("new", "update"))),
)
rules: st.SearchStrategy[Rule] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(And, inner, inner), st.builds(Or, inner, inner), st.builds(Not, inner)
    ),
    max_leaves=6,
)
stories = st.builds(
    Facts,
    companies=st.frozensets(st.sampled_from(COMPANIES[:3]).map(CompanyId)),
    topics=st.frozensets(st.sampled_from(TOPICS[:2]).map(TopicId)),
    langs=st.frozensets(st.sampled_from(("en", "ja"))),
    text=st.sampled_from(("a pump", "リコール", "")),
    owners=st.integers(1, 4),
    new=st.booleans(),
)


@given(st.lists(rules, max_size=8), stories)
def test_the_index_finds_what_trying_each_rule_finds(given_rules: list[Rule], facts: Facts) -> None:
    index = RuleIndex([(rule, number) for number, rule in enumerate(given_rules)])
    found = sorted(number for _, numbers in index.met_by(facts) for number in numbers)
    assert found == [number for number, rule in enumerate(given_rules) if matches(rule, facts)]


@given(rules, stories)
def test_what_a_rule_needs_is_there_whenever_it_is_met(rule: Rule, facts: Facts) -> None:
    names = {f"company:{c}" for c in facts.companies} | {f"topic:{t}" for t in facts.topics}
    wanted = needed(rule)
    if wanted is not None and matches(rule, facts):
        assert names & wanted


@given(rules)
def test_a_rule_that_is_printed_reads_the_same(rule: Rule) -> None:
    assert parse(str(rule)) == rule


def test_equal_rules_are_met_once_with_all_who_watch() -> None:
    rule = parse("company:nissan")
    index = RuleIndex([(rule, "one"), (parse("topic:ev"), "two"), (rule, "three")])
    facts = Facts(companies=frozenset({CompanyId("nissan")}))
    assert list(index.met_by(facts)) == [(rule, ["one", "three"])]


def test_a_rule_is_filed_under_the_fewest_names() -> None:
    assert needed(parse("(company:nissan or company:honda) and topic:ev")) == frozenset(
        {"topic:ev"}
    )
    assert needed(parse("company:nissan and owners>=3")) == frozenset({"company:nissan"})
    assert needed(parse("company:nissan or owners>=3")) is None
    assert needed(parse("not company:nissan")) is None
    assert needed(parse("company:*")) is None
