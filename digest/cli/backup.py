"""`digest backup` and `digest restore`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.output import show_rows
from digest.cli.project import Project, pass_project
from digest.english import counted
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from digest.app.restoring import Outcome
    from digest.store.takingover import Since


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--list", "listing", is_flag=True, help="List the backups that are there.")
@click.option("--json", "as_json", is_flag=True, help="With --list: print JSON.")
@pass_project
def backup(project: Project, *, file: Path | None, listing: bool, as_json: bool) -> None:
    """Write a checked copy of the state to FILE; also while the service runs.

    Without FILE it goes into the folder of backups (state/backups), where the service makes one
    each day; of those the last 7 are kept. It holds the whole database: feeds, stories, issues,
    readers, mail, and the secret that signs tokens. Your feeds.toml, templates and files of
    passwords are yours to copy.
    """
    from digest.app.keeping import looks_like_a_backup
    from digest.upkeep import in_words, taken_at

    if listing:
        if file is not None:
            raise UsageError("--list shows the folder of backups; leave FILE out")
        with project.app(changes=False) as app:
            rows = [
                (taken.isoformat(), found.stat().st_size, str(found))
                for found in app.keeping.backups()
                if (taken := taken_at(found.name)) is not None
            ]
        show_rows(("taken", "bytes", "file"), rows, as_json=as_json)
        return
    if file is not None and file.is_dir():
        from digest.upkeep import backup_name

        file /= backup_name(project.clock()())
    if file is not None and not looks_like_a_backup(file):
        raise UsageError(f"{file} is there already and is no backup; it was left as it is")
    database = project.state / "digest.db"
    if not database.exists():
        raise DigestError(f"{project.state}: there is nothing to back up yet")
    if file is not None and file.resolve() == database.resolve():
        raise UsageError("that is the database itself; name another file")
    with project.app(changes=False) as app:
        made = app.keeping.back_up(file)
    click.echo(f"{made} ({in_words(made.stat().st_size)})")


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--bring-back",
    is_flag=True,
    help="Also bring back readers who have left since. Only where that was a mistake of yours.",
)
@click.option("--resume", is_flag=True, help="Send what a restore holds: it was not sent before.")
@click.option("--discard", is_flag=True, help="Send nothing of it: it was sent before.")
@pass_project
def restore(
    project: Project, *, file: Path | None, bring_back: bool, resume: bool, discard: bool
) -> None:
    """Put the backup FILE in the place of the state. Stop the service first.

    Nothing is sent twice: if the database that is in place is sound, all that was read and sent
    since the backup is taken over from it, and who has left since stays away. Otherwise what may
    have been sent is held, until you say --resume or --discard. What was in place is set aside in
    state/backups.
    """
    if sum((file is not None, resume, discard)) != 1:
        raise UsageError("name a FILE to restore, or say --resume or --discard after a restore")
    if bring_back and file is None:
        raise UsageError("--bring-back goes with a FILE")
    if file is None:
        _settle(project, sent=discard)
        return
    from digest.app import restoring

    done = restoring.restore(project.settings(), file, project.clock()(), bring_back=bring_back)
    click.echo(f"restored from {file}")
    for line in _told(done):
        click.echo(line, err=True)


def _told(done: "Outcome") -> list[str]:
    until = done.backup.until
    lines = [] if until is None else [f"the backup knows of everything until {until.isoformat()}"]
    since = done.prepared.since
    lines += _known(since) if since is not None else _unknown(done)
    if done.aside is not None:
        lines.append(f"the database that was in place is now {done.aside}")
    return lines


def _known(since: "Since") -> list[str]:
    """What has happened since, where the database that was in place tells it."""
    entries = counted(max(since.entries, 0), "entry", "entries")
    issues, sent = counted(since.issues, "issue"), counted(since.sent, "message")
    joined, changed = counted(since.joined, "reader"), counted(since.changed, "reader")
    known = f"{entries}, {issues} and {sent} sent since; nothing is sent again"
    return [
        f"taken over from what was in place: {known}",
        f"{counted(since.left, 'reader')} who left since stay away",
        f"lost: {joined} who joined since, and what {changed} had chosen since",
    ]


def _unknown(done: "Outcome") -> list[str]:
    """What is held, where nothing tells what has happened since."""
    left = done.prepared.left
    lines = ["what was read and sent since is not known: feeds tell again what they still have"]
    if done.prepared.foreign:
        lines.append(
            "what was in place is the database of another list: its readers and issues are set"
            " aside with it, and nothing of it was taken over"
        )
    if done.prepared.held:
        held = counted(done.prepared.held, "message")
        lines.append(f"held: {held} that may have been sent since")
    if done.issues:
        lines.append(f"held: {', '.join(done.issues)}, due by now and not in the backup")
    if done.prepared.held or done.issues:
        lines.append(
            "`digest restore --resume` sends what is held, `digest restore --discard` lets it be,"
            " as sent before"
        )
    if left is None:
        lines.append(
            "who has left or complained since is not known either: look into the mailbox, and"
            " `digest subscribers remove` them before the next issue"
        )
    else:
        lines.append(f"{counted(left, 'reader')} who left since stay away")
    return lines


def _settle(project: Project, *, sent: bool) -> None:
    """Say of what a restore holds whether it had been sent before."""
    from digest.app import restoring

    settings, now = project.settings(), project.clock()()
    with project.changes() as store:
        last = store.restored.last()
        if last is None or not last.waits:
            raise DigestError("no restore waits for your word; nothing was changed")
        done = restoring.discard(settings, store, now) if sent else restoring.resume(store, now)
    what = "let be, as sent before" if sent else "to be sent"
    messages, issues = counted(done.messages, "message"), counted(done.issues, "issue")
    click.echo(f"{messages} and {issues} {what}")
    if done.left_out:
        click.echo(f"{done.left_out} left out: nobody waits for them any more", err=True)
