from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from msgspec import structs

from digest.model import (
    CompanyId,
    CompanyTag,
    Evidence,
    FeedKind,
    Report,
    Role,
    Story,
    Tags,
    TopicId,
    TopicTag,
)
from digest.stories.lexicon import Lexicon
from digest.stories.load import load_lexicon
from digest.stories.rank import (
    DIVERSITY,
    PER_COMPANY,
    PLACES,
    Ranked,
    companies_of,
    rank,
    topics_of,
)
from digest.stories.section import section_of
from tests.builders import NOW, report, story
from tests.stories.builders import cheese_lexicon


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon(None, {})


def order(ranked: list[Ranked]) -> list[int]:
    return [int(one.story.id) for one in ranked]


def ranked(lexicon: Lexicon, *stories: Story) -> list[Ranked]:
    return rank(stories, lexicon=lexicon, sections=(), now=NOW)


def test_more_independent_outlets_rank_higher(lexicon: Lexicon) -> None:
    one_house = story(1, report(1, owner="a"), report(2, owner="a"))
    two_houses = story(2, report(3, owner="a"), report(4, owner="b"))
    result = ranked(lexicon, one_house, two_houses)
    assert order(result) == [2, 1]
    assert result[0].reasons[0] == "told by 2 independent outlets: ×1.58"
    assert result[1].reasons[0] == "told by one outlet: ×1.00"


def test_newer_ranks_higher_and_the_age_is_said(lexicon: Lexicon) -> None:
    old = story(1, report(1, published=NOW - timedelta(days=6)))
    new = story(2, report(2, companies=("mazda",)))
    result = ranked(lexicon, old, new)
    assert order(result) == [2, 1]
    assert result[1].reasons[1].startswith("6 days old")
    assert result[0].reasons[1].startswith("1 h old")


def test_a_regulators_paper_of_a_recall_makes_it_no_greater(lexicon: Lexicon) -> None:
    for kind, counts in ((FeedKind.REGULATOR, False), (FeedKind.NEWSROOM, True)):
        (one,) = ranked(lexicon, story(1, report(1, kind=kind, topics=("recall_safety",))))
        assert any(why.startswith("a primary source") for why in one.reasons) == counts


