"""Answers what the operator and their programs ask: /livez, /readyz, /metrics and the page.

Nothing here changes anything but the mark by which it is seen that the state can be written, and
nothing is said to who comes under a name that is not ours: a page elsewhere may have its own name
lead here (DNS rebinding), never an address.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from digest import __version__
from digest.clock import Clock
from digest.errors import DigestError
from digest.logs import Log
from digest.model import Issue
from digest.settings import AdminSettings, Settings
from digest.store import Store, StoreThread
from digest.store.database import is_locked
from digest.tally import tally
from digest.web import answers
from digest.web.admin.board import DAYS, READER_DAYS, Past, board
from digest.web.admin.facts import Facts, read_facts
from digest.web.admin.readiness import Check, Health, document, judge, of_store, worst
from digest.web.answers import Answer
from digest.web.visit import Request

log = Log(__name__)

ANSWER_WITHIN = 10.0  # seconds that the store may be busy with something else
WRITE_EVERY = 10.0  # seconds between two looks whether the state can be written: each is a commit
DRAFT_KEPT = 300.0  # seconds; the lexicon is asked for it
DRAFT_SHARE = 20  # times as long as it took to make, at least: meanwhile nothing else is stored
DRAFT_WITHIN = 3.0  # seconds that the page waits for it; the next one shows it
_HERE: Final = Path(__file__).parent
_JSON = "application/json"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The service that is looked at."""

    settings: Settings
    store: Store
    db: StoreThread
    clock: Clock
    draft: Callable[[], Issue | None]  # the coming issue as it would be now; in the store's thread


