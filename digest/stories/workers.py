"""Reads many entries at once, in processes beside this one; in the order in which they came.

A usual round brings a few hundred entries, and this process reads them. The first one brings tens
of thousands: then other processes read (worker.py, one a core, at most MOST), while this one makes
stories of what they have read, and reads too where it would have to wait for them.
"""

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from queue import SimpleQueue
from types import TracebackType
from typing import Self

import msgspec
from msgspec.structs import replace

from digest.logs import Log
from digest.model import StoredEntry
from digest.stories.judge import Judge, Judged
from digest.stories.packed import pack
from digest.stories.traits import with_shared_words
from digest.stories.worker import Setup, receive, send

log = Log(__name__)

BATCH = 500  # entries, as many as are read at once and stored in one transaction
MANY = 3000  # entries; to read fewer takes no longer than to start a process
MOST = 3  # processes, of 55 MB each
AHEAD = 12  # batches that are asked for, or read, before their turn
KILL_AFTER = timedelta(seconds=30)  # for a batch of 500; it takes half a second, the first two
_PIPE_BYTES = 1 << 20  # as an answer may be: whoever writes it need not wait for us

Batch = Sequence[StoredEntry]
_ANSWER = msgspec.msgpack.Decoder(list[Judged])


class WorkerEndedError(Exception):
    """The process ended, or was ended, before it answered."""


def processes_for(entries: int) -> int:
    """How many processes are to read so many entries; none if they are few, or no core is free."""
    if entries < MANY:
        return 0
    return min(len(os.sched_getaffinity(0)) - 1, MOST)


def judge_all(
    judge: Judge, batches: Iterable[Batch], processes: int, kill_after: timedelta = KILL_AFTER
) -> Iterator[tuple[Batch, Sequence[Judged]]]:
    """Every batch with what its entries are.

    Processes that do not start, end, or do not answer in time are done without.
    """
    pool = _started(judge, processes, kill_after) if processes else None
    if pool is None:
        for batch in batches:
            yield batch, _here(judge, batch)
        return
    with pool:
        yield from pool.judged(iter(batches))


def _started(judge: Judge, processes: int, kill_after: timedelta) -> "_Pool | None":
    try:
        return _Pool(judge, processes, kill_after)
    except OSError as error:  # no memory, process or file is left
        log.warning("stories.workers_not_started", reason=str(error))
        return None


@dataclass(slots=True)
class _Turn:
    batch: Batch
    asked: Future[bytes]
    judged: Sequence[Judged] | None = None  # what was read here


class _Pool:
    """Some processes, with a thread of ours to wait for each."""

    def __init__(self, judge: Judge, processes: int, kill_after: timedelta) -> None:
        self._judge = judge
        self._threads = ThreadPoolExecutor(processes, "judge")
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        setup = Setup(pack(judge.tagger.lexicon), dict(judge.feeds))
        with ExitStack() as started:  # ends those that did start if one does not
            for _ in range(processes):
                self._idle.put(started.enter_context(_Worker(setup, kill_after)))
            self._stack = started.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._stack.close()  # a thread that waits for an answer sees that none will come
        self._threads.shutdown()

    def judged(self, batches: Iterator[Batch]) -> Iterator[tuple[Batch, Sequence[Judged]]]:
        """Every batch in its turn with what its entries are."""
        turns: deque[_Turn] = deque()
        while True:
            self._ask(turns, batches)
            if not turns:
                return
            first = turns[0]
            if first.judged is None and not first.asked.done() and self._help(turns):
                continue
            turns.popleft()
            yield first.batch, self._answer(first) if first.judged is None else first.judged

    def _ask(self, turns: deque[_Turn], batches: Iterator[Batch]) -> None:
        while len(turns) < AHEAD and (batch := next(batches, None)) is not None:
            turns.append(_Turn(batch, self._threads.submit(self._ask_worker, batch)))

    def _help(self, turns: Iterable[_Turn]) -> bool:
        """Read here a batch that no process has begun; whether there is one."""
        for turn in turns:
            if turn.judged is None and turn.asked.cancel():
                turn.judged = _here(self._judge, turn.batch)
                return True
        return False

    def _answer(self, turn: _Turn) -> Sequence[Judged]:
        try:
            answer = turn.asked.result()
        except WorkerEndedError:
            log.warning("stories.worker_ended", entries=len(turn.batch))
            return _here(self._judge, turn.batch)
        # Not before its turn: what is read takes several times the room of the answer.
        return [
            one if one.traits is None else replace(one, traits=with_shared_words(one.traits))
            for one in _ANSWER.decode(answer)
        ]

    def _ask_worker(self, batch: Batch) -> bytes:
        worker = self._idle.get()
        try:
            return worker.ask(batch)
        finally:
            self._idle.put(worker)


class _Worker:
    """One process and its pipes."""

    def __init__(self, setup: Setup, kill_after: timedelta) -> None:
        self._setup: Setup | None = setup
        self._kill_after = kill_after.total_seconds()
        self._process = subprocess.Popen(
            # -P: the current folder is the operator's, not a place for modules
            [sys.executable, "-P", "-m", "digest.stories.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            pipesize=_PIPE_BYTES,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Its pipe may hold what it did not read any more.
        with suppress(OSError), self._process:
            self._process.kill()

    def ask(self, batch: Batch) -> bytes:
        """Let the process read a batch: its answer, packed. Raises WorkerEndedError, in time."""
        # Its end ends every wait on its pipes, in either direction.
        deadline = threading.Timer(self._kill_after, self._process.kill)
        deadline.daemon = True
        deadline.start()
        try:
            return self._answer(batch)
        finally:
            deadline.cancel()

    def _answer(self, batch: Batch) -> bytes:
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            raise RuntimeError("the worker was started without pipes")
        try:
            if self._setup is not None:
                send(requests, self._setup)
                self._setup = None
            send(requests, batch)
            answer = receive(answers)
        except OSError as error:
            raise WorkerEndedError from error
        if answer is None:
            raise WorkerEndedError
        return answer


def _here(judge: Judge, batch: Batch) -> Sequence[Judged]:
    return [judge.judge(stored) for stored in batch]


def _environment() -> dict[str, str]:
    """Ours without our secrets, and with our module path, wherever that came from."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
