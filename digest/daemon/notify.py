"""Tells systemd, or whatever else gives us a socket for it, how we are: sd_notify(3)."""

import os
import socket
import time
from collections.abc import Mapping

from digest.logs import Log

log = Log(__name__)


class Notifier:
    """Sends states to a supervisor; without one it does nothing."""

    def __init__(self, address: str | None = None) -> None:
        """`address` is a path, or an abstract name with `@` before it."""
        self._address = address
        self._status = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Notifier":
        """What NOTIFY_SOCKET asks for."""
        return cls(environment.get("NOTIFY_SOCKET") or None)

    @property
    def is_heard(self) -> bool:
        """Whether anybody has asked to be told."""
        return self._address is not None

    def send(self, *states: str) -> None:
        """Send these states as one datagram, if anybody can be reached."""
        if self._address is None:
            return
        abstract = self._address.startswith("@")
        address = "\0" + self._address[1:] if abstract else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to:
                to.settimeout(0)  # a full queue must not hold the loop
                to.sendto("\n".join(states).encode(), address)
        except OSError as error:
            log.debug("notify.failed", reason=str(error))

    def status(self, words: str) -> None:
        """Say in one line what `systemctl status` shows; the same again is not sent."""
        if words != self._status:
            self._status = words
            self.send(f"STATUS={words}")

    def reloading(self) -> None:
        """Say that a reload begins; READY=1 ends it. Both fields must come in one datagram."""
        self.send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def watchdog_interval(environment: Mapping[str, str], process: int) -> float | None:
    """Seconds between two signs of life: half of what is allowed; None if nobody waits for them."""
    text = environment.get("WATCHDOG_USEC", "")
    meant = environment.get("WATCHDOG_PID", str(process))
    if not text.isdecimal() or int(text) == 0 or meant != str(process):
        return None
    return int(text) / 2_000_000


def notifier_of_this_process() -> tuple[Notifier, float | None]:
    """Whom our supervisor wants told, and how often it wants a sign of life."""
    return Notifier.of(os.environ), watchdog_interval(os.environ, os.getpid())
