"""Who is told of a story now, and why.

A story is told once to each who watches for it. It is told again only when it has become something
else for them: a later stage, a figure that several outlets give and none gave, or twice the owners;
and, except for a later stage, not before their rule has rested.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.alerts.index import RuleIndex
from digest.issues.compose import meets
from digest.issues.texts import frozen
from digest.model import (
    Alert,
    AlertId,
    Burst,
    Change,
    Choice,
    Figure,
    IssueStory,
    LastTold,
    Raised,
    Reason,
    Recipient,
    Report,
    Story,
    Told,
    TopicId,
)
from digest.stories.headline import PRIMARY_KINDS
from digest.stories.rank import Ranked, companies_of, topics_of
from digest.stories.rules import ANY, And, Facts, Has, Not, Or, Rule, Says, matches

TWICE = 2
AGREED = 2  # outlets that give a figure, for it to be worth an alert
_WORDS = 4  # that say why, of each rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Somebody who watches by a rule, or for stories that break."""

    name: str  # of the rule; "" for stories that break
    to: Recipient
    rest: timedelta  # between two alerts on one story


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """All who watch."""

    rules: RuleIndex[Watcher]
    breaking: Mapping[Choice, Sequence[Watcher]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A story that has new reports, and what is known of how it was told."""

    story: Story
    burst: Burst | None
    last: Mapping[Recipient, LastTold]


def decide(candidate: Candidate, watch: Watch, now: datetime) -> Raised | None:
    """The alert that a story makes now, and whom it is for; None if it is for nobody."""
    story: IssueStory | None = None
    changed: dict[AlertId, tuple[Change, ...]] = {}  # many were told the same last
    told: dict[Recipient, Told] = {}
    for watcher, reason in _watchers(candidate, watch):
        story = story or _as_it_stands(candidate.story)  # most stories are for nobody
        last, known = candidate.last.get(watcher.to), told.get(watcher.to)
        if last is None:
            again = Told(to=watcher.to, reasons=())
        else:
            before = last.stored
            if before.id not in changed:
                changed[before.id] = changes_since(before.alert, candidate.story, story)
            if not _again(changed[before.id], watcher.rest, now - before.alert.at):
                continue
            again = _once_more(last, changed[before.id], watcher.to)
        reasons = (reason,) if known is None else (*known.reasons, reason)
        told[watcher.to] = replace(again, reasons=reasons)
    if story is None or not told:
        return None
    alert = Alert(at=now, story=story, burst=candidate.burst)
    return Raised(alert=alert, told=tuple(told.values()))


def _once_more(last: LastTold, changes: tuple[Change, ...], to: Recipient) -> Told:
    """What is told to somebody again; what still waits for them is told by this one instead."""
    if not last.waits:
        return Told(to=to, reasons=(), before=last.stored.id, changes=changes)
    every = tuple(dict.fromkeys((*last.changes, *changes))) if last.before is not None else ()
    return Told(to=to, reasons=(), before=last.before, changes=every)


def changes_since(before: Alert, story: Story, now: IssueStory) -> tuple[Change, ...]:
    """What a story is now that it was not when somebody was told of it, or of an earlier stage."""
    changes = []
    another = before.story.story not in {story.id, *(report.cluster for report in story.reports)}
    # A report that comes late may date the turn back: that is the one they were told of.
    if another or (now.turned is not None and before.story.turned is None):
        changes.append(Change.STAGE)
    if new_figures(before.story, now):
        changes.append(Change.FIGURE)
    if now.owners >= TWICE * before.story.owners:
        changes.append(Change.OWNERS)
    return tuple(changes)


def _again(changes: Sequence[Change], rest: timedelta, since: timedelta) -> bool:
    """Whether that much is news so soon after the last alert."""
    return Change.STAGE in changes or (bool(changes) and since >= rest)


def _as_it_stands(story: Story) -> IssueStory:
    told = Ranked(
        story=story,
        score=0.0,
        reasons=(),
        section=None,
        companies=companies_of(story),
        topics=topics_of(story),
    )
    return frozen(told, rank=1, earlier=(), overtaken_by=None)


def new_figures(before: IssueStory, story: IssueStory) -> tuple[Figure, ...]:
    """The figures that several outlets give now and that nobody gave before."""
    given = {(figure.unit, claim.value) for figure in before.figures for claim in figure.claims}
    return tuple(
        figure
        for figure in story.figures
        if len(figure.claims[0].outlets) >= AGREED
        and not any((figure.unit, claim.value) in given for claim in figure.claims)
    )


def _watchers(candidate: Candidate, watch: Watch) -> Iterator[tuple[Watcher, Reason]]:
    """Everybody whose rule the story meets, or who waits for stories that break."""
    facts = facts_of(candidate.story)
    for known in (facts, replace(facts, new=False)):  # to those who were told, it is not new
        if not known.new and not candidate.last:
            continue
        for rule, watchers in watch.rules.met_by(known):
            words = tuple(words_for(rule, candidate.story, known))[:_WORDS]
            for watcher in watchers:
                if (watcher.to not in candidate.last) == known.new:
                    yield watcher, Reason(rule=watcher.name, words=words)
    for choice, watchers in watch.breaking.items():
        if meets(choice, facts.companies, facts.topics):
            for watcher in watchers:
                if _breaks(candidate, watcher.to):
                    yield watcher, Reason(rule=watcher.name)


def _breaks(candidate: Candidate, reader: Recipient) -> bool:
    """Whether a story is one for somebody who waits for those that break.

    What they were told of because it broke need not break once more to be told further; but one
    outlet that says it has come further is not enough, unless it is the source itself.
    """
    last = candidate.last.get(reader)
    if candidate.burst is not None or last is None or not last.breaking:
        return candidate.burst is not None
    reports = candidate.story.reports
    return len(candidate.story.owners) > 1 or any(
        report.kind in PRIMARY_KINDS for report in reports
    )


def facts_of(story: Story) -> Facts:
    """What rules are asked about a story: all of its relevant reports together."""
    reports = [report for report in story.reports if report.tags.relevant] or story.reports
    entries = [report.entry for report in reports]
    return Facts(
        companies=frozenset(companies_of(story)),
        topics=frozenset(topics_of(story)),
        outlets=frozenset(entry.outlet for entry in entries),
        langs=frozenset(entry.lang for entry in entries),
        kinds=frozenset(str(report.kind) for report in reports),
        text="\n".join(f"{entry.title}\n{entry.summary}" for entry in entries),
        owners=len({report.owner for report in reports}),
    )


def _words_of(report: Report, topic: TopicId) -> set[str]:
    """The words in a report that are about a topic, or about any."""
    tags = [tag for tag in report.tags.topics if topic in {tag.topic, ANY}]
    return {one.words for tag in tags for one in tag.evidence}


def words_for(rule: Rule, story: Story, facts: Facts) -> Iterator[str]:
    """The words of a story that meet a rule which it meets, each once."""
    yield from dict.fromkeys(_words(rule, story, facts))


def _words(rule: Rule, story: Story, facts: Facts) -> Iterable[str]:
    match rule:
        case And(left, right) | Or(left, right):
            met = [side for side in (left, right) if matches(side, facts)]
            return [words for side in met for words in _words(side, story, facts)]
        case Has("company", value):
            companies = [tag for report in story.reports for tag in report.tags.companies]
            found = [one for t in companies if value in {t.company, ANY} for one in t.evidence]
            return [one.words for one in found[:1]]
        case Has("topic", value):
            said = Counter(
                words for report in story.reports for words in _words_of(report, TopicId(value))
            )
            # What most reports say. Of these the shortest: a phrase in parts has all that stands
            # between them, at worst the whole headline.
            return sorted(said, key=lambda words: (-said[words], len(words)))[:1]
        case Says(words):
            return (words,)
        case Not():
            return ()
        case _:
            return (str(rule),)
