"""Reads entries in a process of its own: `python -m digest.stories.worker`, started by workers.py.

It is told once by which lexicon and for which feeds, then answers each batch of entries with what
they are, until stdin ends, as it does with its parent. Messages are a length (4 bytes, big-endian)
and that many bytes of MessagePack.
"""

import os
import signal
import struct
import sys
from typing import IO

import msgspec
from msgspec import Struct

from digest.garbage import look_seldom
from digest.model import FeedId, StoredEntry
from digest.settings import Feed
from digest.stories.judge import Judge, Judged
from digest.stories.packed import unpack
from digest.stories.tag import Tagger

_LENGTH = struct.Struct(">I")


class Setup(Struct, frozen=True):
    """What a worker is told first."""

    lexicon: bytes
    feeds: dict[FeedId, Feed]


def send(stream: IO[bytes], message: object) -> None:
    """Write one message."""
    data = msgspec.msgpack.encode(message)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """Read one message; None where there is no whole one any more."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    return data if len(data) == length else None


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the requests end."""
    told = receive(requests)
    if told is None:
        return
    setup = msgspec.msgpack.decode(told, type=Setup)
    judge = Judge(Tagger(unpack(setup.lexicon)), setup.feeds)
    look_seldom()  # the lexicon stays, and what an entry needs goes with it
    batches = msgspec.msgpack.Decoder(list[StoredEntry])
    while (asked := receive(requests)) is not None:
        judged: list[Judged] = [judge.judge(stored) for stored in batches.decode(asked)]
        send(answers, judged)


def main() -> None:
    """Serve the parent. What anything prints must not mix with the answers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends first, and this with it
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
