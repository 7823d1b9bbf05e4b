"""What is kept under a name, also by a release that kept it in another form."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.store.database import Database, open_database
from digest.store.meta import Key, MetaTable
from digest.store.restored import RestoredTable
from digest.store.service import ServiceTable
from digest.store.trouble import TroubleTable

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
OLD = ["x", "451 later", '{"when": "2026"}', '{"since": 5, "words": "", "waits": "yes"}']


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(tmp_path / "state")) as database:
        yield database


@pytest.mark.parametrize("text", OLD)
def test_what_another_release_kept_in_another_form_is_as_nothing(
    database: Database, text: str
) -> None:
    meta = MetaTable(database.connection)
    for key in (Key.REJECTED, Key.TROUBLE, Key.RESTORED):
        meta.put(key, text)
    service, trouble = ServiceTable(database), TroubleTable(database)
    assert service.rejection() is None
    assert trouble.get() is None
    assert RestoredTable(database).last() is None
    assert service.reject("wrong", NOW).since == NOW
    assert trouble.met("451 later", NOW, blocked=False).since == NOW
    assert trouble.get() is not None


@pytest.mark.parametrize("text", OLD)
def test_what_is_well_again_is_forgotten_in_any_form(database: Database, text: str) -> None:
    meta = MetaTable(database.connection)
    meta.put(Key.REJECTED, text)
    meta.put(Key.TROUBLE, text)
    ServiceTable(database).accept()
    TroubleTable(database).over()
    assert meta.get(Key.REJECTED) is None
    assert meta.get(Key.TROUBLE) is None
