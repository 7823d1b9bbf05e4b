"""What `digest status` shows on a terminal: a line a part of the work, and what needs a hand."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from digest.cli.output import plain
from digest.english import counted

if TYPE_CHECKING:
    from digest.model import FeedId, StoredNotice
    from digest.settings import Settings

_NAME = 9  # columns before each line
_WIDTH = 80
_MOST_FEEDS = 5  # that are named with what is wrong

Rows = Mapping[str, object]


def show_screen(
    settings: "Settings",
    rows: Rows,
    errors: "Mapping[FeedId, str]",
    notices: "Sequence[StoredNotice]",
    now: datetime,
) -> None:
    """Print the screen. `rows` are those of the other forms, by their names."""
    click.secho(plain(settings.title), bold=True)
    say = _Speaker(settings, now)
    for name, text, colour in say.lines(rows):
        shown = _wrapped(text, _WIDTH - _NAME).splitlines()
        click.echo(f"{name:{_NAME}}" + click.style(shown[0], fg=colour))
        for line in shown[1:]:
            click.echo(f"{'':{_NAME}}" + click.style(line, fg=colour))
    for name, error in list(errors.items())[:_MOST_FEEDS]:
        click.secho(_wrapped(f"{name}: {plain(error)}", _WIDTH), fg="yellow")
    if len(errors) > _MOST_FEEDS:
        click.secho(f"and {len(errors) - _MOST_FEEDS} more: digest feeds list", fg="yellow")
    if notices:
        click.secho(f"\nNeeds a hand ({len(notices)})", fg="red", bold=True)
    for one in notices:
        head = f"{one.notice.kind}: {plain(one.notice.about)}, {say.ago(one.opened_at)}"
        click.secho(_wrapped(head, _WIDTH), fg="red")
        click.echo(_wrapped(plain(one.notice.words), _WIDTH, "  "))


class _Speaker:
    """Says each part in words, with times as a person tells them."""

    def __init__(self, settings: "Settings", now: datetime) -> None:
        self._settings = settings
        self._now = now

    def lines(self, rows: Rows) -> Iterator[tuple[str, str, str | None]]:
        """A name, what is said of it, and its colour."""
        yield "Service", *self._service(rows)
        yield "Feeds", *self._feeds(rows)
        waiting = counted(_number(rows["entries_waiting"]), "entry waits", "entries wait")
        alerts = counted(_number(rows["alerts_of_7_days"]), "alert")
        yield "News", f"{waiting} to be read; {alerts} in 7 days", None
        last = rows["last_issue"] or "none yet"
        yield "Issue", f"last: {last}; next: {self._due(str(rows['next_issue']))}", None
        yield "Mail", *self._mail(rows)
        pending = f", {rows['readers_pending']} asked to confirm" if rows["readers_pending"] else ""
        yield "Readers", f"{rows['readers']} active{pending}", None
        backup = rows["last_backup"]
        kept = "none yet" if backup is None else f"last {self.ago(_moment(backup))}"
        yield "Backups", kept, None
        for key, value in rows.items():
            if key.startswith(("channel ", "held ", "sending ")):
                yield "", f"{key}: {value}", None if key.startswith("sending") else "yellow"

    def _service(self, rows: Rows) -> tuple[str, str | None]:
        if rows["service"] == "stopped":
            return "not running; `digest run` starts it", "yellow"
        since = rows["service_since"]
        when = "" if since is None else f" since {self._local(_moment(since))}"
        pid = "" if rows["service_pid"] is None else f" (pid {rows['service_pid']})"
        rejected = rows["config_rejected"]
        if rejected is None:
            return f"running{when}{pid}", "green"
        old = "; it goes on with the configuration before: `digest check` says what is wrong"
        return f"running{when}{pid}{old}", "yellow"

    def _feeds(self, rows: Rows) -> tuple[str, str | None]:
        poll = rows["last_poll"]
        asked = "never asked" if poll is None else f"asked {self.ago(_moment(poll))}"
        broken, failing = _number(rows["feeds_broken"]), _number(rows["feeds_failing"])
        said = [f"{rows['feeds']} on"]
        said += [f"{broken} broken"] if broken else []
        said += [f"{failing} failing"] if failing else []
        colour = "red" if broken else "yellow" if failing else None
        return f"{', '.join(said)}; {asked}", colour

    def _mail(self, rows: Rows) -> tuple[str, str | None]:
        trouble = rows["outbox_trouble"]
        said = [f"{rows['sent']} sent, {rows['outbox_open']} on the way"]
        said += [f"{rows[key]} {key}" for key in ("failed", "unknown") if rows[key]]
        if rows["outbox_next"] is not None:
            said.append(f"next try {self._local(_moment(rows['outbox_next']))}")
        if rows["outbox_says"] and rows["outbox_open"]:
            said.append(f"the server said {plain(rows['outbox_says'])}")
        if trouble is not None:
            return f"{trouble}; {'; '.join(said)}", "red"
        return "; ".join(said), "yellow" if rows["failed"] or rows["unknown"] else None

    def _due(self, told: str) -> str:
        name, _, due = told.rpartition(" due ")
        return f"{name}, {self._local(_moment(due))}"

    def _local(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._settings.zone):%a %Y-%m-%d %H:%M}"

    def ago(self, moment: datetime) -> str:
        """How long ago, in one unit; for what is long ago the time itself."""
        past = self._now - moment
        if past < timedelta(minutes=1):
            return "just now"
        if past < timedelta(hours=2):
            return f"{past // timedelta(minutes=1)} min ago"
        if past < timedelta(days=2):
            return f"{past // timedelta(hours=1)} h ago"
        return self._local(moment)


def _moment(text: object) -> datetime:
    return datetime.fromisoformat(str(text))


def _number(value: object) -> int:
    return int(str(value))


def _wrapped(text: str, width: int, indent: str = "") -> str:
    from digest.issues.widths import wrap

    return wrap(text, width, indent)
