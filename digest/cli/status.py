"""`digest status`: how things stand, without changing or loading anything heavy."""

import sys
from typing import TYPE_CHECKING

import click

from digest.cli.output import plain, show_json, show_rows
from digest.cli.project import Project, pass_project
from digest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from digest.cli.standing import Standing
    from digest.model import StoredNotice
    from digest.settings import Settings
    from digest.store.issues import FoundIssue
    from digest.store.outbox import IssueRun
    from digest.store.trouble import Trouble

HELD = "messages held; say `digest restore --resume` or --discard"
HELD_BACK = "`digest next` says until when"

Rows = list[tuple[str, str | int | None]]  # None: not known, or nothing to tell


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--short", is_flag=True, help="One line.")
@pass_project
def status(project: Project, *, as_json: bool, short: bool) -> None:
    """Show the service, feeds, news, issues, mail, readers and backups on one screen.

    What needs a hand stands at the end. In a pipe it is a line a value; docs/commands.md says what
    each means. With a feeds.toml that is wrong it says what the state tells, and ends with 78.
    """
    from digest.cli.standing import standing
    from digest.errors import UsageError

    if short and as_json:
        raise UsageError("--short is one line, --json is JSON: give one of them")
    settings: Settings | None = None
    wrong: ConfigError | None = None
    try:
        settings = project.settings()
    except ConfigError as error:
        wrong = error
    problems = () if wrong is None else wrong.problems
    with project.store() as store:
        found = standing(store, project.state, settings, project.clock()(), problems=problems)
    if short:
        click.echo(" ".join(f"{k}={'-' if v is None else plain(v)}" for k, v in rows(found)))
    elif as_json:
        show_json(_as_json(found))
    elif sys.stdout.isatty():
        from digest.cli.screen import show_screen

        show_screen(found)
    else:
        show_rows(("what", "how"), rows(found))
        _tell_of_trouble(found)
    if wrong is not None:
        if found.rejected is not None and not as_json:
            since = f"{found.rejected:%Y-%m-%d %H:%M} UTC"  # the zone is not known now
            click.echo(f"configuration rejected since {since}; the service goes on", err=True)
        raise wrong


def rows(found: "Standing") -> Rows:
    """Each value by its name, which docs/commands.md explains, as text or a number."""
    from digest.model import DeliveryState

    by_state, at = found.messages, found.configured
    return [
        ("feeds", None if at is None else at.feeds.on),
        ("feeds_broken", None if at is None else at.feeds.broken),
        ("feeds_failing", None if at is None else at.feeds.failing),
        ("last_poll", _time(found.last_poll)),
        ("entries_waiting", found.entries_waiting),
        ("readers", found.readers),
        ("readers_pending", found.pending),
        ("alerts_of_7_days", found.alerts),
        ("last_issue", None if found.last_issue is None else issue_name(found.last_issue)),
        ("next_issue", _next(found)),
        ("sent", by_state[DeliveryState.SENT]),
        ("outbox_open", by_state.open),
        ("outbox_next", None if at is None else _time(at.next_try)),
        ("outbox_says", found.server_says),
        ("outbox_trouble", _trouble(found)),
        ("failed", by_state[DeliveryState.FAILED]),
        ("unknown", by_state[DeliveryState.UNKNOWN]),
        ("service", "stopped" if found.holder is None else "running"),
        ("service_pid", None if found.holder is None else found.holder.pid),
        ("service_since", None if found.holder is None else _time(found.holder.since)),
        ("config_rejected", _time(found.rejected)),
        ("last_backup", None if at is None else _time(at.backup)),
        *more(found),
    ]


def more(
    found: "Standing", shown: "Callable[[datetime], str] | None" = None
) -> "Iterator[tuple[str, str]]":
    """What there is a line of only where there is something to tell.

    Times are in ISO 8601, or as `shown` has them.
    """
    if found.network_down:
        yield "network", "seems to be down: the last round of polls reached nobody"
    channels = {} if found.configured is None else found.configured.channels
    for name, one in channels.items():
        since = shown(one.failing_since) if shown else one.failing_since.isoformat()
        yield f"channel {name}", f"takes no alerts since {since}: {plain(one.error)}"
    if found.restored is not None:
        yield "restored", f"from {plain(found.restored.file)}; {found.restored.messages} {HELD}"
    for review in found.held:
        held = f"by {plain(review.decided_by)}; {HELD_BACK}"
        yield f"held {review.edition} {review.period}", held
    for run in found.sending:
        yield f"sending {run.edition} {run.period}", _progress(run)


def issue_name(found: "FoundIssue") -> str:
    """An issue and what became of it."""
    why = "" if found.reason is None else f", {plain(found.reason)}"
    return f"{found.issue.edition} {found.issue.period.key} {found.outcome}{why}"


def trouble_words(trouble: "Trouble", since: str) -> str:
    """Since when no mail leaves, and why."""
    return f"no mail leaves since {since}: {plain(trouble.words)}"


def _trouble(found: "Standing") -> str | None:
    trouble = found.trouble
    return None if trouble is None else trouble_words(trouble, trouble.since.isoformat())


def _next(found: "Standing") -> str | None:
    at = found.configured
    if at is None:
        return None
    return f"{at.next_edition} {at.next_period.key} due {at.next_period.end.isoformat()}"


def _progress(run: "IssueRun") -> str:
    done = run.counts.total - run.counts.open
    held = "" if run.why is None else f"; {run.sending}: {plain(run.why)}"
    return f"{done} of {run.counts.total}{held}"


def _time(moment: "datetime | None") -> str | None:
    return None if moment is None else moment.isoformat()


def _as_json(found: "Standing") -> dict[str, object]:
    problems = [
        {"file": p.file, "line": p.line, "key": p.key, "found": p.found, "allowed": p.allowed}
        for p in found.problems
    ]
    notices = [_notice(one) for one in found.notices]
    return {**dict(rows(found)), "notices": notices, "problems": problems}


def _notice(one: "StoredNotice") -> dict[str, object]:
    notice = one.notice
    return {
        "at": one.opened_at.isoformat(),
        "kind": notice.kind,
        "about": notice.about,
        "words": notice.words,
    }


def _tell_of_trouble(found: "Standing") -> None:
    """Say on stderr which feeds fail, and what needs a hand."""
    errors = {} if found.configured is None else found.configured.feeds.errors
    for name, error in errors.items():
        click.echo(f"{name}: {plain(error)}", err=True)
    for one in found.notices:
        notice, at = one.notice, one.opened_at.isoformat(timespec="seconds")  # UTC, as above
        click.echo(f"{at} {notice.kind}: {plain(notice.about)}", err=True)
