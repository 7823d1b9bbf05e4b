"""Takes a person's mail out of our own Maildirs, when they are erased.

Where no server is configured, what was sent lies in state/outbox; mail to us that was handled, or
waits for a person to read it, lies in the inbox. What servers hold is not ours to erase.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from digest.mail.parts import header_addresses, headers_of

_FOLDERS = ("tmp", "new", "cur")
_HEAD = 65_536  # bytes, in which headers end


def erase_copies(maildir: Path, names: tuple[str, ...], is_theirs: Callable[[str], bool]) -> int:
    """Delete each message of a Maildir that has their address in one of these headers.

    Gives how many. Also in folders inside of it, such as `.unread`.
    """
    erased = 0
    for path in _messages(maildir):
        with suppress(FileNotFoundError):  # another program was quicker
            with path.open("rb") as file:
                found = header_addresses(headers_of(file.read(_HEAD)), *names)
            if any(map(is_theirs, found)):
                path.unlink()
                erased += 1
    return erased


def _messages(maildir: Path) -> Iterator[Path]:
    folders = [maildir, *(each for each in maildir.glob(".[!.]*") if each.is_dir())]
    for folder in folders:
        for name in _FOLDERS:
            if (folder / name).is_dir():
                yield from sorted(each for each in (folder / name).iterdir() if each.is_file())
