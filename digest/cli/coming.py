"""`digest next`: the issues that come."""

from typing import TYPE_CHECKING

import click

from digest.cli.output import show_rows
from digest.cli.project import Project, pass_project

if TYPE_CHECKING:
    from digest.issues.review import UpcomingIssue


@click.command("next")
@click.option("--count", type=click.IntRange(1, 60), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def next(project: Project, *, count: int, as_json: bool) -> None:  # noqa: A001  # the command's name
    """Show the next issues of every edition: due when, to how many readers, and why then.

    What is due and not out yet is shown too; of those to come, --count of each edition.
    """
    from digest.issues.review import upcoming_issues

    settings = project.settings()
    with project.store() as store:
        found = upcoming_issues(
            settings.editions.values(),
            store,
            settings=settings,
            now=project.clock()(),
            count=count,
        )
    columns = ("edition", "period", "due", "begins", "readers", "draft", "review", "note", "why")
    rows = [
        (
            one.edition.name,
            one.period.key,
            one.period.end.astimezone(one.edition.zone).isoformat(),
            one.period.start.astimezone(one.edition.zone).isoformat(),
            one.readers,
            _draft(one),
            one.review.verdict,
            one.review.note or None,
            one.why,
        )
        for one in found
    ]
    show_rows(columns, rows, as_json=as_json)


def _draft(one: "UpcomingIssue") -> str | None:
    """When the operator was mailed a draft, or will be; None where no review is set."""
    zone = one.edition.zone
    if one.review.drafted_at is not None:
        return f"mailed {one.review.drafted_at.astimezone(zone).isoformat(timespec='minutes')}"
    if one.draft_at is None:
        return None
    return f"from {one.draft_at.astimezone(zone).isoformat(timespec='minutes')}"
