import mailbox
from pathlib import Path

from digest.mail.maildir import MaildirTransport, make_maildir
from digest.mail.replies import Accepted, Blocked
from tests.mail.builders import message


async def send(folder: Path, *numbers: int, data: bytes | None = None) -> list[object]:
    connection = await MaildirTransport(folder).connect()
    assert isinstance(connection, MaildirTransport)
    given = {} if data is None else {"data": data}
    done = [await connection.send(message(n, **given)) for n in numbers]
    assert connection.usable
    await connection.close()
    return list(done)


async def test_a_mail_program_finds_the_message_in_new(tmp_path: Path) -> None:
    (outcome,) = await send(tmp_path / "outbox", 1)
    assert isinstance(outcome, Accepted)
    (found,) = list(mailbox.Maildir(tmp_path / "outbox", create=False))
    assert found["Subject"] == "hello"
    assert found.get_payload() == "words\n.\n..dots\n"


async def test_the_file_holds_the_message_with_unix_line_ends_and_nothing_else(
    tmp_path: Path,
) -> None:
    await send(tmp_path, 1, data=b"A: b\r\n\r\nx\r\n")
    (path,) = (tmp_path / "new").iterdir()
    assert path.read_bytes() == b"A: b\n\nx\n"
    assert path.stat().st_mode & 0o077 == 0
    assert not list((tmp_path / "tmp").iterdir())


async def test_the_same_message_again_replaces_the_first(tmp_path: Path) -> None:
    await send(tmp_path, 1, 1, 2)
    assert len(list((tmp_path / "new").iterdir())) == 2


async def test_what_a_crash_left_in_tmp_is_no_hindrance(tmp_path: Path) -> None:
    await send(tmp_path, 1)
    name = next((tmp_path / "new").iterdir()).name
    (tmp_path / "tmp" / name).write_bytes(b"half")
    (outcome,) = await send(tmp_path, 1, data=b"A: b\r\n\r\nwhole\r\n")
    assert isinstance(outcome, Accepted)
    assert (tmp_path / "new" / name).read_bytes() == b"A: b\n\nwhole\n"


async def test_a_folder_that_cannot_be_made_blocks_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = await MaildirTransport(tmp_path / "file" / "outbox").connect()
    assert outcome == Blocked(f"{tmp_path}/file/outbox: Not a directory")


async def test_a_message_that_cannot_be_written_blocks_the_run(tmp_path: Path) -> None:
    connection = await MaildirTransport(tmp_path).connect()
    assert isinstance(connection, MaildirTransport)
    (tmp_path / "tmp").rmdir()
    outcome = await connection.send(message())
    assert isinstance(outcome, Blocked)


def test_every_folder_that_it_makes_is_private(tmp_path: Path) -> None:
    make_maildir(tmp_path / "state" / "mail" / "outbox")
    made = [path for path in tmp_path.rglob("*") if path.is_dir()]
    assert len(made) == 6
    assert all(path.stat().st_mode & 0o077 == 0 for path in made)
