"""The service as a process: signals, reloading, and what its supervisor hears."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.daemon.running import CONFIG, add, knows_editions, project_in
from tests.end_to_end.service import PATIENCE, Project, until

WEB = """
[web]
listen = "127.0.0.1:{port}"
"""
BAD_TEMPLATE = "{{ issue.nonsense }}"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def page(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET /about HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


def serves(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


@asynccontextmanager
async def supervised(project: Project, *, watchdog_s: float) -> AsyncIterator[list[str]]:
    """`digest run` under a supervisor; gives what that has heard, each datagram one text."""
    heard: list[str] = []
    address = str(project.folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        listening.setblocking(False)  # noqa: FBT003  # the name of the standard library
        loop = asyncio.get_running_loop()
        loop.add_reader(listening, lambda: heard.append(listening.recv(4096).decode()))
        environment = project.environment() | {
            "NOTIFY_SOCKET": address,
            "WATCHDOG_USEC": str(int(watchdog_s * 1e6)),
        }
        with (project.folder / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *project.command("run"), env=environment, stderr=log, stdout=log
            )
        try:
            await until(lambda: any("READY=1" in each for each in heard), "a service that is up")
            heard.append(f"pid={process.pid}")
            yield heard
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            loop.remove_reader(listening)


async def test_a_supervisor_hears_how_the_service_is(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    async with supervised(project, watchdog_s=4) as heard:
        await until(lambda: sum("WATCHDOG=1" in each for each in heard) >= 2, "two signs of life")
        await until(lambda: any("1 feed" in each or "0 feeds" in each for each in heard), "status")
        pid = int(next(each for each in heard if each.startswith("pid=")).removeprefix("pid="))
        before = len(heard)
        os.kill(pid, signal.SIGHUP)
        await until(lambda: any("READY=1" in each for each in heard[before:]), "reloaded")
    reloading = next(i for i, each in enumerate(heard) if each.startswith("RELOADING=1"))
    assert "\nMONOTONIC_USEC=" in heard[reloading]
    assert heard[0].startswith("STATUS=opening")
    assert any(each.startswith("STATUS=") and "weekly 2026-W48" in each for each in heard)
    last = [each for each in heard if each != "WATCHDOG=1"]  # it lives while it ends
    assert last[-1].startswith("STOPPING=1")


async def test_a_good_configuration_is_taken_over_whole(tmp_path: Path) -> None:
    port, other = free_port(), free_port()
    project = project_in(tmp_path, WEB.format(port=port))
    async with project.service():
        await until(lambda: serves(port), "the pages")
        assert b"Kuruma Weekly" in await page(port)
        config = CONFIG.format(zone="Asia/Tokyo") + WEB.format(port=port)
        renamed = config.replace("Kuruma Weekly", "Dealers' Week")
        (tmp_path / "feeds.toml").write_text(renamed, encoding="utf-8")
        assert "taken over; changed in feeds.toml: [digest]" in await project.run("reload")
        assert b"Dealers" in await page(port)
        (tmp_path / "feeds.toml").write_text(
            renamed.replace(str(port), str(other)), encoding="utf-8"
        )
        assert "[web]" in await project.run("reload")
        await until(lambda: serves(other), "the pages at their other place")
        assert not serves(port)
        told = await project.run("feeds", "add", "http://127.0.0.1:9/x", "--id", "x", "--unchecked")
        assert "the service has taken it up" in told
        assert "taken over" in await project.run("reload")
    assert project.log.count("web.start") == 2


async def test_a_bad_configuration_changes_nothing_and_is_told_of(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    good = (tmp_path / "feeds.toml").read_text(encoding="utf-8")
    async with project.service() as process:
        add(project, '\n[fetch]\ninterval = "soon"\n[[feeds]]\nurl = "nowhere"\n')
        told = await project.run("reload", code=78)
        assert "fetch.interval" in told
        assert "feeds[1].url" in told
        assert "configuration rejected since 2026-11-18" in await project.run("status", code=78)
        (tmp_path / "feeds.toml").write_text(good, encoding="utf-8")
        status = await project.status()
        assert status["config_rejected"] == "2026-11-18T03:00:00+00:00"
        (notice,) = status["notices"]
        assert notice["kind"] == "config rejected"
        assert "fetch.interval" in notice["words"]
        (tmp_path / "templates").mkdir()
        (tmp_path / "templates" / "issue.html").write_text(BAD_TEMPLATE, encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        await until(lambda: "templates/issue.html" in project.log, "the template's problem")
        (tmp_path / "templates" / "issue.html").unlink()
        assert "changed in feeds.toml: nothing" in await project.run("reload")
        status = await project.status()
        assert status["config_rejected"] is None
        assert status["notices"] == []


async def test_a_start_forgets_what_was_rejected(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    good = (tmp_path / "feeds.toml").read_text(encoding="utf-8")
    async with project.service():
        add(project, "\n[nonsense]\n")
        await project.run("reload", code=78)
    (tmp_path / "feeds.toml").write_text(good, encoding="utf-8")
    async with project.service():
        await until(lambda: "service.start" in project.log.rpartition("service.stop")[2], "up")
        assert (await project.status())["config_rejected"] is None


async def test_reload_says_that_no_service_runs(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    assert "no service runs here" in await project.run("reload", code=1)
    assert not (tmp_path / "state").exists()
    told = await project.run("feeds", "add", "http://127.0.0.1:9/x", "--id", "x", "--unchecked")
    assert "when it starts" in told


async def test_a_second_service_is_refused(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    async with project.service():
        assert "another digest process is at work" in await project.run("run", code=75)


async def test_a_clock_that_jumps_is_told_of_once(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    async with project.service():
        await until(lambda: knows_editions(tmp_path), "a look at the schedule")
        project.set_clock("2026-11-30T12:00:00+09:00")
        await until(lambda: "clock.jumped" in project.log, "a jump")
        await until(lambda: "clock.steady" in project.log, "a clock that is trusted")
        await until(lambda: "issue.decided" in project.log, "the issue that is due")
    assert project.log.index("clock.steady") < project.log.index("issue.decided")
    assert project.log.count("clock.jumped") == 1
    project.set_clock("2026-11-30T10:00:00+09:00")
    async with project.service():
        await until(lambda: project.log.count("clock.jumped") == 2, "a start in the past")


async def test_a_reload_that_is_asked_for_at_the_start_is_done_when_it_is_up(
    tmp_path: Path,
) -> None:
    project = project_in(tmp_path)
    with (tmp_path / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *project.command("run"), env=project.environment(), stderr=log, stdout=log
        )
    try:
        await until((tmp_path / "state" / "lock").exists, "a process that opens the state")
        assert "service.start" not in project.log
        process.send_signal(signal.SIGHUP)
        await until(lambda: "config.reloaded" in project.log, "a reload")
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_a_service_that_is_not_up_yet_ends_at_once(
    tmp_path: Path, name: signal.Signals
) -> None:
    project = project_in(tmp_path)
    waiting = "import signal, sys; sys.argv[1:] = ['run']; import digest.cli.run, digest.cli;"
    waiting += "import digest.app.keeping as k; k.check_state = lambda *_: signal.pause();"
    waiting += "print('up', flush=True); digest.cli.main()"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        waiting,
        env=project.environment() | {"DIGEST_PROJECT": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
    )
    await until((tmp_path / "state" / "lock").exists, "a process that opens the state")
    process.send_signal(name)
    assert await asyncio.wait_for(process.wait(), PATIENCE) == 0


async def reader_of(project: Project, service: int) -> int:
    """The process that reads for a reload: feeds.toml is a pipe, of which it sees no end."""
    file = project.folder / "feeds.toml"
    file.unlink()
    os.mkfifo(file)
    os.kill(service, signal.SIGHUP)
    children = Path(f"/proc/{service}/task/{service}/children")
    found: list[str] = []

    def is_there() -> bool:
        found.extend(children.read_text(encoding="ascii").split())
        return bool(found)

    await until(is_there, "a process that reads")
    return int(found[0])


async def test_a_reload_whose_process_is_killed_is_rejected(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    good = (tmp_path / "feeds.toml").read_text(encoding="utf-8")
    async with project.service() as process:
        os.kill(await reader_of(project, process.pid), signal.SIGKILL)
        await until(lambda: "ended with status -9" in project.log, "what became of it")
        (tmp_path / "feeds.toml").unlink()
        (tmp_path / "feeds.toml").write_text(good, encoding="utf-8")
        assert (await project.status())["config_rejected"] is not None
        assert "changed in feeds.toml: nothing" in await project.run("reload")


async def test_a_reload_that_hangs_holds_up_no_stop(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    async with project.service() as process:
        reader = await reader_of(project, process.pid)
    assert "service.stop" in project.log
    assert "service.grace_over" not in project.log
    with pytest.raises(ProcessLookupError):
        os.kill(reader, 0)
