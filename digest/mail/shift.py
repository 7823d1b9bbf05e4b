"""A courier's shift: take a group, record that it is about to leave, carry it, and so on.

Where several are at work each has its group in two halves, and one half is recorded while the other
is carried: neither the disk nor the server waits for the other. No more than a group of each
courier's is announced and not yet answered for, so that is what a kill can make unknown.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from digest.mail.board import Board
from digest.mail.courier import Courier
from digest.mail.journal import Journal
from digest.mail.line import Line
from digest.mail.message import Message
from digest.mail.prepared import Prepared
from digest.mail.results import unsaid
from digest.model import Delivery

Load = Sequence[tuple[Delivery, Message]]

_WORTH_HALVES = 3  # couriers; one of them is kept for what is urgent, and one alone gains nothing


class Shift:
    """What all couriers of a run do, and which of them is kept for what is urgent."""

    def __init__(self, line: Line, journal: Journal, board: Board, prepared: Prepared) -> None:
        self._line = line
        self._journal = journal
        self._board = board
        self._prepared = prepared
        self._reserved: Courier | None = None

    async def work(
        self,
        courier: Courier,
        group: asyncio.TaskGroup,
        *,
        hire: Callable[[], None],
        carried: Callable[[], Awaitable[None]],
    ) -> None:
        """Send until there is nothing to do for this courier. It must count as one at work.

        `hire` is called where there is more work than was known, `carried` after each load.
        """
        board, ahead = self._board, None
        while ahead is not None or not (courier.leaving or board.over):
            load = await (self._next(courier, hire) if ahead is None else ahead)
            if load is None:
                break
            ahead = self._ahead(courier, load, group)
            await courier.carry(load)
            await carried()
        board.couriers -= 1
        if courier is self._reserved:
            self._reserved = None
        self._line.tell()
        await self._journal.commit()

    async def _next(self, courier: Courier, hire: Callable[[], None]) -> Load | None:
        """Take a group and record it, or wait for one. None if there is nothing to do."""
        line, board = self._line, self._board
        self._reserved = self._reserved or courier
        # Alone, the courier that is kept for what is urgent does all the work.
        reserved = courier is self._reserved and board.couriers > 1
        most = line.group // 2 if self._in_halves else line.group
        taken, wait = line.take(most, reserved=reserved)
        if wait > 0 or not taken:
            await self._journal.commit()
        if not taken:
            if reserved:
                await line.wait_for_urgent()
            elif not await line.more():
                return None
            hire()
        elif not await board.rest(wait) or await courier.connect() is None:
            line.give_back(taken)
        else:
            return await self._record(taken)
        return ()

    @property
    def _in_halves(self) -> bool:
        return self._line.group > 1 and self._board.couriers >= _WORTH_HALVES

    def _ahead(
        self, courier: Courier, load: Load, group: asyncio.TaskGroup
    ) -> asyncio.Task[Load] | None:
        """Begin to record what this courier carries after this load, if it is at hand."""
        most = min(self._line.group // 2, self._line.group - len(load))
        if not self._in_halves or most < 1 or self._board.over or not courier.ready:
            return None
        if courier is self._reserved:
            return None
        taken, wait = self._line.take(most, reserved=False)
        return group.create_task(self._record(taken, wait)) if taken else None

    async def _record(self, taken: Sequence[Delivery], wait: float = 0.0) -> Load:
        """Record that these are about to leave, after so many seconds; gives those that may.

        The results of what was carried before are committed with it.
        """
        if not await self._board.rest(wait):
            self._line.give_back(taken)
            return ()
        messages: dict[int, Message] = {}
        for delivery in taken:
            try:
                messages[delivery.id] = await self._prepared.message(delivery)
            except ValueError as error:
                self._journal.note(unsaid(delivery, error))
        issues = self._board.issues
        paused = {issue for issue, recorded in issues.items() if recorded}
        leaving = await self._journal.commit(group=[d for d in taken if d.id in messages])
        for delivery in leaving:
            if delivery.issue in paused:  # and yet it may leave: somebody has resumed it
                issues.pop(delivery.issue, None)
        return [(delivery, messages[delivery.id]) for delivery in leaving]
