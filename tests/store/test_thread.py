import asyncio
import threading
from collections.abc import Iterator

import pytest

from digest.errors import StoreError
from digest.store import JointWriter, Store, StoreThread
from tests.builders import database_of


@pytest.fixture
def db() -> Iterator[StoreThread]:
    thread = StoreThread()
    yield thread
    thread.close()


@pytest.fixture
def write(store: Store, db: StoreThread) -> JointWriter:
    return JointWriter(store, db)


async def ask(write: JointWriter, store: Store, kind: str, error: Exception | None = None) -> int:
    """Store a request; where there is an error, fail only after that."""

    def call() -> int:
        with database_of(store).transaction() as connection:  # any writing call
            connection.execute(
                "INSERT INTO requests (kind, arguments, created_at) VALUES (?, '{}', '')", (kind,)
            )
            if error is not None:
                raise error
            return connection.total_changes

    return await write(call)


def stored(store: Store) -> list[str]:
    rows = database_of(store).connection.execute(  # whatever was written
        "SELECT kind FROM requests ORDER BY id"
    )
    return [row["kind"] for row in rows]


async def test_calls_of_many_tasks_are_all_done(write: JointWriter, store: Store) -> None:
    await asyncio.gather(*(ask(write, store, str(number)) for number in range(50)))
    assert stored(store) == [str(number) for number in range(50)]


async def test_calls_that_come_meanwhile_share_a_transaction(
    write: JointWriter, store: Store, db: StoreThread
) -> None:
    commits: list[str] = []
    database_of(store).connection.set_trace_callback(  # what reaches the disk
        lambda statement: commits.append(statement) if statement == "COMMIT" else None
    )
    free = threading.Event()
    busy = asyncio.create_task(db(free.wait))
    asked = [asyncio.create_task(ask(write, store, str(number))) for number in range(20)]
    await asyncio.sleep(0)  # the first has asked for the thread, the others wait for their turn
    free.set()
    await asyncio.gather(busy, *asked)
    assert 1 <= len(commits) <= 2


async def test_a_call_that_fails_is_undone_alone(write: JointWriter, store: Store) -> None:
    done = await asyncio.gather(
        ask(write, store, "a"),
        ask(write, store, "bad", ValueError("no")),
        ask(write, store, "c"),
        return_exceptions=True,
    )
    assert isinstance(done[1], ValueError)
    assert stored(store) == ["a", "c"]


async def test_a_store_that_fails_ends_all_who_wait(write: JointWriter, store: Store) -> None:
    done = await asyncio.gather(
        ask(write, store, "a"),
        ask(write, store, "bad", StoreError("the disk is full")),
        ask(write, store, "c"),
        return_exceptions=True,
    )
    errors = [one for one in done if isinstance(one, BaseException)]
    assert sum(isinstance(error, StoreError) for error in errors) == 1
    assert stored(store) == [
        kind for kind, one in zip("abc", done, strict=True) if not isinstance(one, BaseException)
    ]
    assert await ask(write, store, "later") > 0


async def test_a_task_that_is_cancelled_loses_nothing_of_the_others(
    write: JointWriter, store: Store, db: StoreThread
) -> None:
    free = threading.Event()
    busy = asyncio.create_task(db(free.wait))
    first, second, third = (asyncio.create_task(ask(write, store, kind)) for kind in "abc")
    await asyncio.sleep(0)
    second.cancel()
    free.set()
    await asyncio.gather(busy, first, third)
    assert {"a", "c"} <= set(stored(store))


async def test_a_call_waits_for_those_that_are_coming(write: JointWriter, store: Store) -> None:
    commits: list[str] = []
    database_of(store).connection.set_trace_callback(  # what reaches the disk
        lambda statement: commits.append(statement) if statement == "COMMIT" else None
    )
    go_on = asyncio.Event()

    async def late() -> None:
        with write.coming():
            await go_on.wait()
            await ask(write, store, "late")

    async def early() -> None:
        with write.coming():
            await ask(write, store, "early")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(late())
        tasks.create_task(early())
        await asyncio.sleep(0)
        go_on.set()
    assert (stored(store), len(commits)) == (["early", "late"], 1)


async def test_one_that_does_not_come_holds_nobody_up_for_long(
    write: JointWriter, store: Store
) -> None:
    with write.coming(), write.coming():
        await ask(write, store, "alone")
    assert stored(store) == ["alone"]


async def test_one_that_came_to_nothing_holds_nobody_up(write: JointWriter, store: Store) -> None:
    with write.coming():
        with write.coming():
            waiting = asyncio.create_task(ask(write, store, "first"))
            await asyncio.sleep(0)
        await waiting
    assert stored(store) == ["first"]
