"""`digest status`: how things stand, without changing or loading anything heavy."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from digest.cli.output import plain, show_rows
from digest.cli.project import Project, pass_project

if TYPE_CHECKING:
    from datetime import datetime

    from digest.model import Review
    from digest.settings import Settings
    from digest.store import Store
    from digest.store.channels import ChannelTrouble
    from digest.store.issues import FoundIssue
    from digest.store.outbox import IssueRun
    from digest.store.trouble import Trouble

_NOTICES, _ISSUES = 5, 5  # the latest
_WEEK = timedelta(days=7)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--short", is_flag=True, help="One line.")
@pass_project
def status(project: Project, *, as_json: bool, short: bool) -> None:
    """Show feeds, stories, issues, readers and the outbox on one screen."""
    from digest.feeds.health import condition

    settings = project.settings()
    now = project.clock()()
    with project.store() as store:
        states = store.feeds.states()
        asked = {f.id: states[f.id] for f in settings.feeds if f.enabled and f.id in states}
        errors = {name: state.error for name, state in asked.items() if state.error}
        rows = _rows(settings, store, Counter(condition(s, now) for s in asked.values()), now)
        told = store.notices.latest(_NOTICES)
    if short:
        click.echo(" ".join(f"{key}={'-' if value is None else value}" for key, value in rows))
    elif as_json:
        import json

        notices = [
            {"at": one.at.isoformat(), "kind": one.notice.kind, "about": one.notice.about}
            for one in told
        ]
        click.echo(json.dumps(dict(rows) | {"notices": notices}, ensure_ascii=False, indent=1))
    else:
        show_rows(("what", "how"), rows, title=settings.title)
        for name, error in errors.items():
            click.echo(f"{name}: {plain(error)}", err=True)
        for one in told:
            notice, at = one.notice, one.at.isoformat(timespec="seconds")  # in UTC, as all above
            click.echo(f"{at} {notice.kind}: {plain(notice.about)}", err=True)


def _rows(
    settings: "Settings", store: "Store", conditions: Mapping[str, int], now: "datetime"
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
        ("sent", counts[DeliveryState.SENT]),
        ("outbox_open", counts.open),
        ("outbox_next", due.isoformat() if due else None),
        ("outbox_says", store.outbox.last_reply()),
        ("outbox_trouble", _trouble(store.trouble.get())),
        ("failed", counts[DeliveryState.FAILED]),
        ("unknown", counts[DeliveryState.UNKNOWN]),
    ]
    troubles = store.channels.troubles(settings.alerts.channels)
    rows += [(f"channel {name}", _fails(one)) for name, one in troubles.items()]
    rows += [(f"held {one.edition} {one.period}", _held(one)) for one in store.reviews.held()]
    under_way = [run for run in store.outbox.runs(_ISSUES) if run.counts.open]
    return rows + [(f"sending {run.edition} {run.period}", _progress(run)) for run in under_way]


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
