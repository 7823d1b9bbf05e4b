"""`digest outbox …`, `digest prove`: what is open, what became of it, what to do about it."""

from functools import partial
from typing import TYPE_CHECKING

import click

from digest.cli import completing
from digest.cli.group import Group
from digest.cli.naming import edition_option, find_issue
from digest.cli.output import plain, show_rows
from digest.cli.project import NUMBER, Project, pass_project
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from digest.model import Choice
    from digest.store import Store
    from digest.store.outbox import OutboxRow, Proof

_STATES = ("queued", "claimed", "data", "sent", "deferred", "failed", "unknown", "dropped")
period_option = click.option(
    "--period",
    shell_complete=completing.periods,
    metavar="KEY",
    help='Of this issue, such as "2026-W47".',
)


@click.group(cls=Group)
def outbox() -> None:
    """Messages on their way: list, send, retry, resolve."""


@outbox.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(_STATES),
    help="Only these. Default: all that are still open.",
)
@edition_option
@period_option
@click.option("--for", "address", metavar="ADDRESS", help="Only those to this address.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def list_(
    project: Project,
    *,
    states: tuple[str, ...],
    edition: str | None,
    period: str | None,
    address: str | None,
    as_json: bool,
) -> None:
    """List messages with their state, what the server said and when they are tried next."""
    from digest.model import OPEN_STATES, DeliveryState

    with project.store() as store:
        rows = store.outbox.rows(
            states={DeliveryState(state) for state in states} or OPEN_STATES,
            issue=find_issue(project, store, edition, period).id if period else None,
            address=address,
        )
    columns = ("id", "state", "kind", "address", "attempts", "next_try", "reply", "key")
    held = not project.settings().mail.resend_unknown
    spare = ("key", "attempts", "kind")
    cells = [_cells(row, held=held) for row in rows]
    show_rows(columns, cells, as_json=as_json, cut={"reply": 20}, spare=spare)


def _cells(row: "OutboxRow", *, held: bool) -> tuple[object, ...]:
    return (
        row.id,
        str(row.state),
        str(row.kind),
        row.address,
        row.attempts,
        _next_try(row, held=held),
        row.reply,
        row.key,
    )


def _next_try(row: "OutboxRow", *, held: bool) -> str | None:
    """When a message is tried next; one whose fate is unknown may be `held` for the operator."""
    from digest.model import DeliveryState
    from digest.store.restored import HELD_UNTIL

    if row.state is DeliveryState.UNKNOWN and (held or row.not_before == HELD_UNTIL):
        return "held"
    waits = row.state in {DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.UNKNOWN}
    return row.not_before.isoformat(timespec="seconds") if waits else None


@outbox.command("send")
@pass_project
def send_(project: Project) -> None:
    """Send what is due now, and publish nothing. The service, where it runs, does so by itself."""
    from digest.cli.send import send_due

    with project.app() as app:
        click.echo(send_due(app))


@outbox.command()
@click.argument("ids", nargs=-1, type=NUMBER, metavar="[ID]…")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(["queued", "deferred", "unknown", "failed"]),
    help="All in this state.",
)
@edition_option
@period_option
@pass_project
def retry(
    project: Project,
    *,
    ids: tuple[int, ...],
    states: tuple[str, ...],
    edition: str | None,
    period: str | None,
) -> None:
    """Try messages again now: those with these IDs, or all in a state. Each is the same mail.

    Left out are those that nobody waits for: the reader has left or is suspended, say.
    """
    from digest.model import DeliveryId, DeliveryState
    from digest.subscribers.addresses import fold
    from digest.subscribers.tokens import address_hash

    if bool(ids) == bool(states):
        raise UsageError("name messages by their ID, or --state; `digest outbox list` shows both")
    with project.changes() as store:
        issue = find_issue(project, store, edition, period).id if period else None
        now, secret = project.clock()(), store.secret()
        again = partial(
            store.outbox.retry,
            now,
            issue=issue,
            address_hash=lambda address: address_hash(secret, fold(address)),
        )
        if ids:
            done = again(deliveries=[DeliveryId(i) for i in ids])
        else:
            done = again(states=[DeliveryState(state) for state in states])
    if done.queued or not ids:
        click.echo(f"{done.queued} queued for now; the service sends them, or `digest outbox send`")
    for why, count in sorted(done.left_out.items()):
        click.echo(f"{count} left out: {why}", err=True)
    asked = len(set(ids))
    if ids and done.queued < asked:
        which = "the message" if asked == 1 else f"{asked - done.queued} of the {asked}"
        raise DigestError(
            f"{which} cannot be tried again: unknown ids, or sent,"
            " dropped or under way"
            + (", or left out because nobody waits for them" if done.left_out else "")
        )


