"""The pages as one part of the running service: neither may keep the other from its work."""

import asyncio
import socket
from pathlib import Path

from tests.end_to_end.service import Project, until

NOON = "2026-11-18T12:00:00+00:00"
CONFIG = """
[web]
listen = "127.0.0.1:{port}"
"""


async def test_a_port_that_is_taken_keeps_nobody_from_the_rest(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        project = Project(tmp_path, CONFIG.format(port=port))
        project.set_clock(NOON)
        async with project.service():
            await until(
                lambda: project.has_logged("part.failed", part="web"), "a word of the trouble"
            )
            assert f"127.0.0.1:{port}: something else listens there" in project.log
            await project.run("subscribers", "add", "taro@example.com")
            await until(lambda: any((tmp_path / "state/outbox/new").glob("*")), "mail all the same")
            other.close()
            await until(lambda: "web.start" in project.log, "pages, once the port is free")
        assert "web.stop" in project.log
        assert project.log.count("part.failed") == 1


async def test_half_a_request_does_not_keep_the_service_from_its_end(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    project = Project(tmp_path, CONFIG.format(port=port))
    project.set_clock(NOON)
    halves = (b"GET / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab")
    async with project.service():
        await until(lambda: "web.start" in project.log, "pages")
        opened = [await asyncio.open_connection("127.0.0.1", port) for _ in halves]
        for (_, writer), half in zip(opened, halves, strict=True):
            writer.write(half)
            await writer.drain()
    answers = [await connection.read() for connection, _ in opened]
    for _, writer in opened:
        writer.close()
    assert answers[0] == b""
    assert answers[1].startswith((b"HTTP/1.1 408 ", b"HTTP/1.1 503 ")) or answers[1] == b""
    assert "service.grace_over" not in project.log
