import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from digest.feeds.resolve import Resolver


async def test_a_name_gives_its_addresses() -> None:
    resolver = Resolver()
    found = await resolver.resolve("localhost", 80, socket.AF_UNSPEC)
    assert {"127.0.0.1", "::1"} & {result["host"] for result in found}
    assert {result["port"] for result in found} == {80}
    await resolver.close()


async def test_a_number_is_its_own_address() -> None:
    resolver = Resolver()
    (found,) = await resolver.resolve("0x7f000001", 443)
    assert (found["host"], found["family"]) == ("127.0.0.1", socket.AF_INET)
    await resolver.close()


async def test_a_name_that_cannot_be_is_an_error_of_the_system() -> None:
    resolver = Resolver()
    with pytest.raises(OSError, match=r"[Nn]ame"):
        await resolver.resolve("two words", 80)
    await resolver.close()


async def test_no_thread_of_the_event_loop_waits_for_a_name_server() -> None:
    nobody = ThreadPoolExecutor()
    nobody.shutdown()
    asyncio.get_running_loop().set_default_executor(nobody)  # refuses all work
    resolver = Resolver()
    assert await resolver.resolve("127.0.0.1", 80)
    await resolver.close()
