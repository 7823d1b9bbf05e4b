"""`digest explain`: one thing followed through the whole pipeline."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, assert_never

import click

from digest.cli import completing
from digest.cli.output import plain, show_json
from digest.cli.project import Project, pass_project
from digest.english import counted

if TYPE_CHECKING:
    from datetime import datetime

    from digest.app.tracing import EntryTold, FeedTold, PersonTold, StoryTold, Told
    from digest.app.tracing.readers import NextIssue
    from digest.model import CompanyTag, Recipient, Report, Subscriber, Tags, TopicTag
    from digest.store.alerts import PastAlert
    from digest.store.persons import PersonRecord
    from digest.stories.why import Shared

Local = Callable[["datetime"], str]  # a time in the zone of the issues
Lines = Iterator[tuple[int, str]]  # each with how far it is indented


@click.command()
@click.argument("thing", metavar="STORY|ENTRY|ADDRESS|FEED", shell_complete=completing.feeds)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def explain(project: Project, *, thing: str, as_json: bool) -> None:
    """Follow one thing through the whole pipeline, and say why it went the way it did.

    THING is the number of a story (or story:12), of an entry (entry:12), an entry's link or GUID,
    a reader's address, or the id of a feed.
    """
    import msgspec

    from digest.app.tracing import trace

    with project.app(changes=False) as app:
        told = trace(app, thing)
        zone = app.settings.zone
    if as_json:
        kind = type(told).__name__.removesuffix("Told").lower()
        show_json({"kind": kind} | msgspec.to_builtins(told))
        return
    for depth, line in _lines(told, lambda at: f"{at.astimezone(zone):%Y-%m-%d %H:%M}"):
        click.echo(f"{'    ' * depth}{plain(line)}")


def _lines(told: "Told", local: Local) -> Lines:
    from digest.app.tracing import EntryTold, FeedTold, PersonTold, StoryTold

    match told:
        case EntryTold():
            yield from _entry(told, local)
        case StoryTold():
            yield from _story(told, local)
        case PersonTold():
            yield from _person(told, local)
        case FeedTold():
            yield from _feed(told, local)
        case _:
            assert_never(told)


def _entry(told: "EntryTold", local: Local) -> Lines:
    trace = told.trace
    entry, stored = trace.stored.entry, trace.stored
    yield 0, f"entry {stored.id}: {entry.title}"
    yield 1, entry.url or "no usable link"
    feed = "which is in feeds.toml no more" if told.feed is None else f"kind {told.feed.kind}"
    yield 1, f"from feed {entry.feed} ({feed}), outlet {entry.outlet}, language {entry.lang}"
    dated = f"dated {local(entry.published)}" if entry.dated else "without a date of its own"
    yield 1, f"came {local(stored.first_seen)}, {dated}; GUID {entry.guid}"
    if trace.placed_at is None:
        yield 1, "waits to be read: `digest poll` or the service does so"
        return
    yield 1, f"read {local(trace.placed_at)}; counts for {trace.owner or 'nobody'}"
    if trace.tags is not None:
        yield from _tags(trace.tags)
    if told.left_out is not None:
        yield 1, told.left_out
    if told.story is not None:
        shared = dict(told.story.joined).get(stored.id)
        if shared is not None:
            yield 1, f"joined its story for {_shared(shared)}"
        yield from _story(told.story, local)


def _tags(tags: "Tags") -> Lines:
    yield 1, "; ".join(tags.reasons) or ("relevant" if tags.relevant else "not relevant")
    for company in tags.companies:
        yield 1, f"company {company.company} ({company.role}) {_because(company)}"
    for topic in tags.topics:
        yield 1, f"topic {topic.topic} {_because(topic)}"


def _because(tag: "CompanyTag | TopicTag") -> str:
    words = [f"{found.words!r} in the {found.where} ({found.rule})" for found in tag.evidence]
    return f"{tag.score:.1f}: {', '.join(dict.fromkeys(words))}"


def _shared(shared: "Shared") -> str:
    said = ["the same headline"] if shared.same_headline else []
    for name in ("companies", "concepts", "names", "numbers", "words"):
        values = getattr(shared, name)
        said += [f"{name} {', '.join(values)}"] if values else []
    return f"what it shares with entry {shared.entry}: {'; '.join(said)}"


def _story(told: "StoryTold", local: Local) -> Lines:
    story = told.story
    lead = (story.lead() or story.reports[0]).entry
    yield 0, f"story {story.id}: {lead.title}"
    reports, owners = len(story.reports), len(story.owners)
    yield 1, f"{counted(reports, 'report')} by {counted(owners, 'independent outlet')}"
    if told.asked != story.id:
        yield 1, f"story {told.asked} has become part of it"
    if told.earlier is not None:
        before = told.earlier.reports[0].entry
        yield 1, f"follows story {told.earlier.id} of {local(before.published)}: {before.title}"
    for each in told.corrections:
        yield 1, f"the operator said {each.kind} ({each.who}, {local(each.at)})"
    joined = dict(told.joined)
    for report in story.reports:
        yield from _report(report, joined.get(report.stored.id), local)
        if report.stored.id == told.began and reports > 1:
            yield 2, "read first: the story began with it"
    if not told.alerts:
        yield 0, "alerts: none was raised"
    for alert in told.alerts:
        yield from _alert(alert, local)
    for issue in told.issues:
        place = "not told" if issue.place is None else f"number {issue.place} of {issue.of}"
        when = local(issue.due)
        why = f": {issue.why}" if issue.why else ""
        yield 0, f"issue {issue.edition} {issue.period} (due {when}, {issue.state}): {place}{why}"


def _report(report: "Report", shared: "Shared | None", local: Local) -> Lines:
    entry = report.entry
    yield 1, f"{local(entry.published)} [entry {report.stored.id}] {entry.outlet}: {entry.title}"
    subjects, topics = ", ".join(report.tags.subjects), ", ".join(report.tags.topic_ids)
    yield 2, f"{entry.lang}; companies {subjects or '-'}; topics {topics or '-'}"
    if shared is not None:
        yield 2, f"joined for {_shared(shared)}"


def _alert(past: "PastAlert", local: Local) -> Lines:
    alert = past.alert.alert
    broke = "" if alert.burst is None else f", it broke: {alert.burst.owners} outlets"
    yield 0, f"alert {past.alert.id}, {local(alert.at)}{broke}"
    for told in past.told:
        rules = ", ".join(dict.fromkeys(reason.rule or "breaking" for reason in told.reasons))
        when = "waits" if told.told_at is None else local(told.told_at)
        said = f" ({told.outcome})" if told.outcome else ""
        yield 1, f"{_recipient(told.to)}: by {rules}; {when}{said}"


def _recipient(to: "Recipient") -> str:
    from digest.model import ToAddress, ToChannel, ToReader

    match to:
        case ToAddress(address=address):
            return address
        case ToChannel(name=name):
            return f"channel {name}"
        case ToReader(id=number):
            return f"reader {number}"
        case _:
            assert_never(to)


def _person(told: "PersonTold", local: Local) -> Lines:
    if told.reader is None:
        yield 0, f"{told.address} does not subscribe; this is kept of them"
    else:
        yield from _reader(told.reader, local)
    record = told.record
    if record.suppressed is not None:
        why, since = record.suppressed
        yield 0, f"never written to since {local(since)}: {why}"
    yield from _exchanged(record, local)
    if told.next is not None:
        yield from _next(told.next, local)


def _reader(reader: "Subscriber", local: Local) -> Lines:
    from digest.model import wish_of

    choice = reader.preferences.choice
    until = "" if reader.paused_until is None else f" until {local(reader.paused_until)}"
    name = f" ({reader.name})" if reader.name else ""
    yield 0, f"{reader.address}{name}: {reader.status}{until}, reader {reader.id}"
    yield 1, f"since {local(reader.created_at)}"
    companies = ", ".join(sorted(choice.companies)) or "all"
    topics = ", ".join(sorted(choice.topics)) or "all"
    yield 1, f"gets {reader.preferences.rhythm}, in {choice.language}"
    yield 1, f"companies {companies}; topics {topics}"
    muted = "" if reader.muted_until is None else f", silent until {local(reader.muted_until)}"
    yield 1, f"alerts: {wish_of(reader.preferences)}{muted}"
    for rule in reader.preferences.rules:
        yield 2, rule
    consent = reader.consent
    if consent is None:
        yield 1, "no consent is kept"
    else:
        yield 1, f"consent: {local(consent.at)}, {consent.how}: {consent.words}"


def _exchanged(record: "PersonRecord", local: Local) -> Lines:
    """What went to and fro, each in the order of time."""
    for mail in record.mails:
        yield 0, f"{local(mail.at)} wrote to us{'; answered' if mail.answered else ''}"
    for question in record.questions:
        ended = question.ended_at
        end = (
            f"good until {local(question.good_until)}" if ended is None else f"over {local(ended)}"
        )
        yield 0, f"was asked to confirm: {question.wish.kind} ({end})"
    for delivery in record.deliveries:
        yield 0, f"{local(delivery.queued_at)} {delivery.kind} {delivery.key}: {delivery.state}"
        yield 1, delivery.subject
        for attempt in delivery.attempts:
            yield 1, f"{local(attempt.at)} {attempt.state}: {attempt.reply}"
    for bounce in record.bounces:
        words = f"{bounce.status} {bounce.words}".strip()
        yield 0, f"{local(bounce.at)} came back ({bounce.kind}) {bounce.delivery}: {words}"
    for news in record.alerts:
        rules = ", ".join(rule or "breaking" for rule in news.rules)
        when = "waits" if news.told_at is None else local(news.told_at)
        yield 0, f"{local(news.at)} alert on story {news.story} by {rules}; {when}"
        yield 1, news.headline


def _next(coming: "NextIssue", local: Local) -> Lines:
    yield 0, f"next: {coming.edition} {coming.period}, due {local(coming.due)}"
    if coming.why_not:
        yield 1, coming.why_not
        return
    yield 1, f"as it stands {counted(coming.stories, 'story', 'stories')}"
    for headline in coming.headlines:
        yield 2, headline
    if coming.stories == 0:
        yield 1, "an issue without a story for them is not mailed"


def _feed(told: "FeedTold", local: Local) -> Lines:
    feed, state = told.feed, told.state
    yield 0, f"feed {feed.id} ({feed.title}): {told.condition}"
    yield 1, feed.url
    if state.moved_to is not None:
        yield 1, f"has moved to {state.moved_to}"
    yield 1, f"{feed.kind}, {feed.lang}, weight {feed.weight:g}"
    for name, rules in (("keep", feed.keep), ("drop", feed.drop)):
        for rule in rules:
            yield 1, f"{name}: {rule}"
    asked = "never" if state.last_poll is None else local(state.last_poll)
    yield 1, f"asked last: {asked}; next {told.next_poll}"
    if state.error is not None:
        yield 1, f"{counted(state.failures, 'failure')} in a row: {state.error}"
    if state.last_news is not None:
        yield 1, f"brought news last {local(state.last_news)}"
    entries = counted(told.entries, "entry", "entries")
    yield 1, f"{entries} so far, {told.relevant} relevant"
