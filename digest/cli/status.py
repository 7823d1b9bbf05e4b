"""`digest status`: how things stand, without changing or loading anything heavy."""

import sys
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from digest.cli.output import plain, show_rows
from digest.cli.project import Project, pass_project
from digest.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from digest.model import Review, StoredNotice
    from digest.settings import Settings
    from digest.store import Store
    from digest.store.channels import ChannelTrouble
    from digest.store.issues import FoundIssue
    from digest.store.outbox import IssueRun
    from digest.store.trouble import Trouble

_ISSUES = 5  # the latest
_WEEK = timedelta(days=7)
_HELD = "messages held; say `digest restore --resume` or --discard"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--short", is_flag=True, help="One line.")
@pass_project
def status(project: Project, *, as_json: bool, short: bool) -> None:
    """Show the service, feeds, news, issues, mail, readers and backups on one screen.

    What needs a hand stands at the end. In a pipe it is a line a value; docs/commands.md says what
    each means.
    """
    from digest.feeds.health import condition

    try:
        settings = project.settings()
    except ConfigError:
        _tell_of_rejection(project)
        raise
    now = project.clock()()
    with project.store() as store:
        states = store.feeds.states()
        asked = {f.id: states[f.id] for f in settings.feeds if f.enabled and f.id in states}
        errors = {name: state.error for name, state in asked.items() if state.error}
        rows = _rows(settings, store, Counter(condition(s, now) for s in asked.values()), now)
        open_ = store.notices.open()
    if short:
        click.echo(" ".join(f"{key}={'-' if value is None else value}" for key, value in rows))
    elif as_json:
        import json

        told = dict(rows) | {"notices": [_as_json(one) for one in open_]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    elif sys.stdout.isatty():
        from digest.cli.screen import show_screen

        show_screen(settings, dict(rows), errors, open_, now)
    else:
        show_rows(("what", "how"), rows)
        for name, error in errors.items():
            click.echo(f"{name}: {plain(error)}", err=True)
        for one in open_:
            notice, at = one.notice, one.opened_at.isoformat(timespec="seconds")  # UTC, as above
            click.echo(f"{at} {notice.kind}: {plain(notice.about)}", err=True)


def _tell_of_rejection(project: Project) -> None:
    """Say that a service which runs has not taken over what is wrong."""
    with project.store() as store:
        rejection = store.service.rejection()
    if rejection is not None:
        click.echo(
            f"configuration rejected since {rejection.since.isoformat(timespec='seconds')};"
            " a service that runs goes on with the one before"
        )


def _as_json(one: "StoredNotice") -> dict[str, object]:
    notice = one.notice
    return {
        "at": one.opened_at.isoformat(),
        "kind": notice.kind,
        "about": notice.about,
        "words": notice.words,
    }


def _rows(
    settings: "Settings", store: "Store", conditions: Mapping[str, int], now: datetime
) -> list[tuple[str, object]]:
    from digest.model import DeliveryState, Status

    readers, counts = store.subscribers.count(), store.deliveries.counts()
    newest = store.issues.newest(1)
    last = store.requests.last_run("poll")
    due = store.deliveries.next_due(resend_unknown=settings.mail.resend_unknown)
    rows: list[tuple[str, object]] = [
        ("feeds", sum(feed.enabled for feed in settings.feeds)),
        ("feeds_broken", conditions.get("broken", 0) + conditions.get("gone", 0)),
        ("feeds_failing", conditions.get("failing", 0)),
        ("last_poll", last.finished_at.isoformat() if last else None),
        ("entries_waiting", store.entries.count_waiting()),
        ("readers", readers.get(Status.ACTIVE, 0)),
        ("readers_pending", readers.get(Status.PENDING, 0)),
        ("alerts_of_7_days", store.alerts.count(now - _WEEK)),
        ("last_issue", _name(newest[0]) if newest else None),
        ("next_issue", _next(settings, store, now)),
        ("sent", counts[DeliveryState.SENT]),
        ("outbox_open", counts.open),
        ("outbox_next", due.isoformat() if due else None),
        ("outbox_says", store.outbox.last_reply()),
        ("outbox_trouble", _trouble(store.trouble.get())),
        ("failed", counts[DeliveryState.FAILED]),
        ("unknown", counts[DeliveryState.UNKNOWN]),
        *_service(settings, store),
        ("last_backup", _newest_in(settings.backups, now)),
    ]
    troubles = store.channels.troubles(settings.alerts.channels)
    rows += [(f"channel {name}", _fails(one)) for name, one in troubles.items()]
    restored = store.restored.last()
    if restored is not None and restored.waits:
        rows.append(
            ("restored", f"from {plain(restored.file)}; {len(store.restored.held())} {_HELD}")
        )
    rows += [(f"held {one.edition} {one.period}", _held(one)) for one in store.reviews.held()]
    under_way = [run for run in store.outbox.runs(_ISSUES) if run.counts.open]
    return rows + [(f"sending {run.edition} {run.period}", _progress(run)) for run in under_way]


def _service(settings: "Settings", store: "Store") -> list[tuple[str, object]]:
    """Who is at work here; any command that polls or sends looks like the service meanwhile."""
    from digest.store.holder import holder_of

    holder = holder_of(settings.state)
    rejection = store.service.rejection()
    return [
        ("service", "stopped" if holder is None else "running"),
        ("service_pid", None if holder is None else holder.pid),
        ("service_since", holder.since.isoformat() if holder and holder.since else None),
        ("config_rejected", None if rejection is None else rejection.since.isoformat()),
    ]


def _next(settings: "Settings", store: "Store", now: datetime) -> str:
    """The issue that is due next."""
    from digest.issues.calendar import upcoming

    coming = [
        (period.end, f"{edition.name} {period.key} due {period.end.isoformat()}")
        for edition in settings.editions.values()
        for period in upcoming(edition, store.issues.keys(edition.name), now, 1)
    ]
    return min(coming)[1]


def _newest_in(folder: "Path", now: datetime) -> str | None:
    """When the newest backup of the folder was made, by its name."""
    from digest.upkeep import newest, taken_at

    try:
        name = newest([file.name for file in folder.iterdir()], now)
    except OSError:
        return None
    taken = None if name is None else taken_at(name)
    return None if taken is None else taken.isoformat()


def _progress(run: "IssueRun") -> str:
    done = run.counts.total - run.counts.open
    held = "" if run.why is None else f"; {run.sending}: {plain(run.why)}"
    return f"{done} of {run.counts.total}{held}"


def _trouble(trouble: "Trouble | None") -> str | None:
    if trouble is None:
        return None
    return f"no mail leaves since {trouble.since.isoformat()}: {plain(trouble.words)}"


def _fails(trouble: "ChannelTrouble") -> str:
    return f"takes no alerts since {trouble.failing_since.isoformat()}: {plain(trouble.error)}"


def _held(review: "Review") -> str:
    return f"by {plain(review.decided_by)}; `digest next` says until when"


def _name(found: "FoundIssue") -> str:
    why = "" if found.reason is None else f", {plain(found.reason)}"
    return f"{found.issue.edition} {found.issue.period.key} {found.outcome}{why}"
