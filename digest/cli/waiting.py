"""What only the holder of the lock may do: done here if that is us, else asked of whoever it is."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.errors import DigestError, LockedError, ServiceError, StoreError

if TYPE_CHECKING:
    from digest.app import App
    from digest.clock import Clock
    from digest.model import RequestId
    from digest.store import Store

LOOK_AGAIN = 0.1  # seconds between two looks at what another process does
SAY_AFTER = timedelta(seconds=1)  # a quick answer needs no words
SAY_AGAIN = timedelta(seconds=30)
# A round over hundreds of slow feeds, or an issue to thousands of readers.
PATIENCE = timedelta(hours=1)


def here_or_there(
    app: "App", kind: str, arguments: Mapping[str, str], here: "Callable[[App], str]"
) -> str:
    """Do something that needs the lock: here if it is free, else by the service that holds it.

    A holder that is no service (another command) answers nothing, but it ends: then it is done
    here after all. Raises ServiceError with the service's words if it could not do it, DigestError
    if it has not answered within PATIENCE.
    """
    from digest.store.database import lock

    state = app.settings.state
    while True:
        try:
            with lock(state):
                return here(app)
        except LockedError:
            answer = ask(app.store, state, app.clock, kind, arguments)
        if answer is not None:
            return answer


def ask(
    store: "Store",
    state: Path,
    clock: "Clock",
    kind: str,
    arguments: Mapping[str, str],
    *,
    patience: timedelta = PATIENCE,
) -> str | None:
    """Ask whoever holds the folder, and wait for the answer; None once nobody holds it any more.

    However the wait ends, nothing is left that would be begun later; what the service has begun by
    then it brings to its end. Raises ServiceError with the service's words if it could not do it,
    DigestError if it has not answered in time.
    """
    request = store.requests.ask(kind, arguments, clock())
    try:
        return _answer(store, state, request, patience)
    except BaseException:  # Ctrl-C, a disk that is full, nobody who reads what we say
        with suppress(StoreError):
            store.requests.withdraw(request)
        raise


def _answer(store: "Store", state: Path, request: "RequestId", patience: timedelta) -> str | None:
    from digest.store.database import is_locked

    wait = _Wait(patience)
    while (answer := store.requests.get(request)).finished_at is None:
        if not is_locked(state) and store.requests.withdraw(request):
            return None
        if wait.is_over and store.requests.withdraw(request):
            raise DigestError(
                f"the process that holds {state} has not answered within {_minutes(patience)}, so"
                " the request was taken back, unless it has begun with it; `digest status` says"
                " which process that is"
            )
        wait.a_moment()
    if answer.status:
        raise ServiceError(answer.result or "the service could not do it", answer.status)
    return answer.result or ""


class _Wait:
    """Waits on and on, and says so now and then."""

    def __init__(self, patience: timedelta) -> None:
        self._begun = time.monotonic()
        self._end = self._begun + patience.total_seconds()
        self._say_at = self._begun + SAY_AFTER.total_seconds()

    @property
    def is_over(self) -> bool:
        """Whether it has lasted for long enough."""
        return time.monotonic() >= self._end

    def a_moment(self) -> None:
        """Wait for a moment."""
        now = time.monotonic()
        if now >= self._say_at:
            waited = timedelta(seconds=now - self._begun)
            since = f" since {_minutes(waited)}" if waited >= SAY_AGAIN else ""
            click.echo(f"another digest process is at work; waiting for it{since}", err=True)
            self._say_at = now + SAY_AGAIN.total_seconds()
        time.sleep(LOOK_AGAIN)


def _minutes(length: timedelta) -> str:
    if length < timedelta(minutes=2):
        return f"{length.total_seconds():.0f} s"
    return f"{length // timedelta(minutes=1)} min"