@outbox.command()
@click.argument("ids", nargs=-1, type=NUMBER, required=True, metavar="ID…")
@click.option("--sent", is_flag=True, help="It has arrived.")
@click.option("--dropped", is_flag=True, help="It shall not be sent.")
@click.option("--why", default="the operator said so", show_default=True, help="For the record.")
@pass_project
def resolve(project: Project, *, ids: tuple[int, ...], sent: bool, dropped: bool, why: str) -> None:
    """Say what became of messages whose fate is unknown, after a look into the server's log."""
    from digest.model import DeliveryId, DeliveryState

    if sent == dropped:
        raise UsageError("say --sent if they arrived, or --dropped if they shall not be sent")
    state = DeliveryState.SENT if sent else DeliveryState.DROPPED
    with project.changes() as store:
        now = project.clock()()
        done = [store.outbox.resolve(DeliveryId(number), state, why, now) for number in ids]
    click.echo(f"{sum(done)} recorded as {state}")
    if not all(done):
        raise DigestError(
            f"not {', '.join(str(i) for i, ok in zip(ids, done, strict=True) if not ok)}: only an"
            " unknown message can be found to have arrived, only a waiting one be dropped"
        )


# --- prove -------------------------------------------------------------------------------------


@click.command()
@click.argument("period", shell_complete=completing.periods)
@edition_option
@click.option("--for", "address", metavar="ADDRESS", help="Only of this reader.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every attempt.")
@pass_project
def prove(
    project: Project, *, period: str, edition: str | None, address: str | None, as_json: bool
) -> None:
    """Say for each reader of PERIOD what they were sent, when, and what their server said."""
    with project.store() as store:
        found = find_issue(project, store, edition, period)
        proofs = store.outbox.prove(found.id, address)
        if address and not proofs:
            raise DigestError(f"{address}: {_why_not(store, address, found.issue.edition)}")
    if as_json:
        import json

        click.echo(json.dumps([_object(proof) for proof in proofs], ensure_ascii=False, indent=1))
        return
    columns = ("address", "choice", "queued", "attempts", "state", "last", "said", "bounced")
    cut, spare = {"choice": 16, "said": 20}, ("queued", "attempts", "choice")
    show_rows(columns, [_line(proof) for proof in proofs], cut=cut, spare=spare)
    summary = ", ".join(
        f"{sum(proof.row.state == state for proof in proofs)} {state}"
        for state in _STATES
        if any(proof.row.state == state for proof in proofs)
    )
    click.echo(f"{found.issue.edition} {found.issue.period.key}: {summary or 'nobody'}", err=True)


def _line(proof: "Proof") -> tuple[object, ...]:
    row = proof.row
    bounced = [f"{back.bounce.kind} {back.bounce.status}".strip() for back in proof.bounces]
    return (
        row.address,
        _words(proof.choice),
        row.queued_at.isoformat(timespec="seconds"),
        row.attempts,
        str(row.state),
        row.changed_at.isoformat(timespec="seconds"),
        row.reply,
        "; ".join(bounced),
    )


def _object(proof: "Proof") -> dict[str, object]:
    row, choice = proof.row, proof.choice
    return {
        "address": row.address,
        "delivery": row.id,
        "choice": {
            "language": choice.language,
            "companies": sorted(choice.companies),
            "topics": sorted(choice.topics),
        },
        "queued": row.queued_at.isoformat(),
        "state": row.state,
        "reply": row.reply,
        "attempts": [
            {"at": one.at.isoformat(), "state": one.state, "reply": one.reply}
            for one in proof.attempts
        ],
        "bounces": [
            {
                "at": back.at.isoformat(),
                "kind": back.bounce.kind,
                "status": back.bounce.status,
                "words": back.bounce.words,
            }
            for back in proof.bounces
        ],
    }


def _words(choice: "Choice") -> str:
    """A choice in short, such as "en: nissan, toyota"."""
    only = ", ".join(sorted((*choice.companies, *choice.topics)))
    return f"{choice.language}: {only}" if only else choice.language


def _why_not(store: "Store", address: str, edition: str) -> str:
    """Why somebody was sent nothing of an issue."""
    from digest.model import Status
    from digest.subscribers.addresses import address_key

    try:
        reader = store.subscribers.by_key(address_key(address))
    except ValueError as error:
        return str(error)
    if reader is None:
        return (
            "they do not subscribe now; if they were removed or asked to be forgotten, what they"
            " were sent was erased with them"
        )
    if reader.status is not Status.ACTIVE:
        return f"nothing was queued: they are {reader.status}"
    if reader.preferences.rhythm != edition:
        return f"nothing was queued: they read {plain(reader.preferences.rhythm)}, not {edition}"
    return "nothing was queued: there was no story for their choice, or they came after it was out"
