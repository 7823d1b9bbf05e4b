"""Bodies to documents, here or in the worker process that this module also is.

The process is started by workers.py as `python -m digest.feeds.worker`. It reads jobs from stdin
and answers on stdout; it binds itself to limits on CPU time and memory before it reads a byte,
holds no secret, and ends with its parent: stdin is then at its end. Messages are a length (4
bytes, big-endian) and that many bytes of MessagePack.
"""

import fcntl
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import BinaryIO

import msgspec

from digest.feeds.clean import Unchanged, clean
from digest.feeds.decode import decode
from digest.feeds.parse import parse
from digest.feeds.parsed import Malformed, NotAFeed, ParsedFeed
from digest.feeds.tree import MAX_CHARACTERS
from digest.garbage import look_seldom
from digest.model import Entry
from digest.settings import Feed

CPU_SECONDS = 5  # for one document
MEMORY_BYTES = 512 * 1024 * 1024
GROWN_BYTES = 128 * 1024 * 1024  # a process that holds more between documents is replaced
LENGTH = struct.Struct(">I")
READY = b"+"  # what the process says first
PIPE_BYTES = 1024 * 1024  # for answers that our parent has not read yet: Linux gives 64 kB

Mend = Callable[[str], ParsedFeed | NotAFeed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose entries a document is to give."""

    feed: Feed
    url: str  # where the document came from
    now: datetime
    seen: frozenset[bytes] = frozenset()  # the marks of items that need not be read again


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A body to read."""

    body: bytes
    content_type: str
    wanted: Wanted | None  # None: what was found is wanted raw


@dataclass(frozen=True, slots=True)
class Document:
    """A body read: what it says of the feed, and the entries if they were wanted.

    The raw items are only there where the entries are not.
    """

    feed: ParsedFeed
    entries: tuple[Entry, ...]
    marks: tuple[bytes, ...] = ()  # one an entry
    unchanged: tuple[Unchanged, ...] = ()  # items whose marks were seen


@dataclass(frozen=True, slots=True)
class Answer:
    """A document, or why there is none."""

    document: Document | None
    reason: str
    grown: bool  # the process holds more memory than the next document needs


def read(job: Job, mend: Mend | None = None) -> Document | Malformed | NotAFeed:
    """Decode, parse and clean. What is not well-formed goes to `mend`, if that is given."""
    decoded = decode(job.body, job.content_type)
    found = parse(decoded.text)
    if isinstance(found, Malformed) and mend is not None:
        fault = found.reason
        found = mend(decoded.text[:MAX_CHARACTERS])
        if isinstance(found, NotAFeed):
            return NotAFeed(f"{fault}; {found.reason}")
    if not isinstance(found, ParsedFeed):
        return found
    found = replace(found, encoding=decoded.encoding)
    wanted = job.wanted
    if wanted is None:
        return Document(found, ())
    made = clean(found, wanted.feed, wanted.now, wanted.url, wanted.seen)
    return Document(replace(found, items=()), made.entries, made.marks, made.unchanged)


# --- the process -----------------------------------------------------------------------------


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


@contextmanager
def nothing_opened() -> Iterator[None]:
    """Let the kernel refuse every file and every connection meanwhile."""
    _, hard = limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@cache
def _lenient() -> Mend:
    """The lenient parser, warm: what it imports late is imported by now."""
    from digest.feeds.lenient import parse_leniently  # noqa: PLC0415  # seldom needed, and heavy

    parse_leniently("<rss version='2.0'><channel><item><title>&nbsp;<b>x</title></item>")
    return parse_leniently


def mend(text: str) -> ParsedFeed | NotAFeed:
    """Parse leniently, and let the parser reach nothing but the text."""
    parse_leniently = _lenient()
    with nothing_opened():
        return parse_leniently(text)


def answer(job: Job) -> Answer:
    """Read one body. A parser that fails is an answer too."""
    try:
        found = read(job, mend)
    except MemoryError:
        return Answer(None, "the document needs too much memory to parse", grown=True)
    except Exception as error:  # noqa: BLE001  # feedparser raises anything on hostile input
        return Answer(None, f"the parser failed on it ({type(error).__name__})", grown=_grown())
    match found:
        case Document():
            return Answer(found, "", _grown())
        case NotAFeed(reason) | Malformed(reason):
            return Answer(None, reason, _grown())


def _grown() -> bool:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() > GROWN_BYTES


def encoded(told: Answer) -> bytes:
    """The answer as a message. Half a surrogate pair, which JSON may spell, is not text."""
    try:
        message = msgspec.msgpack.encode(told)
    except UnicodeEncodeError:
        refused = Answer(None, "it holds half characters, which are not text", told.grown)
        message = msgspec.msgpack.encode(refused)
    return LENGTH.pack(len(message)) + message


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the requests end."""
    while len(head := requests.read(LENGTH.size)) == LENGTH.size:
        allow_cpu_time()
        job = msgspec.msgpack.decode(requests.read(LENGTH.unpack(head)[0]), type=Job)
        answers.write(encoded(answer(job)))
        answers.flush()


def main() -> None:
    """Serve the parent. What a library prints must not mix with the answers."""
    limit_process()
    look_seldom()  # what is imported stays, and what a document needs goes with it
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(OSError):  # all such pipes of this user have their share already
        fcntl.fcntl(answers.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    answers.write(READY)
    answers.flush()
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
