"""`digest tag`: what the lexicon makes of a text, and why."""

import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from digest.cli.output import plain, progress_bar, show_json_lines
from digest.cli.project import Project, pass_project
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.model import CompanyTag, Tags, TopicTag
    from digest.stories.lexicon import Lexicon
    from digest.stories.whynot import NotAbout, NotNamed

_QUOTED = 100  # columns of what was found: a rule of two words may span a long title


@click.command()
@click.argument("text", nargs=-1)
@click.option(
    "--explain",
    is_flag=True,
    help="Show every match with its place, rule and score, or why it counts for nothing.",
)
@click.option("--jsonl", is_flag=True, help="Read JSON Lines from stdin, write JSON Lines.")
@pass_project
def tag(project: Project, *, text: tuple[str, ...], explain: bool, jsonl: bool) -> None:
    """Tag TEXT, or each line of stdin; with --jsonl also group rows into stories.

    Rows are {"id", "title", "summary", "published", "lang", "source"}; all but title may be
    missing, and a summary is read as a feed's is: without markup, and without a tail such as "You
    may also like". Each becomes {"id", "companies", "mentions", "topics", "relevant", "story"}, in
    input order; "companies" are those that it is about.
    Lines that are no such rows are named on stderr and left out; the exit status is 1 then.
    """
    if jsonl and (text or explain):
        what = "--explain" if explain else "TEXT"
        raise UsageError(f"--jsonl reads rows from stdin; it goes without {what}")
    lexicon = project.lexicon()
    if jsonl:
        _tag_rows(lexicon)
        return
    from digest.feeds.plaintext import visible
    from digest.stories.tag import tagger_of

    tagger = tagger_of(lexicon)
    if text and not visible(" ".join(text)):
        raise UsageError("TEXT is empty")
    empty = True
    for line in filter(None, map(visible, [" ".join(text)] if text else sys.stdin)):
        empty = False
        tags = tagger.tag(line, "", lang="")
        if explain:
            _explain(tags, *tagger.why_not(line, "", lang=""))
        else:
            relevant = "relevant" if tags.relevant else "not relevant"
            click.echo(f"{_summary(tags)}   {relevant}")
    if empty:
        click.echo("digest: stdin: no line holds any text", err=True)


def _tag_rows(lexicon: "Lexicon") -> None:
    from digest.stories.rows import Row, parse_rows, tag_rows

    read = list(parse_rows(sys.stdin.buffer))
    rows = [row for row in read if isinstance(row, Row)]
    for id_, count in Counter(row.id for row in rows).items():
        if count > 1:
            click.echo(f"digest: stdin: {count} rows have the id {plain(id_)}", err=True)
    for row in read:
        if not isinstance(row, Row):
            click.echo(f"digest: stdin: {plain(row)}", err=True)
    with progress_bar("reading") as advance:
        tagged = list(tag_rows(rows, lexicon, advance))
    show_json_lines(tagged)
    if len(rows) < len(read):
        raise DigestError(f"{len(read) - len(rows)} of {len(read)} rows were left out")


def _summary(tags: "Tags") -> str:
    companies = ", ".join(tags.subjects) or "-"
    return f"companies: {companies}   topics: {', '.join(tags.topic_ids) or '-'}"


def _explain(
    tags: "Tags", not_named: "Sequence[NotNamed]", not_about: "Sequence[NotAbout]"
) -> None:
    click.echo(_summary(tags))
    click.echo(f"  {plain(tags.reasons[0])}")  # the others are told with their names, below
    for company in tags.companies:
        _evidence(f"{company.company} ({company.role})", company)
    for topic in tags.topics:
        _evidence(topic.topic, topic)
    for name in not_named:
        click.echo(f"  not {name.company}: {plain(name.why)}")
        click.echo(
            f"    {_quoted(name.words)} in the {name.where} at {name.start}: {plain(name.rule)}"
        )
    for each in not_about:
        _evidence(f"not {each.topic} ({plain(each.why)})", each)


def _evidence(what: str, tag: "CompanyTag | TopicTag | NotAbout") -> None:
    click.echo(f"  {what}: {tag.score:.2f}")
    for found in tag.evidence:
        place = f"{found.where} at {found.start}"
        click.echo(
            f"    {_quoted(found.words)} in the {place}: {plain(found.rule)} {found.score:+.2f}"
        )


def _quoted(words: str) -> str:
    from digest.issues.widths import shorten

    return repr(shorten(plain(words), _QUOTED))
