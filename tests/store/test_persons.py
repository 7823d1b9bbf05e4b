"""What is erased leaves no trace in the files, whichever way the database writes."""

from pathlib import Path

import pytest

from digest.model import Preferences, Status, Suppression
from digest.store import Store
from tests.builders import NOW, database_of

ADDRESS = "taro.yamada@reader.example"


@pytest.mark.parametrize("mode", ["PERSIST", "WAL"])
def test_an_erased_address_is_in_no_file_of_the_state(tmp_path: Path, mode: str) -> None:
    with Store.open(tmp_path) as store:
        database_of(store).connection.execute(f"PRAGMA journal_mode = {mode}")
        added = [
            store.subscribers.add(
                address,
                address,
                name="",
                status=Status.ACTIVE,
                preferences=Preferences(),
                consent=None,
                now=NOW,
            )
            for address in (ADDRESS, "hana@reader.example")
        ]
        reader = added[0]
        store.subscribers.set_preferences(reader or 0, Preferences(rhythm="daily"), NOW)  # type: ignore[arg-type]
        assert _files_with(tmp_path)
        store.persons.erase(ADDRESS, "hash", Suppression.FORGOTTEN, reader, NOW)
        store.scrub()
        assert _files_with(tmp_path) == []
        assert [each.address for each in store.subscribers.all()] == ["hana@reader.example"]


def _files_with(state: Path) -> list[str]:
    found = (path for path in state.iterdir() if path.is_file())
    return [path.name for path in found if ADDRESS.encode() in path.read_bytes()]
