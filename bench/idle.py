"""What the service costs while nothing happens: 60 feeds, [admin] on, nobody asks for anything.

    python bench/idle.py [--seconds 60] [--feeds 60]

The feeds answer 304 from loopback. After the first round the process is left alone; then its CPU
time and its resident memory (with that of its children) are read from /proc. The aim: under 80 MiB
and under 0.5 % of a core. A scrape of /metrics and of /readyz each 30 s is what a monitoring asks.
"""

import argparse
import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
from aiohttp import web

MEMORY, CORE_PERCENT = 80.0, 0.5  # MiB, as systemd and containers count
HERTZ = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def feed(request: web.BaseRequest) -> web.Response:
    if request.headers.get("If-None-Match") == '"1"':
        return web.Response(status=304)
    rss = '<?xml version="1.0"?><rss version="2.0"><channel><title>T</title></channel></rss>'
    return web.Response(text=rss, content_type="application/rss+xml", headers={"ETag": '"1"'})


def config(feeds: int, port: int, admin: int) -> str:
    head = (
        '[mail]\nfrom = "weekly@kuruma.example"\n'
        f'[fetch]\nallow_hosts = ["127.0.0.1:{port}"]\n'
        f'[admin]\nlisten = "127.0.0.1:{admin}"\n'
    )
    return head + "".join(
        f'[[feeds]]\nid = "feed{n}"\nurl = "http://127.0.0.1:{port}/{n}"\ntitle = "Feed {n}"\n'
        for n in range(feeds)
    )


def family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(one for child in children for one in family(int(child)))]


def cpu_seconds(pid: int) -> float:
    """Of the process, and of its children that have ended."""
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, text[11:15])) / HERTZ


def memory(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * PAGE / 2**20


async def measure(seconds: int, feeds: int) -> bool:
    runner = web.ServerRunner(web.Server(feed, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port, admin = int(runner.addresses[0][1]), free_port()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "feeds.toml").write_text(config(feeds, port, admin), encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "digest", "--project", folder, "run"),
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None  # noqa: S101  # it was asked for
        try:
            async for line in process.stderr:
                if b"poll.done" in line:
                    break
            async with aiohttp.ClientSession(f"http://127.0.0.1:{admin}") as session:
                return await watch(process.pid, session, seconds, feeds)
        finally:
            process.send_signal(signal.SIGTERM)
            await process.communicate()
            await runner.cleanup()


async def watch(pid: int, session: aiohttp.ClientSession, seconds: int, feeds: int) -> bool:
    await asyncio.sleep(10)  # backup, archive: what follows from a start
    for path in ("/metrics", "/readyz"):
        async with session.get(path) as answer:  # what is loaded for these counts
            await answer.read()
    results = []
    for name, asked in (("left alone", False), ("with two scrapes a minute", True)):
        before, began = cpu_seconds(pid), time.monotonic()
        while time.monotonic() - began < seconds:
            if asked:
                for path in ("/metrics", "/readyz"):
                    async with session.get(path) as answer:
                        await answer.read()
            await asyncio.sleep(min(30.0, seconds))
        took = time.monotonic() - began
        percent = 100 * (cpu_seconds(pid) - before) / took
        print(f"{name}: {percent:.2f} % of a core over {took:.0f} s")
        results.append(percent)
    parts = {one: memory(one) for one in family(pid)}
    total = sum(parts.values())
    print(f"{feeds} feeds: {parts[pid]:.0f} MiB resident, {total:.0f} MiB with its children")
    well = total < MEMORY and max(results) < CORE_PERCENT
    print("ok" if well else f"MISSED: the aims are {MEMORY:.0f} MiB and {CORE_PERCENT} %")
    return well


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--feeds", type=int, default=60)
    given = parser.parse_args()
    raise SystemExit(not asyncio.run(measure(given.seconds, given.feeds)))


if __name__ == "__main__":
    main()
