"""Waiting for what another process does on our behalf."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.cli import waiting
from digest.cli.waiting import ask
from digest.errors import DigestError, ServiceError
from digest.store import Store
from digest.store.database import lock

NOW = datetime(2026, 11, 12, 3, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "state") as opened:
        yield opened


def asked(store: Store, folder: Path, patience: timedelta = waiting.PATIENCE) -> str | None:
    return ask(store, folder, lambda: NOW, "poll", {}, patience=patience)


def test_a_holder_that_does_not_answer_is_given_up_and_nothing_is_left(
    store: Store, tmp_path: Path
) -> None:
    with lock(tmp_path / "state"), pytest.raises(DigestError, match="has not answered within 0 s"):
        asked(store, tmp_path / "state", timedelta(0))
    assert store.requests.open() == []


def test_a_holder_that_ends_leaves_it_to_us(store: Store, tmp_path: Path) -> None:
    assert asked(store, tmp_path / "state") is None
    assert store.requests.open() == []


@pytest.mark.parametrize("status", [0, 78])
def test_the_answer_is_given_and_somebody_who_waits_is_told_so(
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    status: int,
) -> None:
    monkeypatch.setattr(waiting, "SAY_AFTER", timedelta(0))

    def answer(_: float) -> None:
        (request,) = store.requests.open()
        store.requests.finish(request.id, "so it is", NOW, status=status)

    monkeypatch.setattr("time.sleep", answer)
    with lock(tmp_path / "state"):
        if status:
            with pytest.raises(ServiceError, match="so it is") as raised:
                asked(store, tmp_path / "state")
            assert raised.value.exit_code == status
        else:
            assert asked(store, tmp_path / "state") == "so it is"
    assert capsys.readouterr().err == "another digest process is at work; waiting for it\n"


@pytest.mark.parametrize("ends", [KeyboardInterrupt, BrokenPipeError])
def test_whatever_ends_the_wait_takes_the_request_back(
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ends: type[BaseException],
) -> None:
    def interrupt(_: float) -> None:
        raise ends

    monkeypatch.setattr("time.sleep", interrupt)
    with lock(tmp_path / "state"), pytest.raises(ends):
        asked(store, tmp_path / "state")
    assert store.requests.open() == []
