"""How commands name an issue: by its edition and period."""

from typing import TYPE_CHECKING

import click

from digest.cli import completing
from digest.cli.project import Project
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.issues import FoundIssue

edition_option = click.option(
    "--edition",
    metavar="NAME",
    help="Default: the first one.",
    shell_complete=completing.editions,
)

period_argument = click.argument(
    "period", required=False, shell_complete=completing.periods_to_come
)
period_option = click.option(
    "--period",
    shell_complete=completing.periods_to_come,
    metavar="KEY",
    help='Such as "2026-W47". Default: the one due, or in progress.',
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
