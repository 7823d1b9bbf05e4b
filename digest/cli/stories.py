"""`digest stories`: what the entries became, and what the operator says of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from digest.cli import completing
from digest.cli.group import Group
from digest.cli.output import plain, show_json, show_json_lines, show_rows
from digest.cli.project import (
    NUMBER,
    Project,
    moment_since,
    operator_name,
    pass_project,
)
from digest.cli.waiting import here_or_there
from digest.english import counted, meant
from digest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from digest.app import App
    from digest.model import CompanyTag, Correction, Entry, Story, StoryId, Tags, TopicTag
    from digest.store import Store
    from digest.stories.corrections import Wish


class _ListByDefault(Group):
    """`digest stories --since 2d` means `digest stories list --since 2d`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command in where none is named; it takes options only."""
        named = bool(args) and (not args[0].startswith("-") or args[0] in ctx.help_option_names)
        if not named and not ctx.resilient_parsing:  # as when the shell completes a command
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ListByDefault)
def stories() -> None:
    """Stories: list, show; merge, split, lead, exclude. Without a command: list."""


@stories.command("list")
@click.option("--since", default="7 days", show_default=True, help="How far back to look.")
@click.option(
    "--company", metavar="ID", shell_complete=completing.companies, help="About this company."
)
@click.option("--topic", metavar="ID", shell_complete=completing.topics, help="On this topic.")
@click.option(
    "--search",
    metavar="WORDS",
    help="Each of these words in a headline or summary, any language; half-width or full-width,"
    " katakana or hiragana, large or small kana are the same.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--jsonl", is_flag=True, help="One JSON object an entry, relevant or not.")
@pass_project
def list_(
    project: Project,
    *,
    since: str,
    company: str | None,
    topic: str | None,
    search: str | None,
    as_json: bool,
    jsonl: bool,
) -> None:
    """List stories, the most widely told first."""
    start = moment_since(since, project.clock()())
    wanted = _Wanted(company, topic, search)
    wanted.check(project)
    with project.store() as store:
        if jsonl:
            show_json_lines(_entry_rows(store, start, wanted))
            return
        found = [
            story
            for story in store.entries.placed_since(start)
            if any(report.tags.relevant for report in story.reports) and wanted.story(story)
        ]
        corrected = store.corrections.all()
    found.sort(key=lambda story: (-len(story.owners), -story.reports[-1].stored.id))
    columns = ("story", "outlets", "from", "companies", "topics", "headline", "corrected")
    zone = project.settings(needed=False).zone
    rows = [_row(story, corrected.get(story.id, ()), zone) for story in found]
    cut, spare = {"companies": 16, "topics": 16, "headline": 36}, ("topics", "companies")
    show_rows(columns, rows, as_json=as_json, cut=cut, spare=spare)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is asked for; nothing means all."""

    company: str | None
    topic: str | None
    search: str | None

    def check(self, project: Project) -> None:
        """Raises UsageError for a company or topic that the lexicon does not know."""
        if self.company is None and self.topic is None:
            return
        lexicon = project.lexicon()
        for kind, named, known in (
            ("company", self.company, lexicon.companies),
            ("topic", self.topic, lexicon.topics),
        ):
            if named is not None and named not in known:
                hint = meant(named, known) or f"; there are: {', '.join(known)}"
                raise UsageError(f"no {kind} has the id {named!r}{hint}")

    def story(self, story: "Story") -> bool:
        """Whether a story is one of them."""
        from digest.stories.rank import companies_of, topics_of

        entries = [report.entry for report in story.reports]
        return self._meets(companies_of(story), topics_of(story), entries)

    def entry(self, entry: "Entry", tags: "Tags") -> bool:
        """Whether an entry is one of them."""
        return self._meets(tags.subjects, tags.topic_ids, [entry])

    def _meets(
        self, companies: "Collection[str]", topics: "Collection[str]", entries: "Sequence[Entry]"
    ) -> bool:
        from digest.stories.search import tell_of

        return (
            (self.company is None or self.company in companies)
            and (self.topic is None or self.topic in topics)
            and (not self.search or tell_of(entries, self.search))
        )


