"""Mutated feeds through the whole way, bytes to entries: no crash, no hang, only clean entries.

`FUZZ_MUTATIONS=100000` runs more of them, `FUZZ_SEED=7` others.
"""

import os
import re
import time
from collections.abc import Callable
from random import Random

import pytest

from digest.errors import FeedError
from digest.feeds import worker
from digest.feeds.clean import GUID_LENGTH
from digest.feeds.lenient import parse_leniently
from digest.feeds.parsed import NotAFeed, ParsedFeed
from digest.feeds.worker import Document, Job, Wanted
from digest.model import Entry, FeedId, FeedKind
from tests.feeds.builders import NOW, feed
from tests.feeds.corpus import WRITERS, pieces
from tests.feeds.test_golden import DOCUMENTS

MUTATIONS = int(os.environ.get("FUZZ_MUTATIONS", "600"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
BATCHES = 4  # tests, so that they run side by side
CPU_SECONDS = 2.0  # for one document of at most LONGEST bytes
LONGEST = 20_000

ORIGINALS = [
    *(write(pieces(seed, 3)).encode() for seed, write in enumerate(WRITERS)),
    *(document.body for _, document in sorted(DOCUMENTS.items()) if len(document.body) < LONGEST),
]
NASTY = (
    *(b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\x1b$B", b"\x1b(B", b"\x83", b"\xc2"),
    *(b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<!DOCTYPE x [", b"<!ENTITY a 'b'>", b"&a;", b"&#0;"),
    *(b"&#xD800;", b"&lt;p&gt;", b"&amp;lt;b&amp;gt;", b"&nbsp", b"<script>", b"</item>"),
    *(
        b"<item>",
        b"<entry>",
        b"<title>",
        b"</channel>",
        b"javascript:",
        b"http://[",
        b"//",
        b"#!",
        b"'",
        b'"',
    ),
    *(b"xml:base='http://['", b'{"', b"}]", b"\\u0000", b"\\ud800", b"1e999", b"99999999999999"),
    *("\u202e\u200b\u2028".encode(), "令和99年".encode(), b"24:60:61", b"+9959"),
    b"encoding='UTF-16'",
)
TAG = re.compile(rb"<[^<>]{1,80}>")
MARKUP = re.compile(
    r"</?(?:p|br|a|b|div|span|img|script|style|ul|li)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]")


def flip(body: bytes, random: Random) -> bytes:
    at = random.randrange(len(body))
    return body[:at] + bytes([body[at] ^ 1 << random.randrange(8)]) + body[at + 1 :]


def cut(body: bytes, random: Random) -> bytes:
    start = random.randrange(len(body))
    return body[:start] + body[start + random.choice((1, 7, 60, 500)) :]


def shorten(body: bytes, random: Random) -> bytes:
    return body[: random.randrange(len(body))]


def repeat(body: bytes, random: Random) -> bytes:
    start = random.randrange(len(body))
    part = body[start : start + random.choice((1, 9, 80, 600))]
    return body[:start] + part * random.choice((2, 3, 20)) + body[start:]


def insert(body: bytes, random: Random) -> bytes:
    at = random.randrange(len(body))
    return body[:at] + random.choice(NASTY) + body[at:]


def swap_tags(body: bytes, random: Random) -> bytes:
    tags = [found.span() for found in TAG.finditer(body)]
    if len(tags) < 2:
        return insert(body, random)
    (a, b), (c, d) = sorted(random.sample(tags, 2))
    return body[:a] + body[c:d] + body[b:c] + body[a:b] + body[d:]


def graft(body: bytes, random: Random) -> bytes:
    other = random.choice(ORIGINALS)
    start = random.randrange(len(other))
    at = random.randrange(len(body))
    return body[:at] + other[start : start + 400] + body[at:]


MUTATORS: tuple[Callable[[bytes, Random], bytes], ...] = (
    *(flip, cut, shorten, repeat, insert, swap_tags, graft),
)


def mutated(number: int) -> bytes:
    """The same document for the same number and seed, everywhere."""
    random = Random(f"{SEED}:{number}")  # noqa: S311  # not a secret
    body = random.choice(ORIGINALS)
    for _ in range(random.choice((1, 1, 2, 4, 8))):
        if body:
            body = random.choice(MUTATORS)(body, random)[:LONGEST]
    return body


def mend(text: str) -> ParsedFeed | NotAFeed:
    """The lenient parser as the worker process calls it: that it fails is an answer."""
    try:
        return parse_leniently(text)
    except Exception as error:  # noqa: BLE001  # feedparser raises anything
        return NotAFeed(f"the parser failed on it ({type(error).__name__})")


def read(body: bytes, kind: FeedKind) -> tuple[Entry, ...]:
    """Bytes to entries as a poll reads them, but for the worker being a process."""
    told = feed(id=FeedId("fuzz"), kind=kind)
    wanted = Wanted(feed=told, url=told.url, now=NOW)
    found = worker.read(Job(body=body, content_type="", wanted=wanted), mend)
    if not isinstance(found, Document):
        raise FeedError(told.id, found.reason)
    return found.entries


def fault(entry: Entry, *, plain: bool) -> str | None:
    """What is wrong with an entry, if anything is.

    Where titles and summaries are `plain`, "<p>" is what their author wrote, and no markup.
    """
    for text in (entry.title, entry.summary, entry.guid, entry.url, entry.outlet):
        if UNSEEN.search(text):
            return f"control characters in {text!r}"
        text.encode()
    for text in (entry.title, entry.summary):
        if not plain and MARKUP.search(text):
            return f"markup in {text!r}"
    if not entry.title or not entry.guid or len(entry.guid) > GUID_LENGTH:
        return "no title, or no usable key"
    if entry.url and not entry.url.startswith(("http://", "https://")):
        return f"a link to {entry.url!r}"
    if entry.published.utcoffset() is None or entry.published > NOW:
        return f"published {entry.published}"
    return None


@pytest.mark.timeout(0 if MUTATIONS > 10_000 else 180)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_mutated_feeds_give_clean_entries_or_an_error(batch: int) -> None:
    told = 0
    for number in range(batch, MUTATIONS, BATCHES):
        body = mutated(number)
        started = time.process_time()
        try:
            found = read(body, FeedKind.SEARCH if number % 5 == 0 else FeedKind.TRADE)
        except FeedError:
            found = ()
        seconds = time.process_time() - started
        assert seconds < CPU_SECONDS, f"mutation {number} took {seconds:.1f} s"
        for entry in found:
            wrong = fault(entry, plain=body.lstrip().startswith((b"{", b"[")))
            assert wrong is None, f"mutation {number}: {wrong}"
        told += len(found)
    assert told > MUTATIONS / BATCHES / 2  # the mutants are still feeds
