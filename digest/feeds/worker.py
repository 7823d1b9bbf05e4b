"""The worker process: reads documents from stdin, answers with parsed feeds on stdout.

Started by workers.py as `python -m digest.feeds.worker`. It binds itself to limits on CPU time and
memory before it reads a byte, holds no secret, and ends with its parent: stdin is then at its end.
Messages are a length (4 bytes, big-endian) and that many bytes; answers are JSON.
"""

import os
import resource
import signal
import struct
import sys
from dataclasses import dataclass
from typing import BinaryIO

import msgspec

from digest.feeds.parsed import NotAFeed, ParsedFeed

CPU_SECONDS = 5  # for one document
MEMORY_BYTES = 512 * 1024 * 1024
LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Answer:
    """A parsed feed, or why there is none."""

    feed: ParsedFeed | None
    reason: str


def limit_process() -> None:
    """Give up what a parser does not need. The kernel enforces it from here on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends us
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def allow_cpu_time() -> None:
    """Allow one more document's worth of CPU time; the limit counts from the process's start."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(used.ru_utime + used.ru_stime) + CPU_SECONDS + 1
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.RLIM_INFINITY))


def answer(text: str) -> Answer:
    """Parse one document. A parser that fails is an answer too."""
    from digest.feeds.lenient import parse_leniently  # noqa: PLC0415  # after the limits are set

    try:
        result = parse_leniently(text)
    except MemoryError:
        return Answer(None, "the document needs too much memory to parse")
    except Exception as error:  # noqa: BLE001  # feedparser raises anything on hostile input
        return Answer(None, f"the parser failed on it ({type(error).__name__})")
    match result:
        case ParsedFeed():
            return Answer(result, "")
        case NotAFeed(reason):
            return Answer(None, reason)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the requests end."""
    while len(head := requests.read(LENGTH.size)) == LENGTH.size:
        allow_cpu_time()
        text = requests.read(LENGTH.unpack(head)[0]).decode("utf-8")
        message = msgspec.json.encode(answer(text))
        answers.write(LENGTH.pack(len(message)) + message)
        answers.flush()


def main() -> None:
    """Serve the parent. What a library prints must not mix with the answers."""
    limit_process()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
