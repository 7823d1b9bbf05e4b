"""Measures sending against its peers, all in one run: `python bench/send.py [--json]`.

The server is Postfix's smtp-sink (Debian's package postfix), which takes everything and keeps
nothing. Ours is the product with everything on: a real project with imported readers, one published
issue, the outbox on disk and durable, drained by the same call as in the service. The peers send
the same bytes, or build a message of the same words:

- smtp-source, Postfix's own load generator, over connections that it keeps (`-d`);
- plain aiosmtplib, one command in flight on each connection;
- a loop as web frameworks do it: EmailMessage for each reader, smtplib, one connection;
- Mailman 3 with personal copies, if `--mailman` names a Python that has it; otherwise the rate that
  was once measured where smtp-source made 2,090 a second, scaled by smtp-source of this run.

Each is run `--rounds` times in turns; its fastest round counts, because others may use the machine.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table
from send_peers import Figure, building, loop, mailman, ours, plain, source
from send_stage import Mail, Project, distant, mail_of, make_project, sink

MAILMAN, SOURCE = 34.0, 2090.0  # messages a second, measured on one machine
CONNECTIONS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A ratio that was promised."""

    what: str
    found: float
    wanted: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        """Whether it is so."""
        return self.found <= self.wanted if self.at_most else self.found >= self.wanted


async def one_round(
    big: Project, small: Project, mails: tuple[Mail, Mail], port: int, python: str | None
) -> list[Figure]:
    mail, few = mails
    figures = [*building(mail)]
    for connections in (1, CONNECTIONS):
        figures += [
            await source(mail, port, connections),
            await ours(big, port, connections),
            await plain(mail.messages, port, connections),
        ]
    figures.append(await loop(mail, port))
    if python is not None:
        figures.append(await mailman(mail, port, python))
    with distant(port) as far:
        for figure in (
            await ours(small, far, CONNECTIONS),
            await plain(few.messages, far, CONNECTIONS),
        ):
            figures.append(replace(figure, name=f"{figure.name}, far away"))
    return figures


def best(rounds: Sequence[Sequence[Figure]]) -> list[Figure]:
    """The fastest of each."""
    return [max(same, key=lambda figure: figure.rate) for same in zip(*rounds, strict=True)]


def with_mailman(figures: Sequence[Figure]) -> list[Figure]:
    """The figures with Mailman's rate: measured, or else the stated one scaled to this machine."""
    if any(figure.name == "Mailman 3" for figure in figures):
        return list(figures)
    reference = _rate(figures, "smtp-source", CONNECTIONS)
    seconds = 1 / (MAILMAN / SOURCE * reference)
    stated = Figure(name="Mailman 3 (stated)", connections=1, messages=1, seconds=seconds, cpu=0.0)
    return [*figures, stated]


def goals(figures: Sequence[Figure]) -> list[Goal]:
    """What was promised, at eight connections."""
    mine = _rate(figures, "ours", CONNECTIONS)
    far = _rate(figures, "ours, far away", CONNECTIONS)
    plain_far = _rate(figures, "plain aiosmtplib, far away", CONNECTIONS)
    loop_rate = _rate(figures, "EmailMessage + smtplib", 1)
    lists = next(figure.rate for figure in figures if figure.name.startswith("Mailman"))
    built, standard_built = (
        _cpu_of(figures, f"building: {who}") for who in ("ours", "EmailMessage")
    )
    return [
        Goal(what="of smtp-source", found=mine / _rate(figures, "smtp-source", 8), wanted=0.6),
        Goal(what="times EmailMessage + smtplib", found=mine / loop_rate, wanted=10),
        Goal(what="times Mailman 3", found=mine / lists, wanted=30),
        Goal(what="times plain aiosmtplib, far away", found=far / plain_far, wanted=1.7),
        Goal(
            what="of EmailMessage's time", found=built / standard_built, wanted=0.01, at_most=True
        ),
    ]


def _rate(figures: Sequence[Figure], name: str, connections: int) -> float:
    wanted = (name, connections)
    return next(f.rate for f in figures if (f.name, f.connections) == wanted)


def _cpu_of(figures: Sequence[Figure], name: str) -> float:
    """A message's share of the processor's time, which others on the machine change least."""
    return next(f.cpu / f.messages for f in figures if f.name == name)


def report(figures: Sequence[Figure], size: int) -> None:
    """A table on a terminal, tabs between the columns elsewhere."""
    heads = ("sender", "connections", "messages", "messages/s", "ms of CPU a message")
    rows = [
        (
            figure.name,
            str(figure.connections or "-"),
            str(figure.messages),
            f"{figure.rate:,.0f}",
            f"{figure.cpu / figure.messages * 1000:.3f}" if figure.cpu else "-",
        )
        for figure in figures
    ]
    print(f"messages of {size / 1000:.0f} kB; the fastest round of each")
    if sys.stdout.isatty():
        table = Table(
            *(Column(head, justify="right" if at else "left") for at, head in enumerate(heads))
        )
        for row in rows:
            table.add_row(*row)
        Console().print(table)
    else:
        print("\n".join("\t".join(row) for row in (heads, *rows)))
    for goal in goals(figures):
        sign = "at most" if goal.at_most else "at least"
        said = "met" if goal.met else "MISSED"
        print(f"ours: {goal.found:.3g} {goal.what} ({sign} {goal.wanted:g}): {said}")


async def run(messages: int, rounds: int, python: str | None) -> tuple[list[Figure], int]:
    """All rounds on a stage of their own, which is taken down afterwards."""
    with tempfile.TemporaryDirectory() as folder, sink() as port:
        big = await make_project(Path(folder, "big"), messages)
        small = await make_project(Path(folder, "small"), max(1, messages // 5))
        mails = (mail_of(big), mail_of(small))
        done = [await one_round(big, small, mails, port, python) for _ in range(rounds)]
    return with_mailman(best(done)), len(mails[0].messages[0].data)


def main() -> None:
    options = argparse.ArgumentParser(description="Measure sending against its peers.")
    options.add_argument("--messages", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--mailman", metavar="PYTHON", help="of an environment with Mailman 3")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    figures, size = asyncio.run(run(given.messages, given.rounds, given.mailman))
    if given.json:
        told = [asdict(figure) | {"rate": figure.rate} for figure in figures]
        ratios = [asdict(goal) | {"met": goal.met} for goal in goals(figures)]
        print(json.dumps({"bytes": size, "figures": told, "goals": ratios}, indent=2))
    else:
        report(figures, size)


if __name__ == "__main__":
    main()
