"""How a story is told to who cannot read it, by what came before."""

from datetime import timedelta
from typing import Any

from digest.issues.foreign import overtaken, readable
from digest.issues.tell import issue_view
from digest.issues.views import FULL
from digest.model import Choice, Headline, IssueStory, KeySentence, StoryId
from tests.issues.builders import (
    PERIOD,
    Names,
    headline,
    issue,
    issue_story,
    outlet,
    settings,
    stage,
)

NEWS = PERIOD.start + timedelta(days=3)
BEFORE = NEWS - timedelta(days=1)


def told(lang: str, number: int, **given: Any) -> Headline:
    return headline(lang, number, **({"published": NEWS if number == 1 else BEFORE} | given))


def news(**given: Any) -> IssueStory:
    """Lines run again; nobody says so in English."""
    of_before = stage(story=StoryId(2), headlines=(told("en", 2, summary=""), told("ja", 2)))
    given = {"headlines": (told("ja", 1),), "earlier": (of_before,)} | given
    return issue_story(1, **given)


def before(**given: Any) -> IssueStory:
    said = KeySentence(text="Six stop.", lang="en", outlet="A", url=told("en", 2).url)
    given = {"headlines": (told("ja", 2), told("en", 2)), "sentences": (said,)} | given
    return issue_story(2, overtaken_by=StoryId(1), **given)


def test_what_came_before_tells_it_in_the_language_of_the_reader() -> None:
    found = readable(news(outlets=(outlet("B"),)), before(outlets=(outlet("A"), outlet("B"))), "en")
    assert [(one.lang, one.published) for one in found.headlines] == [("en", BEFORE), ("ja", NEWS)]
    assert found.headlines[0].summary == "The union asks for talks."
    assert (found.turned, found.earlier) == (NEWS, ())
    assert [one.text for one in found.sentences] == ["Six stop."]
    assert [one.outlet for one in found.outlets] == ["B", "A"]


def test_it_is_told_as_the_stage_that_it_is() -> None:
    later = told("en", 3, summary="", title="Toyota stops more plants")
    of_before = stage(story=StoryId(2), headlines=(later,))
    found = readable(news(earlier=(of_before,)), before(), "en")
    assert found.headlines[0] == later
    assert found.sentences == ()


def test_a_stage_that_nobody_tells_in_the_language_leaves_the_story_before() -> None:
    found = readable(news(earlier=()), before(), "en")
    assert found.headlines[0] == told("en", 2)


def test_a_story_stays_as_it_is_where_it_is_told_or_nothing_else_is() -> None:
    both = news(headlines=(told("ja", 1), told("en", 1)))
    assert readable(both, before(), "en") is both
    alone = news()
    assert readable(alone, None, "en") is alone
    assert readable(alone, before(), "de") is alone
    late = before(headlines=(told("en", 2, published=NEWS),))
    assert readable(news(earlier=()), late, "en") == news(earlier=())
    undated = before(headlines=(told("en", 2, published=None),))
    assert readable(news(earlier=()), undated, "en") == news(earlier=())
    old = news(headlines=(told("ja", 1, published=None),))
    assert readable(old, before(), "en") is old


def test_of_several_that_are_overtaken_the_best_is_told() -> None:
    first, second = before(), issue_story(3, overtaken_by=StoryId(1))
    assert overtaken((news(), first, second)) == {1: first}


def test_the_page_says_what_has_become_of_it_and_links_to_that_once() -> None:
    lead = issue_story(9)
    view = issue_view(
        issue(lead, news(), before()),
        (lead, news()),
        Choice(language="en"),
        shown=2,
        detail=FULL,
        settings=settings(),
        names=Names(),
    )
    (section,) = view.sections
    (story,) = section.stories
    assert (section.name, story.lang, story.language) == ("What changed", "en", "")
    assert story.since is not None
    assert (story.since.title, story.since.language) == (told("ja", 1).title, "日本語")
    assert story.also == ()
    assert view.preheader == story.title
