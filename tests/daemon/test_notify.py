import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.daemon.notify import Notifier, watchdog_interval


class Supervisor:
    """A datagram socket as systemd's, and what it has heard."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(5)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)

    def heard(self) -> str:
        return self._socket.recv(4096).decode()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def supervisor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Supervisor]:
    names = {"path": str(tmp_path / "notify"), "abstract": f"@digest-test-{os.getpid()}"}
    opened = Supervisor(names[request.param])
    yield opened
    opened.close()


def test_states_come_in_one_datagram(supervisor: Supervisor) -> None:
    Notifier.of({"NOTIFY_SOCKET": supervisor.address}).send("READY=1", "STATUS=at work")
    assert supervisor.heard() == "READY=1\nSTATUS=at work"


def test_a_reload_says_when_it_began(supervisor: Supervisor) -> None:
    before = time.monotonic_ns() // 1000
    Notifier(supervisor.address).reloading()
    first, second = supervisor.heard().split("\n")
    assert first == "RELOADING=1"
    name, _, at = second.partition("=")
    assert name == "MONOTONIC_USEC"
    assert before <= int(at) <= time.monotonic_ns() // 1000


def test_the_same_status_is_said_once(supervisor: Supervisor) -> None:
    notifier = Notifier(supervisor.address)
    for words in ("two feeds", "two feeds", "three feeds"):
        notifier.status(words)
    assert [supervisor.heard(), supervisor.heard()] == ["STATUS=two feeds", "STATUS=three feeds"]


def test_without_a_supervisor_nothing_happens() -> None:
    notifier = Notifier.of({"NOTIFY_SOCKET": ""})
    assert not notifier.is_heard
    notifier.send("READY=1")


def test_a_supervisor_that_is_gone_is_no_reason_to_fail(tmp_path: Path) -> None:
    Notifier(str(tmp_path / "nobody")).send("READY=1")


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "300000000"}, 150.0),
        ({"WATCHDOG_USEC": "300000000", "WATCHDOG_PID": "7"}, 150.0),
        ({"WATCHDOG_USEC": "300000000", "WATCHDOG_PID": "8"}, None),  # of another process
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "often"}, None),
    ],
)
def test_signs_of_life_come_twice_as_often_as_they_must(
    environment: dict[str, str], seconds: float | None
) -> None:
    assert watchdog_interval(environment, 7) == seconds
