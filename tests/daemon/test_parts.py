"""Parts of the service that go on, or stay silent, whatever the store says."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from digest.app import open_app
from digest.config import load
from digest.daemon.clockguard import ClockGuard
from digest.daemon.pages import Pages
from digest.daemon.parts import Parts
from digest.daemon.present import Present
from digest.errors import StoreError
from tests.daemon.running import CONFIG
from tests.daemon.test_glimpse import NOW, open_project


def refuse(*_: object, **__: object) -> None:
    raise StoreError("the database is locked")


@pytest.mark.parametrize("listen", ["", '[web]\nlisten = "192.0.2.1:1"\n'])
async def test_a_store_that_refuses_does_not_end_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listen: str
) -> None:
    with open_project(tmp_path, more=listen) as app:
        present = Present(app)
        monkeypatch.setattr(app, "settle", refuse)
        monkeypatch.setattr(app, "raise_", refuse)
        pages = asyncio.create_task(Pages(present).run())
        await asyncio.wait({pages}, timeout=0.2)
        assert not pages.done()
        present.end()
        await asyncio.wait_for(pages, 5)


async def test_what_was_taken_back_meanwhile_is_not_done(tmp_path: Path) -> None:
    with open_project(tmp_path) as app:
        requests = app.store.requests
        one, other = (
            requests.ask("send", {"edition": "weekly", "period": period}, NOW)
            for period in ("2026-W46", "2026-W45")
        )

        def give_up(_: str) -> None:  # while the first is done
            assert requests.withdraw(other)

        await Parts(Present(app), ClockGuard(None, app.clock()), give_up).requests()
        assert requests.get(one).status == 0
        assert requests.open() == []
        assert len(app.store.issues.newest(9)) == 1


@pytest.mark.parametrize(("stops", "issues"), [(True, 0), (False, 1)])
async def test_no_issue_is_opened_once_the_service_stops(
    tmp_path: Path,
    stops: bool,  # noqa: FBT001  # a column of the table above
    issues: int,
) -> None:
    clock = [NOW]
    (tmp_path / "feeds.toml").write_text(CONFIG.format(zone="Asia/Tokyo"), encoding="utf-8")
    with open_app(load(tmp_path, {}), lambda: clock[0]) as app:
        await app.db(app.issues.publish_due)  # it knows its schedule
        clock[0] += timedelta(days=6)
        present = Present(app)
        if stops:
            present.end()
        await Parts(present, ClockGuard(None, app.clock()), lambda _: None).news()
        assert len(app.store.issues.newest(9)) == issues
