"""`digest stories`: what the entries became."""

from typing import TYPE_CHECKING

import click

from digest.cli.output import plain, show_json_lines, show_rows
from digest.cli.project import Project, pass_project
from digest.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from digest.model import CompanyTag, Story, TopicTag
    from digest.store import Store


class _ListByDefault(click.Group):
    """`digest stories --since 2d` means `digest stories list --since 2d`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command in where none is named."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ListByDefault)
def stories() -> None:
    """Stories: list, show. Without a command: list."""


@stories.command("list")
@click.option("--since", default="7 days", show_default=True, help="How far back to look.")
@click.option("--company", metavar="ID")
@click.option("--topic", metavar="ID")
@click.option("--search", metavar="WORDS", help="Words of a headline or summary, any language.")
@click.option("--jsonl", is_flag=True, help="One JSON object an entry, relevant or not.")
@pass_project
def list_(
    project: Project,
    *,
    since: str,
    company: str | None,
    topic: str | None,
    search: str | None,
    jsonl: bool,
) -> None:
    """List stories, the most widely told first."""
    from digest.feedstoml import parse_duration

    try:
        start = project.clock()() - parse_duration(since)
    except ValueError as error:
        raise UsageError(f"--since {since!r}: {error}") from error
    with project.store() as store:
        if jsonl:
            show_json_lines(_entry_rows(store, start))
            return
        found = [
            story
            for story in store.entries.placed_since(start)
            if any(report.tags.relevant for report in story.reports)
            and _meets(story, company, topic, search)
        ]
    found.sort(key=lambda story: (-len(story.owners), -story.reports[-1].stored.id))
    columns = ("story", "outlets", "from", "companies", "topics", "headline")
    show_rows(columns, map(_row, found))


def _meets(story: "Story", company: str | None, topic: str | None, search: str | None) -> bool:
    from digest.stories.rank import companies_of, topics_of
    from digest.stories.tokens import normalise

    if company and company not in companies_of(story):
        return False
    if topic and topic not in topics_of(story):
        return False
    if not search:
        return True
    text = normalise(" ".join(f"{r.entry.title} {r.entry.summary}" for r in story.reports))
    return all(word in text.casefold() for word in normalise(search).casefold().split())


def _row(story: "Story") -> tuple[object, ...]:
    from digest.stories.rank import companies_of, topics_of

    first = story.reports[0].entry
    return (
        story.id,
        len(story.owners),
        first.published.date().isoformat(),
        ",".join(companies_of(story)),
        ",".join(topics_of(story)),
        first.title,
    )


def _entry_rows(store: "Store", start: "datetime") -> list[dict[str, object]]:
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
    ]


@stories.command()
@click.argument("story", type=int)
@pass_project
def show(project: Project, story: int) -> None:
    """Show one story: its reports, their tags, and the words that decided."""
    from digest.model import StoryId

    with project.store() as store:
        found = store.entries.story(StoryId(story))
    if found is None:
        raise UsageError(f"there is no story {story}; `digest stories` lists them")
    for report in found.reports:
        entry = report.entry
        click.echo(f"{entry.published:%Y-%m-%d %H:%M} {plain(entry.outlet)}: {plain(entry.title)}")
        click.echo(f"    {entry.url}")
        for company in report.tags.companies:
            _show_tag(f"{company.company} ({company.role})", company)
        for topic in report.tags.topics:
            _show_tag(topic.topic, topic)


def _show_tag(name: str, tag: "CompanyTag | TopicTag") -> None:
    words = ", ".join(dict.fromkeys(plain(found.words) for found in tag.evidence))
    click.echo(f"    {name} {tag.score:.1f}: {words}")
