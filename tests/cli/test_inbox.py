"""A mail server's pipe: it must keep the message whenever we could not."""

import io
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Digest

MAIL = b"From: emma@reader.example\r\nSubject: confirm\r\n\r\nyes\r\n"


@pytest.fixture(autouse=True)
def pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MAIL)))


def test_a_message_is_kept_as_it_came(digest: Digest, project: Path) -> None:
    assert digest("inbox", "receive").status == 0
    (kept,) = (project / "state/inbox/new").iterdir()
    assert kept.read_bytes() == MAIL.replace(b"\r\n", b"\n")


def test_with_a_wrong_configuration_the_mail_server_tries_again(
    digest: Digest, project: Path
) -> None:
    (project / "feeds.toml").write_text("[mail]\nfrom = 'nobody'\n", encoding="utf-8")
    ended = digest("inbox", "receive")
    assert ended.status == 75
    assert f"{project / 'feeds.toml'}" in ended.errors
    assert "digest check" in ended.errors
    assert "mail.from" in ended.errors
    assert ended.errors.count("\n") == 1  # a mail server logs one line


def test_without_a_project_it_tries_again(digest: Digest, tmp_path: Path) -> None:
    ended = digest("--project", str(tmp_path / "nowhere"), "inbox", "receive")
    assert ended.status == 75
    assert str(tmp_path / "nowhere") in ended.errors


def test_where_nothing_can_be_written_it_tries_again(digest: Digest, project: Path) -> None:
    (project / "state").mkdir()
    (project / "state/inbox").write_text("a file where the Maildir should be", encoding="utf-8")
    ended = digest("inbox", "receive")
    assert ended.status == 75
    assert str(project / "state/inbox") in ended.errors
    assert "the mail server keeps it and tries again" in ended.errors.lower()


def test_with_a_form_of_the_log_that_there_is_not_it_tries_again(
    digest: Digest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_LOG", "yaml")
    ended = digest("inbox", "receive")
    assert (ended.status, "DIGEST_LOG" in ended.errors) == (75, True)
    other = digest("status")
    assert (other.status, "DIGEST_LOG" in other.errors) == (2, True)


def test_an_empty_message_is_none(
    digest: Digest, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    ended = digest("inbox", "receive")
    assert (ended.status, "stdin is empty" in ended.errors) == (75, True)
    assert not (project / "state/inbox").exists()


def test_whatever_else_happens_it_tries_again(
    digest: Digest, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Broken()))
    ended = digest("inbox", "receive")
    assert ended.status == 75
    assert "Input/output error" in ended.errors
