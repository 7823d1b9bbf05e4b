"""Delivers into a Maildir: what happens to mail where no server is configured.

A file's name derives from its message, so that a repeat replaces the file of the first time.
"""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from digest.mail.message import Message
from digest.mail.replies import Accepted, Blocked, Outcome
from digest.store.files import hand_over, make_folder, sync_folder

_FOLDERS = ("tmp", "new", "cur")


@dataclass(frozen=True, slots=True)
class MaildirTransport:
    """A Maildir and at once the only connection to it."""

    folder: Path

    @property
    def usable(self) -> bool:
        """A folder does not hang up."""
        return True

    async def connect(self) -> "MaildirTransport | Blocked":
        """Make the folders where they are missing."""
        try:
            await asyncio.to_thread(make_maildir, self.folder)
        except OSError as error:
            return Blocked(f"{self.folder}: {error.strerror}")
        return self

    async def send(self, message: Message, then: Message | None = None) -> Outcome:  # noqa: ARG002  # one at a time
        """Write the message; it is there whole and safe on disk, or not at all."""
        try:
            path = await asyncio.to_thread(
                put, self.folder, message.id.partition("@")[0], message.data
            )
        except OSError as error:
            return Blocked(f"{self.folder}: {error.strerror}")
        return Accepted(f"written to {path.name}")

    async def close(self) -> None:
        """Nothing to do."""


def put(folder: Path, name: str, data: bytes) -> Path:
    """Write one message into a Maildir: whole and safe on disk, or not at all.

    Only one process may write under this name at a time.
    """
    temporary = folder / "tmp" / name
    temporary.unlink(missing_ok=True)  # left by a crash
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        hand_over(descriptor, folder)
        file.write(data.replace(b"\r\n", b"\n"))
        file.flush()
        os.fsync(file.fileno())
    path = folder / "new" / name
    temporary.replace(path)
    sync_folder(path.parent)
    return path


def make_maildir(folder: Path) -> None:
    """Make a Maildir, private, where there is none; so are the folders above that it needs."""
    for name in _FOLDERS:
        make_folder(folder / name)
