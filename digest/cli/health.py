"""`digest health`: whether the service does its work, in one line and by the exit status."""

import http.client
import json
from typing import TYPE_CHECKING

import click

from digest.cli.output import plain
from digest.cli.project import Project, pass_project
from digest.errors import DigestError

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from digest.settings import AdminSettings

_PATIENCE = 8.0  # seconds; containers ask with a limit of their own


@click.command()
@pass_project
def health(project: Project) -> None:
    """Say whether the service does its work; exit 0 if it does, 1 if not.

    Asks the running service where [admin] is set. Else the lock and the service's last word in the
    state tell.
    """
    settings = project.settings()
    if settings.admin is not None:
        click.echo(_asked(settings.admin))
        return
    from digest.store.database import is_locked

    now = project.clock()()
    with project.store() as store:
        seen = store.service.last_seen()
    click.echo(_told(now, seen, locked=is_locked(settings.state)))


def _asked(admin: "AdminSettings") -> str:
    """What the service says of itself. Raises DigestError if it is not well."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(admin.host, admin.host)  # noqa: S104  # to ask
    connection = http.client.HTTPConnection(here, admin.port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        found = json.loads(answer.read(65_536))
        status, checks = str(found["status"]), dict(found["checks"])
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException) as error:
        where = f"{here}:{admin.port}"
        raise DigestError(f"failed: the service does not answer on {where} ({error})") from error
    finally:
        connection.close()
    wrong = [f"{name} {one['detail']}" for name, one in checks.items() if one["status"] != "ok"]
    line = plain("; ".join([status, *wrong]))
    if answer.status != http.client.OK:
        raise DigestError(line)
    return line


def _told(now: "datetime", seen: "datetime | None", *, locked: bool) -> str:
    """What lock and state tell. Raises DigestError if no service is at work."""
    if not locked:
        raise DigestError("failed: no service runs here; `digest run` starts it")
    if seen is None or now - seen > _silence():
        since = "it started" if seen is None else seen.isoformat(timespec="seconds")
        raise DigestError(
            f"failed: the service holds the folder and has said nothing since {since}"
        )
    return f"ok; seen {seen.isoformat(timespec='seconds')}"


def _silence() -> "timedelta":
    """How long a service that is well may say nothing: it writes each minute, between its work."""
    from datetime import timedelta

    return timedelta(minutes=5)
