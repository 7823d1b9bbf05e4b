"""The installed command as a process, with a clock that a test moves."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

PATIENCE = 120.0  # seconds: a loaded machine is slow, a broken service is silent for ever


class Project:
    """A project folder under test."""

    def __init__(self, folder: Path, config: str) -> None:
        self.folder = folder
        self.now = folder / "now"
        (folder / "feeds.toml").write_text(config, encoding="utf-8")

    def set_clock(self, moment: str) -> None:
        """Move the clock; replaced whole, so that nobody reads half a time."""
        temporary = self.now.with_suffix(".part")
        temporary.write_text(datetime.fromisoformat(moment).isoformat(), encoding="utf-8")
        temporary.replace(self.now)

    def environment(self) -> dict[str, str]:
        return os.environ | {"DIGEST_NOW": f"@{self.now}", "PYTHONWARNINGS": "error"}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "digest", "--project", str(self.folder), *arguments]

    async def run(
        self,
        *arguments: str,
        code: int = 0,
        stdin: bytes = b"",
        given: Mapping[str, str] = MappingProxyType({}),  # of the environment
    ) -> str:
        """Run one command to its end; gives what it printed."""
        process = await asyncio.create_subprocess_exec(
            *self.command(*arguments),
            env=self.environment() | dict(given),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, errors = await asyncio.wait_for(process.communicate(stdin), PATIENCE)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == code, (arguments, out.decode(), errors.decode())
        return out.decode() + (errors.decode() if code else "")

    async def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await self.run("status", "--json"))
        return found

    @asynccontextmanager
    async def service(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """`digest run`, ended with SIGTERM, which it must obey with status 0."""
        log = (self.folder / "log").open("ab")
        starts = self.log.count("service.start")
        process = await asyncio.create_subprocess_exec(
            *self.command("run"), env=self.environment(), stderr=log, stdout=log
        )
        log.close()
        try:
            await until(lambda: self.log.count("service.start") > starts, "a service that is up")
            yield process
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    def has_logged(self, event: str, **fields: object) -> bool:
        """Whether the service has written a line of this event with these fields."""
        told = [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]
        return any(fields.items() <= row.items() for row in told if row["event"] == event)


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something that another process does."""
    try:
        async with asyncio.timeout(PATIENCE):
            # Another process: there is no event to wait for.
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"never came: {what}")
