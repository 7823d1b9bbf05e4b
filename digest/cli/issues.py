"""`digest issue …`: what to say of issues that come, and how the sending of others goes."""

import sys
from typing import TYPE_CHECKING

import click

from digest.cli import completing
from digest.cli.output import plain, show_rows
from digest.cli.project import Project, operator_name, pass_project
from digest.errors import DigestError, UsageError
from digest.logs import write_log

if TYPE_CHECKING:
    from digest.app import App
    from digest.issues.answers import Answer
    from digest.model import Issue, Period
    from digest.settings import Edition
    from digest.store import Store
    from digest.store.issues import FoundIssue

edition_option = click.option(
    "--edition",
    metavar="NAME",
    help="Default: the first one.",
    shell_complete=completing.editions,
)


def find_issue(project: Project, store: "Store", edition: str | None, period: str) -> "FoundIssue":
    """The issue of a period. Raises UsageError if nothing was decided about it."""
    settings = project.settings()
    name = edition or settings.first_edition.name
    if name not in settings.editions:
        raise UsageError(
            f"no edition is called {name!r}; there are: {', '.join(settings.editions)}"
        )
    found = store.issues.find(name, period)
    if found is None:
        known = ", ".join(one.issue.period.key for one in store.issues.newest(5, name))
        raise UsageError(
            f"no issue of {name} for {period!r}; the latest are {known}"
            if known
            else "no issue is out yet"
        )
    return found


@click.group()
def issue() -> None:
    """Issues that come: show, approve, hold, note, first.

    Issues that are out: list, show, pause, resume, cancel. What is said of a story holds for all
    issues: `digest stories merge`, `exclude`, `lead`.
    """


@issue.command("list")
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="The newest so many."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def list_(project: Project, *, limit: int, as_json: bool) -> None:
    """List issues with how far their sending has come."""
    from digest.model import DeliveryState

    with project.store() as store:
        runs = store.outbox.runs(limit)
    columns = ("edition", "period", "sending", "readers", "sent", "open", "failed", "why")
    rows = [
        (
            run.edition,
            run.period,
            str(run.sending) if run.counts.open or run.sending != "open" else "done",
            run.counts.total,
            run.counts[DeliveryState.SENT],
            run.counts.open,
            run.counts[DeliveryState.FAILED],
            run.why,
        )
        for run in runs
    ]
    show_rows(columns, rows, as_json=as_json)


@issue.command()
@click.argument("period", shell_complete=completing.periods)
@edition_option
@click.option("--why", default="the operator paused it", show_default=True, help="For the record.")
@pass_project
def pause(project: Project, *, period: str, edition: str | None, why: str) -> None:
    """Let no more of the issue of PERIOD leave until it is resumed."""
    with project.changes() as store:
        found = find_issue(project, store, edition, period)
        if found.sending == "open":
            _refuse_if_done(store, found)
        if not store.issues.pause(found.id, why, project.clock()()):
            raise DigestError(f"{_name(found)} is {found.sending} already")
    click.echo(f"{_name(found)} is paused; `digest issue resume {period}` lets it go on")


@issue.command()
@click.argument("period", shell_complete=completing.periods)
@edition_option
@pass_project
def resume(project: Project, *, period: str, edition: str | None) -> None:
    """Let the paused issue of PERIOD leave again."""
    with project.changes() as store:
        found = find_issue(project, store, edition, period)
        if not store.issues.resume(found.id, project.clock()()):
            raise DigestError(f"{_name(found)} is {found.sending}, not paused")
    click.echo(f"{_name(found)} goes on")


@issue.command()
@click.argument("period", shell_complete=completing.periods)
@edition_option
@click.option(
    "--why", default="the operator cancelled it", show_default=True, help="For the record."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_project
def cancel(project: Project, *, period: str, edition: str | None, why: str, yes: bool) -> None:
    """Send nothing more of the issue of PERIOD. It cannot be taken back."""
    with project.changes() as store:
        found = find_issue(project, store, edition, period)
        if found.sending == "cancelled":
            raise DigestError(f"{_name(found)} is cancelled already")
        waiting = _refuse_if_done(store, found)
        if not yes:
            click.confirm(
                f"{_name(found)}: {waiting} readers will not get it. Cancel it?", abort=True
            )
        dropped = store.issues.cancel(found.id, why, project.clock()())
    click.echo(f"{_name(found)} is cancelled; {dropped} readers will not get it")


def _refuse_if_done(store: "Store", found: "FoundIssue") -> int:
    """How many of an issue's messages wait. Raises DigestError where none does."""
    waiting = store.deliveries.counts(found.id).open
    if not waiting:
        raise DigestError(f"{_name(found)} is done: nothing waits")
    return waiting


def _name(found: "FoundIssue") -> str:
    return f"{found.issue.edition} {found.issue.period.key}"


# --- before it is out --------------------------------------------------------------------------

period_argument = click.argument("period", required=False, shell_complete=completing.periods)
period_option = click.option(
    "--period",
    shell_complete=completing.periods,
    metavar="KEY",
    help='Such as "2026-W47". Default: the one due, or in progress.',
)


@issue.command()
@period_argument
@edition_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def show(project: Project, *, period: str | None, edition: str | None, as_json: bool) -> None:
    """Show how the issue of PERIOD stands, and its stories with their numbers.

    Without PERIOD: the one that is due, or in progress.
    """
    write_log()
    with project.app(changes=False) as app:
        chosen = app.edition(edition)
        due = app.issues.period(chosen, period)
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
    show_rows(("rank", "story", "score", "section", "headline"), [[*s.values()] for s in stories])


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
    if story and not story.isdecimal():
        raise UsageError(f"{story!r} is no number of a story; `digest issue show` has them")
    _say(project, edition, period, PutFirst(StoryId(int(story)) if story else None))


def _undone(said: str | None, period: str | None) -> tuple[str, str | None]:
    """With --undo only PERIOD is named: it stands where the other argument would."""
    return ("", said or None) if period is None else (said or "", period)


def _say(project: Project, edition: str | None, period: str | None, given: "Answer") -> None:
    from digest.issues.answers import Accepted, describe

    write_log()
    with project.app() as app:
        chosen = app.edition(edition)
        reply = app.issues.answer(chosen, app.issues.period(chosen, period), given, operator_name())
    if not isinstance(reply, Accepted):
        raise UsageError(describe(reply))
    click.echo(describe(reply))