def _row(
    story: "Story", corrections: "Sequence[Correction]", zone: "ZoneInfo"
) -> tuple[object, ...]:
    from digest.stories.rank import companies_of, topics_of

    told = (story.lead() or story.reports[0]).entry
    return (
        story.id,
        len(story.owners),
        story.reports[0].entry.published.astimezone(zone).date().isoformat(),
        ",".join(companies_of(story)),
        ",".join(topics_of(story)),
        told.title,
        ",".join(dict.fromkeys(each.kind for each in corrections)),
    )


def _entry_rows(store: "Store", start: "datetime", wanted: _Wanted) -> list[dict[str, object]]:
    return [
        {
            "feed": stored.entry.feed,
            "guid": stored.entry.guid,
            "url": stored.entry.url,
            "title": stored.entry.title,
            "published": stored.entry.published.isoformat(),
            "lang": stored.entry.lang,
            "companies": list(tags.subjects),
            "topics": list(tags.topic_ids),
            "relevant": tags.relevant,
            "story": None if story is None else str(story),
        }
        for stored, tags, story in store.entries.placed(start)
        if wanted.entry(stored.entry, tags)
    ]


@stories.command()
@click.argument("story", type=NUMBER)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def show(project: Project, *, story: int, as_json: bool) -> None:
    """Show one story: its reports, their tags, and the words that decided.

    The number of a story that has become part of another one shows that one.
    """
    from digest.model import StoryId

    with project.store() as store:
        number = store.corrections.story_of(StoryId(story))
        found = None if number is None else store.entries.story(number)
        if found is None:
            raise UsageError(f"there is no story {story}; `digest stories` lists them")
        earlier = None if found.follows is None else store.entries.story(found.follows)
        corrections = store.corrections.of(found.id)
    if as_json:
        show_json(_as_json(found, corrections))
        return
    zone = project.settings(needed=False).zone
    reports, owners = len(found.reports), len(found.owners)
    click.echo(f"story {found.id}: {counted(reports, 'report')} by", nl=False)
    click.echo(f" {counted(owners, 'independent outlet')}")
    if found.id != story:
        click.echo(f"    story {story} is part of it")
    if earlier is not None:
        told = (earlier.lead() or earlier.reports[0]).entry
        click.echo(
            f"    follows story {earlier.id}, {told.published.astimezone(zone):%Y-%m-%d}:"
            f" {plain(told.title)}"
        )
    for each in corrections:
        at = f"{each.at.astimezone(zone):%Y-%m-%d %H:%M}"
        click.echo(f"    {_said(each, found.id)} ({plain(each.who)}, {at})")
    _show_facts(found)
    for report in found.reports:
        entry = report.entry
        click.echo(
            f"{entry.published.astimezone(zone):%Y-%m-%d %H:%M} [{report.stored.id}]"
            f" {plain(entry.outlet)}: {plain(entry.title)}"
        )
        click.echo(f"    {entry.url}")
        for company in report.tags.companies:
            _show_tag(f"{company.company} ({company.role})", company)
        for topic in report.tags.topics:
            _show_tag(topic.topic, topic)


def _as_json(story: "Story", corrections: "Sequence[Correction]") -> dict[str, object]:
    return {
        "story": story.id,
        "outlets": len(story.owners),
        "follows": story.follows,
        "corrections": [
            {"what": _said(each, story.id), "who": each.who, "at": each.at.isoformat()}
            for each in corrections
        ],
        "reports": [
            {
                "entry": report.stored.id,
                "outlet": report.entry.outlet,
                "url": report.entry.url,
                "title": report.entry.title,
                "published": report.entry.published.isoformat(),
                "lang": report.entry.lang,
                "companies": {tag.company: tag.role for tag in report.tags.companies},
                "topics": list(report.tags.topic_ids),
                "relevant": report.tags.relevant,
            }
            for report in story.reports
        ],
    }