def test_places_are_those_of_the_plain_rule(lexicon: Lexicon) -> None:
    """The stories in the order in which each is worth most beside those above it."""
    drawn = Random(7)  # noqa: S311  # a test wants the same ones again
    companies, topics = ("toyota", "honda", "nissan", "suzuki"), ("ev", "battery", "labor")
    stories = [
        story(
            number,
            *(
                report(
                    10 * number + n,
                    companies=tuple(drawn.sample(companies, number % 3)),
                    topics=tuple(drawn.sample(topics, number % 4)),
                )
                for n in range(1 + number % 2)
            ),
        )
        for number in range(1, 60)
    ]
    found = ranked(lexicon, *stories)
    waiting, above = sorted(found, key=lambda one: (-one.score, one.story.id)), list[Ranked]()
    top = waiting[0].score
    while waiting:
        most = PER_COMPANY * (1 + len(above) // PLACES)
        told = Counter(one.lead for one in above)
        free = [one for one in waiting if one.lead is None or told[one.lead] < most]

        def worth(one: Ranked) -> float:
            alike = max((likeness(one, other) for other in above), default=0.0)
            return (1 - DIVERSITY) * one.score / top - DIVERSITY * alike

        best = max(free or waiting, key=lambda one: (worth(one), -one.story.id))
        waiting.remove(best)
        above.append(best)
    assert order(found) == order(above)


def likeness(one: Ranked, other: Ranked) -> float:
    def share(mine: Sequence[str], theirs: Sequence[str]) -> float:
        return len({*mine} & {*theirs}) / len({*mine, *theirs}) if mine or theirs else 0.0

    return 0.6 * share(one.companies, other.companies) + 0.4 * share(one.topics, other.topics)


def test_a_primary_source_and_a_second_language_count(lexicon: Lexicon) -> None:
    plain = story(1, report(1), report(2))
    primary = story(
        2, report(3, kind=FeedKind.REGULATOR, companies=("mazda",)), report(4, companies=("mazda",))
    )
    both = story(3, report(5, companies=("suzuki",)), report(6, lang="ja", companies=("suzuki",)))
    result = ranked(lexicon, plain, primary, both)
    assert order(result) == [2, 3, 1]
    assert "a primary source tells it: ×1.20" in result[0].reasons
    assert "told in two languages: ×1.15" in result[1].reasons


def test_interest_of_the_lexicon_weighs_and_nothing_of_no_interest_is_ranked(
    tmp_path: Path,
) -> None:
    dull = {"company": [{"id": "alpina", "interest": 0.0}]}
    lexicon = cheese_lexicon(tmp_path, dull)
    result = ranked(
        lexicon,
        story(1, report(1, companies=("alpina",), topics=())),
        story(2, report(2, companies=("gouda_works",), topics=("price",))),
        story(3, report(3, companies=(), topics=("unknown",))),
    )
    assert order(result) == [2, 3]
    assert result[0].reasons[-2:] == (
        "interest in its companies: ×2.00",
        "interest in its topics: ×2.00",
    )


def test_a_story_that_only_mentions_companies_counts_half(lexicon: Lexicon) -> None:
    mentioned = CompanyTag(company=CompanyId("nissan"), role=Role.MENTION, score=1.0, evidence=())
    told = report(1)
    tags = Tags(companies=(mentioned,), topics=(), relevant=True)
    told = type(told)(
        stored=told.stored, tags=tags, cluster=told.cluster, owner="a", kind=told.kind, weight=1.0
    )
    (result,) = ranked(lexicon, story(1, told))
    assert "interest in its companies: ×0.50" in result.reasons
    assert (result.companies, result.lead, result.section) == ((), None, None)


def test_one_company_gets_three_stories_before_others_had_a_turn(lexicon: Lexicon) -> None:
    stories = [
        story(n, *(report(10 * n + k, companies=("nissan",)) for k in range(3)))
        for n in range(1, 6)
    ]
    lone = story(9, report(99, companies=("mazda",)))
    result = order(ranked(lexicon, *stories, lone))
    assert result.index(9) == 3
    assert len(result) == 6


def test_a_story_like_one_above_stands_back(lexicon: Lexicon) -> None:
    first = story(1, report(1), report(2), report(3))
    alike = story(2, report(4), report(5))
    other = story(
        3,
        report(6, companies=("mazda",), topics=("battery",)),
        report(7, companies=("mazda",), topics=("battery",)),
    )
    assert order(ranked(lexicon, first, alike, other)) == [1, 3, 2]


def test_stories_without_company_or_topic_are_not_alike(lexicon: Lexicon) -> None:
    bare = [story(n, report(n, companies=(), topics=())) for n in (1, 2)]
    assert order(ranked(lexicon, *bare)) == [1, 2]
    assert ranked(lexicon) == []


def test_the_section_is_the_main_topic_that_has_one(lexicon: Lexicon) -> None:
    told = story(1, report(1, topics=("earnings", "ev")))
    assert rank([told], lexicon=lexicon, sections=(TopicId("ev"),), now=NOW)[0].section == "ev"
    assert rank([told], lexicon=lexicon, sections=(), now=NOW)[0].section == "earnings"


def test_a_story_has_the_tags_of_more_than_a_third_of_its_relevant_reports() -> None:
    told = story(
        1,
        report(1, companies=("nissan", "honda"), topics=("ev",)),
        report(2, companies=("nissan",), topics=("ev",)),
        report(3, companies=("nissan",), topics=("ev",)),
        report(4, companies=("nissan",), topics=("ev", "battery")),
        report(5, companies=("ford",), topics=("labor",), relevant=False),
    )
    assert companies_of(told) == ("nissan",)
    assert topics_of(told) == ("ev",)


def test_tags_of_a_story_without_relevant_reports_are_those_of_all() -> None:
    assert companies_of(story(1, report(1, companies=("ford",), relevant=False))) == ("ford",)


def about(number: int, **scores: float) -> Report:
    """A report that says so much about each topic."""
    told = report(number)
    topics = tuple(
        TopicTag(topic=TopicId(topic), score=score, evidence=()) for topic, score in scores.items()
    )
    return replace(told, tags=structs.replace(told.tags, topics=topics))


@pytest.mark.parametrize(
    ("said", "section"),
    [
        # Nearly as much is said of either, and the operator puts recalls first.
        ({"motorcycle": 5.0, "recall_safety": 4.5}, "recall_safety"),
        ({"motorcycle": 5.0, "recall_safety": 2.0}, "motorcycle"),
        # Of a plant that closes readers care for the restructuring more.
        ({"restructuring": 5.0, "production": 4.0}, "restructuring"),
        ({"unplaced": 9.0, "production": 1.0}, "production"),
        ({"unplaced": 9.0}, "unplaced"),
        ({}, None),
    ],
)
def test_the_section_is_of_what_is_said_most_and_the_operator_decides_near_ties(
    lexicon: Lexicon, said: dict[str, float], section: str | None
) -> None:
    order = tuple(map(TopicId, ("recall_safety", "production", "restructuring", "motorcycle")))
    (result,) = rank([story(1, about(1, **said))], lexicon=lexicon, sections=order, now=NOW)
    assert result.section == section


@pytest.mark.parametrize(("main", "other"), [(1.0, 0.0), (1.0, 10.0), (0.1, 1.0)])
def test_interest_alone_moves_no_story_to_another_section(main: float, other: float) -> None:
    told = about(1, restructuring=5.0, production=3.0)
    restructuring, production = (tag.topic for tag in told.tags.topics)
    interest = {restructuring: main, production: other}
    order = (production, restructuring)
    assert section_of([told], order, order, interest) == restructuring


def test_topics_without_a_score_say_equally_much(lexicon: Lexicon) -> None:
    told = story(1, about(1, motorcycle=0.0, recall_safety=0.0))
    order = (TopicId("recall_safety"), TopicId("motorcycle"))
    assert rank([told], lexicon=lexicon, sections=order, now=NOW)[0].section == "recall_safety"


def test_a_race_stands_behind_an_alliance_however_many_tell_it(lexicon: Lexicon) -> None:
    race = story(1, *(report(n, topics=("motorsport", "restructuring")) for n in range(1, 5)))
    deal = story(2, *(report(n, topics=("mergers_alliances",)) for n in range(5, 7)))
    assert order(ranked(lexicon, race, deal)) == [2, 1]


def test_what_many_tell_leads_a_week_however_early_it_was(lexicon: Lexicon) -> None:
    monday = story(1, *(report(n, published=NOW - timedelta(days=6)) for n in range(1, 6)))
    sunday = story(2, *(report(n, companies=("mazda",)) for n in range(6, 9)))
    assert order(ranked(lexicon, monday, sunday)) == [1, 2]


def test_large_figures_make_a_story_greater_and_the_reasons_say_so(lexicon: Lexicon) -> None:
    launch = story(1, report(1, title="Mazda unveils a bus", companies=("mazda",)))
    loss = story(2, report(2, title="Nissan warns of a loss of 240 billion yen"))
    first, second = ranked(lexicon, launch, loss)
    assert first.story.id == 2
    assert "large figures: ×1.10" in first.reasons
    assert not any("figures" in why for why in second.reasons)


def test_a_headline_says_more_of_its_section_than_a_summary(lexicon: Lexicon) -> None:
    def tag(topic: str, where: str) -> TopicTag:
        found = Evidence(rule=topic, words="", where=where, start=0, score=3.0)
        return TopicTag(topic=TopicId(topic), score=3.0, evidence=(found,))

    told = report(1)
    topics = (tag("mergers_alliances", "summary"), tag("ev", "title"))
    told = replace(told, tags=structs.replace(told.tags, topics=topics))
    order = (TopicId("mergers_alliances"), TopicId("ev"))
    assert rank([story(1, told)], lexicon=lexicon, sections=order, now=NOW)[0].section == "ev"
