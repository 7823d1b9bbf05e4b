"""Alerts against a process that dies at any moment: none is lost, none is told twice."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.model import OPEN_STATES
from digest.settings import AlertRule, AlertSettings
from digest.store import Store
from tests.alerts.conftest import Newsroom, newsroom_with
from tests.builders import NOW, database_of
from tests.mail.crashing import CrashError, Fuse

RULES = tuple(
    AlertRule(name=name, match=f"company:{name}", to=(f"{name}@example.org",))
    for name in ("nissan", "honda")
)


class CrashingConnection:
    """Dies before or after a statement, as the fuse has it."""

    def __init__(self, store: Store, fuse: Fuse) -> None:
        self._store = store
        self._fuse = fuse
        self._inner = database_of(store).connection  # what the store holds

    def __enter__(self) -> None:
        database_of(self._store).connection = self  # type: ignore[assignment]

    def __exit__(self, *_: object) -> None:
        database_of(self._store).connection = self._inner

    @property
    def in_transaction(self) -> bool:
        return self._inner.in_transaction

    def execute(self, sql: str, *parameters: Any) -> Any:
        self._tick(sql)
        result = self._inner.execute(sql, *parameters)
        self._tick(sql)
        return result

    def executemany(self, sql: str, *parameters: Any) -> Any:
        self._tick(sql)
        return self._inner.executemany(sql, *parameters)

    def _tick(self, sql: str) -> None:
        if sql != "ROLLBACK":  # dead processes roll nothing back; the database does
            self._fuse.tick()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 60), max_size=6))
def test_each_story_is_told_once_to_each(
    tmp_path_factory: pytest.TempPathFactory, deaths: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("state")
    with Store.open(folder) as store:
        newsroom = newsroom_with(store, AlertSettings(rules=RULES), operator=None)
        newsroom.publish(1, companies=("nissan",))
        newsroom.publish(2, companies=("honda",), title="Honda halts a plant")
    for death in [*deaths, 0]:
        _run(folder, newsroom, death)
    with Store.open(folder) as store:
        rows = store.outbox.rows(states=OPEN_STATES)
        assert Counter(row.address for row in rows) == {
            "nissan@example.org": 1,
            "honda@example.org": 1,
        }
        told = [told for past in store.alerts.history(NOW) for told in past.told]
        assert len(told) == 2
        assert all(each.told_at is not None for each in told)
        assert not store.alerts.any_unwatched()


def _run(folder: Path, newsroom: Newsroom, death: int) -> None:
    """A process: it looks and mails, and dies at a statement; 0 lives."""
    with Store.open(folder) as store:
        newsroom.store = store
        try:
            with CrashingConnection(store, Fuse(death)):
                newsroom.look()
                newsroom.mail()
        except CrashError:
            pass
