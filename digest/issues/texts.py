"""The texts of a story as an issue freezes them: headlines, key sentences, outlets, figures.

What is told is the latest state: of a story that has taken a turn, the reports that know of it
(turns.py), in each language that has any.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile

from digest.issues.turns import after_turn, turn_of
from digest.model import (
    EarlierStage,
    Headline,
    IssueStory,
    KeySentence,
    OutletLink,
    Report,
    Story,
    StoryId,
)
from digest.stories.datelines import without_dateline, without_label
from digest.stories.facts import is_form, key_sentences, sentences
from digest.stories.figures import figures
from digest.stories.headline import headline
from digest.stories.rank import Ranked

ONE_STAGE = timedelta(hours=12)  # what is told within it is told of one stage of a saga


def frozen(
    ranked: Ranked,
    rank: int,
    earlier: tuple[EarlierStage, ...],
    overtaken_by: StoryId | None,
) -> IssueStory:
    """A ranked story with every text that a segment may show."""
    story = ranked.story
    turned = turn_of(story)
    headlines = headlines_of(story)
    return IssueStory(
        story=story.id,
        rank=rank,
        score=ranked.score,
        reasons=ranked.reasons,
        section=ranked.section,
        companies=ranked.companies,
        topics=ranked.topics,
        headlines=headlines,
        outlets=_outlets(story),
        owners=len(story.owners),
        published=story.reports[0].entry.published,
        sentences=_sentences(story, headlines, turned),
        figures=figures(story),
        earlier=earlier,
        turned=turned,
        overtaken_by=overtaken_by,
    )


def headlines_of(story: Story) -> tuple[Headline, ...]:
    """One headline a language, that of the language in which most owners tell the story first.

    Before these come languages that know of its turn, and before all what the operator chose.
    """
    turned = turn_of(story)
    owners = Counter(lang for _, lang in {(r.owner, r.entry.lang) for r in story.reports})
    lead = story.lead()
    chosen = None if lead is None else lead.entry.lang
    told = {lang: story.lead(lang) or headline(_in(story, lang, turned), lang) for lang in owners}

    def place(lang: str) -> tuple[bool, bool, int, str]:
        stale = turned is not None and told[lang].entry.published < turned
        return lang != chosen, stale, -owners[lang], lang

    return tuple(_headline(told[lang]) for lang in sorted(owners, key=place))


def stage_headlines(story: Story) -> tuple[Headline, ...]:
    """One headline a language for a stage of a saga, all of the time of the best one.

    So a stage is the same one in whatever language it is told.
    """
    best, *others = headlines_of(story)
    at = best.published or story.reports[0].entry.published
    return best, *(_nearest(story, at, other.lang) for other in others)


def _nearest(story: Story, at: datetime, lang: str) -> Headline:
    """The headline of the reports in a language that were published nearest to a moment."""
    reports = [report for report in story.reports if report.entry.lang == lang]
    gap = min(abs(report.entry.published - at) for report in reports)
    near = [r for r in reports if abs(r.entry.published - at) <= max(gap, ONE_STAGE)]
    return _headline(headline(replace(story, reports=tuple(near)), lang))


def _in(story: Story, lang: str, turned: datetime | None) -> Story:
    """The story by its reports in one language that tell the latest state."""
    reports = [report for report in story.reports if report.entry.lang == lang]
    return replace(story, reports=after_turn(reports, turned))


def _headline(report: Report) -> Headline:
    entry = report.entry
    title = without_label(entry.title)
    return Headline(
        title=title,
        summary=_summary(title, report),
        url=entry.url,
        outlet=entry.outlet,
        lang=entry.lang,
        published=entry.published,
    )


def _summary(title: str, report: Report) -> str:
    """What a report says beside a title, up to where it becomes a form."""
    summary = without_dateline(report.entry.summary)
    if is_form(summary):
        told = takewhile(lambda one: not is_form(one), sentences(summary))
        summary = ("" if report.entry.lang == "ja" else " ").join(told)
    return "" if _repeats(title, summary) else summary


def _sentences(
    story: Story, headlines: Iterable[Headline], turned: datetime | None
) -> tuple[KeySentence, ...]:
    """The key sentences in each language that has a headline.

    A headline without a summary has at least what another outlet of its language says.
    """
    found: list[KeySentence] = []
    for top in headlines:
        part = _in(story, top.lang, turned)
        told = key_sentences(part, top.lang)
        found += told if told or top.summary else _said_by_others(part, top)
    return tuple(found)


def _said_by_others(story: Story, top: Headline) -> Iterable[KeySentence]:
    """The beginning of the first summary that says something beside a headline."""
    for report in story.reports:
        entry = report.entry
        if said := sentences(_summary(top.title, report)):
            yield KeySentence(text=said[0], lang=entry.lang, outlet=entry.outlet, url=entry.url)
            return


def _repeats(title: str, summary: str) -> bool:
    """Whether a summary is the title again, whole or cut, perhaps with the outlet's name after."""
    said, again = _letters(title), _letters(summary)
    return said.startswith(again) or (again.startswith(said) and len(again) < 1.5 * len(said))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _outlets(story: Story) -> tuple[OutletLink, ...]:
    """Each owner's weightiest report, or the first of those that weigh the same."""
    best: dict[str, Report] = {}
    for report in sorted(story.reports, key=lambda r: (-r.weight, r.entry.published)):
        best.setdefault(report.owner, report)
    return tuple(
        OutletLink(
            outlet=report.entry.outlet,
            url=report.entry.url,
            lang=report.entry.lang,
            published=report.entry.published,
        )
        for report in best.values()
    )