class AdminFront:
    """Takes every request to the operator's address."""

    def __init__(
        self,
        watched: Watched,
        admin: AdminSettings,
        lag: Callable[[], float],
        *,
        longest_lag: float,
    ) -> None:
        """`lag` tells how late the loop is, in seconds; it may be late by less than the longest."""
        self._watched = watched
        self._admin = admin
        self._lag = lag
        self._longest_lag = longest_lag
        self._started = watched.clock()
        self._written: float | None = None  # when that was seen last; by the loop's clock, as below
        self._draft: Issue | None = None
        self._draft_until: float | None = None  # None: there is none yet
        self._making: asyncio.Task[None] | None = None
        self._template: Template | None = None
        self._pages: dict[str, Callable[[], Awaitable[Answer]]] = {
            "/livez": self._livez,
            "/readyz": self._readyz,
            "/metrics": self._metrics,
            "/": self._board,
            "/style.css": self._style,
        }

    def watch(self, watched: Watched) -> None:
        """Tell from now on of a service with other settings."""
        self._watched = watched
        self._draft_until = None

    async def answer(self, request: Request) -> Answer:
        """Do what is asked. Never raises but when it is cancelled."""
        page = self._pages.get(request.path)
        if not is_ours(request.host, self._admin):
            return answers.words("This is asked under a name that is not in [admin].\n", status=421)
        if page is None:
            return answers.words("There is no such page.\n", status=404)
        if request.method not in {"GET", "HEAD"}:
            refused = answers.words("Nothing can be changed here.\n", status=405)
            return replace(refused, headers={**refused.headers, "Allow": "GET, HEAD"})
        return await self._made(request, page)

    async def _made(self, request: Request, page: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                return await page()
        except TimeoutError:
            log.warning("admin.slow", path=request.path)
            return answers.words("The store is busy.\n", status=503)
        except DigestError as error:
            log.error("admin.failed", path=request.path, reason=str(error))  # noqa: TRY400  # ours
            return answers.words(f"{error}\n", status=503)
        except Exception:  # the service goes on
            log.exception("admin.crashed", path=request.path)
            return answers.words("This failed; the log says why.\n", status=500)

    def refuse(self, request: Request, status: int) -> Answer:
        """The answer to what cannot be taken at all."""
        del request
        return answers.words("This is no request that we understand.\n", status=status)

    async def _livez(self) -> Answer:
        return answers.words("ok\n")  # to say so the loop has to turn

    async def _readyz(self) -> Answer:
        checks = await self._checks(None)
        body = json.dumps(document(checks), indent=1, ensure_ascii=False) + "\n"
        status = 503 if worst(checks) is Health.FAILED else 200
        return replace(answers.words(body, status=status), content_type=_JSON)

    async def _metrics(self) -> Answer:
        from digest.web.admin import metrics  # noqa: PLC0415  # who asks for none needs not load it

        facts = await self._facts()
        text = metrics.exposition(facts, tally, self._lag())
        return replace(answers.words(""), body=text, content_type=metrics.CONTENT_TYPE)

    async def _board(self) -> Answer:
        facts = await self._facts()
        checks = await self._checks(facts)
        past = await self._watched.db(self._past, facts.now)
        made = await self._make_draft()
        shown = board(facts, checks, past, self._draft, made=made)
        if self._template is None:
            loader = FileSystemLoader(_HERE)
            environment = Environment(
                loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True
            )
            self._template = environment.get_template("board.html")
        return answers.page(self._template.render(board=shown))

    async def _style(self) -> Answer:
        css = (_HERE / "style.css").read_bytes()
        return answers.file(css, "text/css; charset=utf-8", tag=f'"{__version__}"', seen="-")

    async def _checks(self, facts: Facts | None) -> list[Check]:
        """What was looked at; without facts where the store cannot even be read."""
        watched = self._watched
        try:
            async with asyncio.timeout(ANSWER_WITHIN / 2):
                await self._write()
                found = facts or await self._facts()
        except TimeoutError:
            return [of_store(f"gave no answer within {ANSWER_WITHIN / 2:.0f} s")]
        except DigestError as error:
            return [of_store(str(error))]
        locked = is_locked(watched.settings.state)
        told = judge(
            found,
            self._started,
            locked=locked,
            lag=self._lag(),
            longest_lag=self._longest_lag,
        )
        return [of_store(None), *told]

    async def _write(self) -> None:
        """Write to the state, unless that has been seen to work just now. Raises StoreError."""
        now = asyncio.get_running_loop().time()
        if self._written is None or now - self._written >= WRITE_EVERY:
            watched = self._watched
            await watched.db(watched.store.figures.write, watched.clock())
            self._written = now

    async def _facts(self) -> Facts:
        watched = self._watched
        return await watched.db(read_facts, watched.settings, watched.store, watched.clock())

    def _past(self, now: datetime) -> Past:
        there = now.astimezone(self._watched.settings.zone)
        offset = there.utcoffset() or timedelta()
        midnight = there.replace(hour=0, minute=0, second=0, microsecond=0)
        figures = self._watched.store.figures
        entries_since = midnight - (DAYS - 1) * _DAY
        readers_since = midnight - (READER_DAYS - 1) * _DAY
        return Past(
            entries=figures.entries_by_day(entries_since, offset),
            readers=figures.readers_by_day(readers_since, offset),
        )

    async def _make_draft(self) -> bool:
        """See to it that there is a draft of lately; False while the first one is being made.

        One at a time and for every page: of thousands of stories it takes seconds.
        """
        now = asyncio.get_running_loop().time()
        if self._making is None and (self._draft_until is None or now > self._draft_until):
            self._making = asyncio.create_task(self._draw_up())
        if self._making is not None:
            done, _ = await asyncio.wait([self._making], timeout=DRAFT_WITHIN)
            for task in done:
                self._making = None
                task.result()
        return self._draft_until is not None

    async def _draw_up(self) -> None:
        """Make the draft, in the store's thread."""
        loop, watched = asyncio.get_running_loop(), self._watched
        begun = loop.time()
        draft = await watched.db(watched.draft)
        if watched is self._watched:  # and not one by settings that hold no more
            took = loop.time() - begun
            self._draft = draft
            self._draft_until = loop.time() + max(DRAFT_KEPT, DRAFT_SHARE * took)


def is_ours(host: str, admin: AdminSettings) -> bool:
    """Whether we are asked under an address, or under a name of ours."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    name = name.strip("[]").lower()
    try:
        ip_address(name)
    except ValueError:
        return name in {"localhost", admin.host, *admin.hosts}
    return True