def _show_facts(story: "Story") -> None:
    """What an issue may tell of a story: its key sentences, and figures with who gives them."""
    from digest.stories.facts import key_sentences
    from digest.stories.figures import figures

    for lang in dict.fromkeys(report.entry.lang for report in story.reports):
        for sentence in key_sentences(story, lang):
            click.echo(f"    says: {plain(sentence.text)} ({plain(sentence.outlet)})")
    for figure in figures(story):
        claims = [(" / ".join(c.words.values()), ", ".join(c.outlets)) for c in figure.claims]
        told = "; ".join(f"{plain(words)} ({plain(outlets)})" for words, outlets in claims)
        click.echo(f"    {'agree' if figure.agreed else 'differ'}: {told}")


def _said(correction: "Correction", story: "StoryId") -> str:
    """A correction as the story that is shown sees it."""
    from digest.model import CorrectionKind

    numbers = ", ".join(map(str, correction.entries))
    entries = f"{'entry' if len(correction.entries) == 1 else 'entries'} {numbers}"
    match correction.kind:
        case CorrectionKind.MERGE:
            return f"merged: story {correction.other} came into story {correction.story}"
        case CorrectionKind.SPLIT if correction.other == story:
            return f"split: {entries} came from story {correction.story}"
        case CorrectionKind.SPLIT:
            return f"split: {entries} left for story {correction.other}"
        case CorrectionKind.LEAD:
            return f"lead: {entries} tells it"
        case CorrectionKind.EXCLUDE:
            return "excluded: in no issue and no alert"


def _show_tag(name: str, tag: "CompanyTag | TopicTag") -> None:
    words = ", ".join(dict.fromkeys(plain(found.words) for found in tag.evidence))
    click.echo(f"    {name} {tag.score:.1f}: {words}")


# --- corrections -------------------------------------------------------------------------------

_undo = click.option("--undo", is_flag=True, help="Take it back.")


@stories.command()
@click.argument("numbers", metavar="STORY STORY…", type=NUMBER, nargs=-1, required=True)
@_undo
@pass_project
def merge(project: Project, *, numbers: tuple[int, ...], undo: bool) -> None:
    """Make stories one that tell of one event; the oldest keeps its number.

    What was mailed stays as it was; reports that come later to any of them come to this one.
    """
    from digest.model import StoryId
    from digest.stories.corrections import Merge

    _correct(project, Merge(stories=tuple(map(StoryId, numbers)), undo=undo))


@stories.command()
@click.argument("story", type=NUMBER)
@click.argument("entries", metavar="[ENTRY…]", type=NUMBER, nargs=-1)
@click.option("--undo", is_flag=True, help="Let STORY return to the one that it left.")
@pass_project
def split(project: Project, *, story: int, entries: tuple[int, ...], undo: bool) -> None:
    """Let entries leave a story for one of their own, for good.

    `digest stories show` says their numbers, in brackets.
    """
    from digest.model import EntryId, StoryId
    from digest.stories.corrections import Split

    left = tuple(map(EntryId, entries))
    _correct(project, Split(story=StoryId(story), entries=left, undo=undo))


@stories.command()
@click.argument("story", type=NUMBER)
@click.argument("entry", metavar="[ENTRY]", type=NUMBER, required=False)
@_undo
@pass_project
def lead(project: Project, *, story: int, entry: int | None, undo: bool) -> None:
    """Let the headline of an entry tell its story, in the language that it is in."""
    from digest.model import EntryId, StoryId
    from digest.stories.corrections import Lead

    chosen = None if entry is None else EntryId(entry)
    _correct(project, Lead(story=StoryId(story), entry=chosen, undo=undo))


@stories.command()
@click.argument("story", type=NUMBER)
@_undo
@pass_project
def exclude(project: Project, *, story: int, undo: bool) -> None:
    """Keep a story out of every issue and alert from now on."""
    from digest.model import StoryId
    from digest.stories.corrections import Exclude

    _correct(project, Exclude(story=StoryId(story), undo=undo))


def _correct(project: Project, wish: "Wish") -> None:
    """Do it here, or have the running service do it; what lacks something waits for neither."""
    from digest.stories.corrections import as_arguments, incomplete

    if (missing := incomplete(wish)) is not None:
        raise UsageError(missing)
    who = operator_name()

    def here(app: "App") -> str:
        return app.stories.correct(wish, who)

    with project.app() as app:
        click.echo(here_or_there(app, "correct", as_arguments(wish) | {"who": who}, here))
