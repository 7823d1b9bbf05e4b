"""`digest issue …`: what to say of issues that come. The sending of others is sending.py's."""

import sys
from typing import TYPE_CHECKING

import click

from digest.cli import sending
from digest.cli.group import Group
from digest.cli.naming import edition_option, period_argument
from digest.cli.output import plain, show_rows
from digest.cli.project import Project, operator_name, pass_project
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.app import App
    from digest.issues.answers import Answer
    from digest.model import Issue, Period
    from digest.settings import Edition


@click.group(cls=Group)
def issue() -> None:
    """Issues that come: show, approve, hold, note, first.

    Issues that are out: list, show, pause, resume, cancel. What is said of a story holds for all
    issues: `digest stories merge`, `exclude`, `lead`.
    """


for _command in (sending.list_, sending.pause, sending.resume, sending.cancel):
    issue.add_command(_command)


@issue.command()
@period_argument
@edition_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def show(project: Project, *, period: str | None, edition: str | None, as_json: bool) -> None:
    """Show how the issue of PERIOD stands, and its stories with their numbers.

    Without PERIOD: the one that is due, or in progress.
    """
    with project.app(changes=False) as app:
        chosen = app.edition(edition)
        due = _meant(app, chosen, period)
        made = app.issues.draft(chosen, due)
        rows = _standing(app, chosen, due, made)
    stories = [
        {
            "rank": story.rank,
            "story": story.story,
            "score": story.score,
            "section": story.section,
            "headline": story.headlines[0].title,
        }
        for story in made.stories
    ]
    if as_json:
        import json

        click.echo(json.dumps(dict(rows) | {"stories": stories}, ensure_ascii=False, indent=1))
        return
    show_rows(("what", "how"), [(what, _in_a_line(how)) for what, how in rows])
    columns = ("rank", "story", "score", "section", "headline")
    show_rows(columns, [[*s.values()] for s in stories], cut={"headline": 36}, spare=("score",))


def _meant(app: "App", edition: "Edition", key: str | None) -> "Period":
    """The period that is asked for; in the very second in which an issue was due, that one."""
    period = app.issues.period(edition, key)
    newest = app.store.issues.newest_before(edition.name, period.end)
    if key is None and newest is not None and app.clock() <= period.start:
        return app.issues.period(edition, newest.issue.period.key)
    return period


def _in_a_line(how: object) -> object:
    """A value for a table; the paragraphs of a note stay apart."""
    return " / ".join(filter(None, how.splitlines())) if isinstance(how, str) else how


def _standing(
    app: "App", edition: "Edition", period: "Period", made: "Issue"
) -> list[tuple[str, object]]:
    found = app.store.issues.find(edition.name, period.key)
    review = app.store.reviews.find(edition.name, period.key)
    if found is not None:
        state = f"{found.outcome}{'' if found.reason is None else f': {found.reason}'}"
        readers = app.store.deliveries.counts(found.id).total
    else:
        state = str(review.verdict or "to come")
        readers = app.store.issues.readers(edition.name)
    drafted = review.drafted_at and review.drafted_at.astimezone(edition.zone).isoformat()
    return [
        ("edition", edition.name),
        ("period", period.key),
        ("due", period.end.astimezone(edition.zone).isoformat()),
        ("state", plain(state)),
        ("decided_by", review.decided_by or None),
        ("draft_mailed", drafted),
        ("note", made.note or None),
        ("readers", readers),
        ("entries_read", made.entries_read),
    ]


@issue.command()
@period_argument
@edition_option
@pass_project
def approve(project: Project, *, period: str | None, edition: str | None) -> None:
    """Say that you have seen the issue of PERIOD: it goes when it is due.

    So it would without a word; what this adds is that others see that you did, and that an issue
    which was held goes. Without PERIOD: the one that is due, or in progress.
    """
    from digest.issues.answers import Approve

    _say(project, edition, period, Approve())


@issue.command()
@period_argument
@edition_option
@pass_project
def hold(project: Project, *, period: str | None, edition: str | None) -> None:
    """Keep the issue of PERIOD back until `digest issue approve`.

    Not for ever: when `catch_up` is over or the next issue is due it is skipped. Without PERIOD:
    the one that is due, or in progress.
    """
    from digest.issues.answers import Hold

    _say(project, edition, period, Hold())


@issue.command()
@click.argument("text", metavar="TEXT", default="")
@period_argument
@edition_option
@click.option("--undo", is_flag=True, help="Take the note back: `--undo [PERIOD]`.")
@pass_project
def note(
    project: Project, *, text: str, period: str | None, edition: str | None, undo: bool
) -> None:
    """Put TEXT on top of the issue of PERIOD; lines are paragraphs. A later note replaces it.

    `-` reads TEXT from stdin. Without PERIOD: the one that is due, or in progress.
    """
    from digest.issues.answers import Note

    if undo:
        text, period = _undone(text, period)
    elif text == "-":
        text = sys.stdin.read()
    if undo == bool(text.strip()):
        raise UsageError("give the words of the note, or --undo to take them back")
    _say(project, edition, period, Note(text))


@issue.command()
@click.argument("story", required=False)
@period_argument
@edition_option
@click.option(
    "--undo", is_flag=True, help="Let the ranking say again what stands first: `--undo [PERIOD]`."
)
@pass_project
def first(
    project: Project, *, story: str | None, period: str | None, edition: str | None, undo: bool
) -> None:
    """Let STORY stand first in the issue of PERIOD; of a saga that has gone on, its last stage.

    By which of its headlines it is told is another question: `digest stories lead`. Without PERIOD:
    the one that is due, or in progress.
    """
    from digest.issues.answers import PutFirst
    from digest.model import StoryId

    if undo:
        story, period = _undone(story, period)
    if undo == bool(story):
        raise UsageError("give the number of the story that stands first, or --undo")
    if story and not (story.isdecimal() and int(story) < 2**63):  # what the store can hold
        raise UsageError(f"{story!r} is no number of a story; `digest issue show` has them")
    _say(project, edition, period, PutFirst(StoryId(int(story)) if story else None))


def _undone(said: str | None, period: str | None) -> tuple[str, str | None]:
    """With --undo only PERIOD is named: it stands where the other argument would."""
    return ("", said or None) if period is None else (said or "", period)


def _say(project: Project, edition: str | None, period: str | None, given: "Answer") -> None:
    from digest.issues.answers import Accepted, describe

    with project.app() as app:
        chosen = app.edition(edition)
        reply = app.issues.answer(chosen, app.issues.period(chosen, period), given, operator_name())
    if not isinstance(reply, Accepted):
        raise UsageError(describe(reply))
    click.echo(describe(reply))
