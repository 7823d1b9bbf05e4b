"""What the network may do to the server: too much, too slow, nonsense."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from digest.app import open_app
from digest.config import load
from digest.errors import DigestError
from digest.model import Status
from digest.settings import WebSettings
from digest.web import reading, server
from digest.web.front import ASKING, CHANGING, Front
from digest.web.joining import AT_LEAST
from digest.web.server import serving
from tests.web.conftest import CONFIG, TARO, Browser, Hand, browsing

ONE_CLICK = [("List-Unsubscribe", "One-Click")]


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: \x00\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",  # noqa: E501
    ],
)
async def test_what_is_no_http_gets_a_page_of_ours(browser: Browser, data: bytes) -> None:
    answer = await browser.raw(data)
    assert answer.startswith(("HTTP/1.1 400 ", "HTTP/1.0 400 "))
    assert "could not be understood" in answer
    assert "Content-Security-Policy" in answer
    for inside in ("aiohttp", "Traceback", "nonsense", "Bad status", "Invalid"):
        assert inside not in answer


@pytest.mark.parametrize(
    "data",
    [
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 9000 + b"\r\n\r\n",
    ],
)
async def test_a_head_that_is_too_long_is_refused(browser: Browser, data: bytes) -> None:
    assert " 431 " in (await browser.raw(data)).partition("\r\n")[0]


async def test_too_many_headers_are_refused(browser: Browser) -> None:
    lines = b"".join(b"X-%d: y\r\n" % number for number in range(200))
    answer = await browser.raw(b"GET / HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n")
    assert " 400 " in answer.partition("\r\n")[0]


async def test_a_huge_form_is_refused_whether_it_says_so_or_not(browser: Browser) -> None:
    body = b"a" * (server.MAX_BODY + 1)
    told = await browser.ask("POST", "/", data=body)
    assert (told.status, "holds more than we take" in told.text) == (413, True)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"a" * 8192

    untold = await browser.ask("POST", "/", data=pieces())
    assert untold.status == 413


async def test_a_packed_form_is_refused(browser: Browser) -> None:
    answer = await browser.ask("POST", "/", data=b"x", headers={"Content-Encoding": "gzip"})
    assert answer.status == 415


async def test_a_form_that_comes_too_slowly_is_given_up(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BODY_WITHIN", 0.05)
    answer = await browser.raw(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
    assert answer.startswith("HTTP/1.1 408 ")


async def test_who_says_nothing_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "IDLE", 0.1)
    async with browsing(tmp_path) as browser:
        assert await browser.raw(b"GET / HTTP/1.1\r\nHost") == ""


async def test_a_store_that_is_busy_for_long_is_a_page_that_says_so(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ANSWER_WITHIN", 0.05)
    path = browser.preferences_of(browser.join())
    release = asyncio.Event()
    loop = asyncio.get_running_loop()
    held = asyncio.create_task(
        browser.app.db(lambda: asyncio.run_coroutine_threadsafe(release.wait(), loop).result(30))
    )
    monkeypatch.setattr(reading, "ALIVE_WITHIN", 0.02)
    try:
        answer, health = await browser.get(path), await browser.get("/healthz")
    finally:
        release.set()
        await held
    assert (answer.status, health.status) == (503, 503)


async def test_there_may_be_only_so_many_connections(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 3)
    opened = [await asyncio.open_connection(browser.host, browser.port) for _ in range(6)]
    ended = []
    for reader, writer in opened:
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        try:
            ended.append(await reader.read())
        except ConnectionResetError:
            ended.append(b"")
        writer.close()
    assert sum(answer.startswith(b"HTTP/1.1 200") for answer in ended) == 3
    assert ended.count(b"") == 3


async def test_asking_often_is_slowed_down_by_network_address(browser: Browser) -> None:
    browser.headers["X-Forwarded-For"] = "192.0.2.1"
    answers = [await browser.post("/") for _ in range(ASKING.burst + 1)]
    assert [answer.status for answer in answers] == [422] * ASKING.burst + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert "Please wait a few minutes" in answers[-1].text
    browser.headers["X-Forwarded-For"] = "192.0.2.2"
    assert (await browser.post("/")).status == 422


async def test_changing_often_is_slowed_down(browser: Browser) -> None:
    path = browser.preferences_of(browser.join())
    statuses = [(await browser.post(path)).status for _ in range(CHANGING.burst + 1)]
    assert CHANGING.burst == 30
    assert [status == 429 for status in statuses] == [False] * CHANGING.burst + [True]


async def test_the_answer_takes_as_long_for_an_address_that_is_known(browser: Browser) -> None:
    """What is done for one and for the other takes less than the least that an answer takes."""
    browser.join()
    now = asyncio.get_running_loop().time
    for address in (TARO, "hanako@example.com"):
        began = now()
        assert (await browser.subscribe(address)).status == 200
        assert now() - began >= AT_LEAST > 0.1


async def test_looking_often_is_slowed_down_and_leaving_is_not(browser: Browser) -> None:
    path = browser.leave_of(browser.join())
    statuses = [(await browser.get("/about")).status for _ in range(150)]
    assert set(statuses) == {200, 429}
    assert (await browser.get("/healthz")).status == 200
    assert (await browser.post(path, ONE_CLICK)).status == 200


async def test_a_proxy_that_was_not_named_is_not_believed_and_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = CONFIG.replace('proxies = ["127.0.0.1"]\n', "")
    async with browsing(tmp_path, config) as browser:
        statuses = []
        for number in range(ASKING.burst + 1):
            browser.headers["X-Forwarded-For"] = f"192.0.2.{number}"
            statuses.append((await browser.post("/")).status)
        assert statuses[-1] == 429
    assert caplog.text.count("web.unknown_proxy peer=127.0.0.1") == 1


async def test_a_port_that_is_taken_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(CONFIG, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with open_app(load(tmp_path, {}), Hand()) as app:
            settings = WebSettings(port=port)
            with pytest.raises(DigestError, match=rf"127\.0\.0\.1:{port}: something else listens"):
                async with serving(Front(app.site()), settings):
                    pass


async def test_an_address_that_is_not_ours_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(CONFIG, encoding="utf-8")
    with open_app(load(tmp_path, {}), Hand()) as app:
        settings = WebSettings(host="192.0.2.1", port=0)
        with pytest.raises(DigestError, match=r"can be served on 192\.0\.2\.1"):
            async with serving(Front(app.site()), settings):
                pass


async def test_stopping_lets_what_is_under_way_end(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(CONFIG, encoding="utf-8")
    settings = WebSettings(port=0)
    with open_app(load(tmp_path, {}), Hand()) as app:
        async with aiohttp.ClientSession() as session:
            async with serving(Front(app.site()), settings) as (host, port):
                browser = Browser(app, Hand(), host, port, session)
                path = browser.leave_of(browser.join())
                release = asyncio.Event()
                loop = asyncio.get_running_loop()
                held = asyncio.create_task(
                    app.db(
                        lambda: asyncio.run_coroutine_threadsafe(release.wait(), loop).result(30)
                    )
                )
                asked = asyncio.create_task(browser.post(path, ONE_CLICK))
                while not await _is_waiting(app.db):
                    pass
                loop.call_later(0.1, release.set)
            answer = await asked
            await held
        assert answer.status == 200
        reader = browser.reader()
        assert reader is not None
        assert (reader.address, reader.status) == (TARO, Status.LEFT)
        with pytest.raises(OSError, match=r"\w"):
            await asyncio.open_connection(host, port)


async def _is_waiting(db: object) -> bool:
    """Whether a call waits for the store's thread."""
    await asyncio.sleep(0)
    return db._executor._work_queue.qsize() > 0  # type: ignore[attr-defined, no-any-return]  # noqa: SLF001
