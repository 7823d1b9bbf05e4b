"""`digest preview`: an issue as a reader gets it, or why each of its stories is in it."""

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli import completing
from digest.cli.naming import edition_option, period_option
from digest.cli.output import plain, write_whole
from digest.cli.project import Project, pass_project
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from digest.app import App
    from digest.mail.message import Message
    from digest.model import Issue, Segment, Subscriber
    from digest.settings import Edition

_FORMS = (".html", ".txt", ".eml")
_PRIVATE = 0o600  # an issue holds its reader's own links
_IRRELEVANT = 20  # stories that are shown of those that are not relevant: there may be thousands


@click.command()
@edition_option
@period_option
@click.option("--for", "address", metavar="ADDRESS", help="As this reader gets it.")
@click.option(
    "--companies",
    metavar="IDS",
    shell_complete=completing.lists_of_companies,
    help="As a reader who chose these companies gets it: nissan,honda.",
)
@click.option(
    "--topics",
    metavar="IDS",
    shell_complete=completing.lists_of_topics,
    help="As a reader of these topics gets it: ev,battery.",
)
@click.option(
    "--language", type=click.Choice(["en", "ja"]), help="As a reader of this language gets it."
)
@click.option(
    "--explain", is_flag=True, help="Say why each story is in, and where; what is not, and why."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to FILE: .html, .txt, or .eml for the whole message as it is sent (CRLF).",
)
@click.option("--open", "show", is_flag=True, help="Show the HTML in a browser.")
@pass_project
def preview(
    project: Project,
    *,
    edition: str | None,
    period: str | None,
    address: str | None,
    companies: str | None,
    topics: str | None,
    language: str | None,
    explain: bool,
    out: Path | None,
    show: bool,
) -> None:
    """Show an issue exactly as it was sent, or as it would be sent now. Changes nothing.

    Of a period that is over and brought no issue: as it would have been at its end.
    """
    _check_form(out)
    with project.app(changes=False) as app:
        reader = _reader(app, address, companies, topics, language)
        rhythm = reader.preferences.rhythm
        chosen = app.edition(edition or (rhythm if rhythm in app.settings.editions else None))
        if period is None:
            issue = app.issues.latest(chosen)
            if issue.period.key != app.issues.period(chosen, None).key:
                click.echo("the next issue has nothing to tell yet; this is the newest", err=True)
        else:
            issue = app.issues.draft(chosen, app.issues.period(chosen, period))
        _say_what_became_of_it(app, issue)
        segment = app.issues.segment_for(issue, reader)
        if explain:
            _explain(app, chosen, issue, segment)
            return
        if segment.stories == 0:
            told = "for this choice" if address or companies or topics else "so far"
            click.echo(f"nothing to send: {chosen.name} {issue.period.key} has no story {told}")
            return
        message = app.issues.message_for(issue, segment, reader)
    _show(message, out, in_browser=show)


def _check_form(out: Path | None) -> None:
    """Raise UsageError for a name that tells no form, before any work."""
    if out is not None and out.suffix not in _FORMS:
        raise UsageError(f"{out}: the name must end in {', '.join(_FORMS)}")


def _show(message: "Message", out: Path | None, *, in_browser: bool) -> None:
    """Print a message's text, or write it to a file, or open its HTML."""
    parts = message.parts()
    if out is None and not in_browser:
        click.echo(parts.text)
        return
    if out is not None:
        forms = {".html": parts.html.encode(), ".txt": parts.text.encode(), ".eml": message.data}
        write_whole(out, forms[out.suffix], _PRIVATE)
        click.echo(f"wrote {out}", err=True)
    if in_browser:
        page = Path(click.get_app_dir("kuruma-digest")) / "preview.html"
        if not page.is_absolute():  # where a user has no home, it begins with a "~"
            raise DigestError("this user has no home folder to show it from; --out writes a file")
        write_whole(page, parts.html.encode(), _PRIVATE)
        if not webbrowser.open(page.as_uri()):
            click.echo(f"no browser could be opened; the page is {page}", err=True)


def _reader(
    app: "App",
    address: str | None,
    companies: str | None,
    topics: str | None,
    language: str | None,
) -> "Subscriber":
    """The reader with this address, or a sample one with this choice."""
    from digest.model import Status, Subscriber, SubscriberId
    from digest.subscribers.addresses import address_key

    if address is not None:
        if companies is not None or topics is not None or language is not None:
            raise UsageError("--for shows what a reader chose: name no other choice beside it")
        try:
            found = app.store.subscribers.by_key(address_key(address))
        except ValueError as error:
            raise UsageError(str(error)) from error
        if found is None:
            raise UsageError(f"{address} does not subscribe; `digest subscribers list` shows who")
        return found
    return Subscriber(
        id=SubscriberId(0),
        address="reader@example.org",
        name="",
        status=Status.ACTIVE,
        preferences=app.desk.preferences(
            language=language or app.settings.language,
            rhythm=app.edition(None).name,
            companies=(companies or "").split(","),
            topics=(topics or "").split(","),
        ),
        consent=None,
        created_at=app.clock(),
    )


def _say_what_became_of_it(app: "App", issue: "Issue") -> None:
    """Say that a period brought no issue, or is held: what is shown is not what readers got."""
    found = app.store.issues.find(issue.edition, issue.period.key)
    name = f"{issue.edition} {issue.period.key}"
    if found is not None and found.outcome != "published":
        click.echo(f"{name} was not sent ({found.outcome}: {found.reason})", err=True)
    elif found is None and app.store.reviews.find(issue.edition, issue.period.key).held:
        click.echo(f"{name} is held; `digest next` says more", err=True)


def _explain(app: "App", edition: "Edition", issue: "Issue", segment: "Segment") -> None:
    """Say of each story why it is in a segment and where, and of each other one why it is not."""
    from digest.issues.words import LANGUAGES, pick

    language = app.settings.language
    explained = app.issues.explain(edition, issue, segment)
    click.echo(
        f"{issue.edition} {issue.period.key}: {issue.entries_read} entries read, "
        f"{len(issue.stories)} stories; {len(explained.told)} for this choice"
    )
    for told in explained.told:
        story = told.story
        words = LANGUAGES[pick(language)]
        section = words.changed if told.changed else words.other
        if told.section is not None and not told.changed:
            section = app.lexicon.topic_name(told.section, language)
        where = f"the lead, of {section}" if told.lead else f"in {section}"
        top = story.headline(segment.choice.language or language)
        click.echo(f"{story.rank:3} {story.score:6.2f}  {plain(top.title)}")
        click.echo(f"            {where}; story {story.story}; {'; '.join(story.reasons)}")
    irrelevant = 0
    if explained.left_out:
        click.echo("\nleft out:")
    for left in explained.left_out:
        irrelevant += not left.relevant
        if left.relevant or irrelevant <= _IRRELEVANT:
            click.echo(f"            {plain(left.title)}")
            click.echo(f"            story {left.story}: {plain(left.why)}")
    if irrelevant > _IRRELEVANT:
        more = irrelevant - _IRRELEVANT
        click.echo(f"            {more} more are not relevant; `digest stories --jsonl` has all")
    dropped = app.store.entries.dropped_between(issue.period.start, issue.period.end)
    for why, entries in dropped.items():
        click.echo(f"            {entries} entries are in no story: {plain(why)}")
