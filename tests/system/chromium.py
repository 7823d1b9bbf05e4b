"""A real Chromium, driven by its DevTools protocol as a person would: by keys, and looked at."""

import asyncio
import base64
import itertools
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

PATIENCE = 30.0  # seconds
PHONE, DESKTOP = 375, 1100  # CSS pixels

_KEYS = {
    "Tab": {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9},
    "Enter": {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
    " ": {"key": " ", "code": "Space", "windowsVirtualKeyCode": 32, "text": " "},
    "ArrowDown": {"key": "ArrowDown", "code": "ArrowDown", "windowsVirtualKeyCode": 40},
}


class Page:
    """One tab."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()
        self.requests: list[str] = []  # every address that it asked for
        self.complaints: list[str] = []  # of the console: what the policy forbade, say

    async def listen(self) -> None:
        """Take what the browser says, until it ends."""
        async for message in self._socket:
            told = json.loads(message.data)
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told)
                continue
            match told["method"]:
                case "Page.loadEventFired":
                    self._loaded.set()
                case "Network.requestWillBeSent":
                    self.requests.append(told["params"]["request"]["url"])
                case "Log.entryAdded":
                    self.complaints.append(told["params"]["entry"]["text"])
                case _:
                    pass

    async def tell(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command and wait for its result."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(PATIENCE):
            told = await answer
        assert "error" not in told, told
        result: dict[str, Any] = told["result"]
        return result

    async def look(self, *, width: int, dark: bool = False, scripts: bool = False) -> None:
        """Be a phone or a desktop, in light or dark."""
        phone = width < 600
        await self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=800,
            deviceScaleFactor=1,
            mobile=phone,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.tell("Emulation.setEmulatedMedia", features=[scheme])
        await self.tell("Emulation.setScriptExecutionDisabled", value=not scripts)

    async def open(self, url: str) -> None:
        """Go to an address and wait until it is there."""
        self._loaded.clear()
        await self.tell("Page.navigate", url=url)
        await self.loaded()

    async def loaded(self) -> None:
        """Wait until the page is there that was asked for."""
        async with asyncio.timeout(PATIENCE):
            await self._loaded.wait()

    async def press(self, key: str, times: int = 1) -> None:
        """Press a key."""
        for _ in range(times):
            for kind in ("keyDown", "keyUp"):
                await self.tell("Input.dispatchKeyEvent", type=kind, **_KEYS[key])

    async def enter(self) -> None:
        """Press Enter, and wait for the page that it leads to."""
        self._loaded.clear()
        await self.press("Enter")
        await self.loaded()

    async def write(self, text: str) -> None:
        """Type."""
        await self.tell("Input.insertText", text=text)

    async def reach(self, wanted: str) -> None:
        """Press Tab until what is focused matches a selector, as who has no mouse does."""
        for _ in range(200):
            if await self.find(f"document.activeElement.matches({json.dumps(wanted)})"):
                return
            await self.press("Tab")
        raise AssertionError(f"no key leads to {wanted}")

    async def find(self, expression: str) -> Any:
        """The value of an expression; for the test, not for the page, whose scripts are off."""
        told = await self.tell("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    async def heading(self) -> str:
        return str(await self.find("document.querySelector('h1').textContent"))

    async def picture(self) -> bytes:
        """The whole page as it looks, as PNG."""
        size = (await self.tell("Page.getLayoutMetrics"))["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = await self.tell("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(shot["data"])


@asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Page]:
    """A tab of a browser of its own, which is gone afterwards."""
    process = await asyncio.create_subprocess_exec(
        "chromium",
        *("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"),
        *("--disable-background-networking", "--no-first-run", "--hide-scrollbars"),
        f"--user-data-dir={folder / 'browser'}",
        "about:blank",
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        port = await _port(process)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as listed:
                tab = next(each for each in await listed.json() if each["type"] == "page")
            async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Page(socket)
                listening = asyncio.create_task(page.listen())
                for domain in ("Page", "Network", "Log", "Runtime"):
                    await page.tell(f"{domain}.enable")
                yield page
                listening.cancel()
    finally:
        process.kill()
        await process.communicate()


async def _port(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        async for line in process.stderr:
            found = re.search(rb"DevTools listening on ws://127\.0\.0\.1:(\d+)/", line)
            if found is not None:
                return found[1].decode()
    raise AssertionError("the browser did not start")
