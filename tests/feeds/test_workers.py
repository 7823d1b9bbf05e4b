import asyncio
import os
import resource
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from digest.errors import FeedError
from digest.feeds import worker
from digest.feeds.parsed import ParsedFeed
from digest.feeds.workers import INLINE_BYTES, WORKERS, ParserPool
from digest.model import FeedId
from tests.feeds.builders import NOW, feed, rss

FEED = FeedId("trade")
OURS = feed()
BROKEN = b"<rss version='2.0'><channel><item><title>A <b>B</title></item></channel>"
# feedparser takes a minute or more for this.
ITEMS = b"<rss><channel>" + b"<item><title>x<b></title></item>" * 60_000


@pytest.fixture
async def pool() -> AsyncIterator[ParserPool]:
    async with ParserPool() as opened:
        yield opened


async def reason(pool: ParserPool, body: bytes, content_type: str = "") -> str:
    with pytest.raises(FeedError) as caught:
        await pool.parse(FEED, body, content_type)
    assert caught.value.feed == FEED
    return caught.value.reason


def children() -> set[str]:
    """The ids of the processes that this one has started and that still run."""
    found: set[str] = set()
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        with suppress(OSError):  # a thread that has ended meanwhile
            found.update((task / "children").read_text().split())
    return found


def of_process(process: str, what: str) -> str:
    return Path(f"/proc/{process}/{what}").read_text()


SMALL = b"<rss version='2.0'><channel><title>T</title></channel></rss>"


async def test_small_well_formed_feeds_need_no_process(pool: ParserPool) -> None:
    before = children()
    assert (await pool.parse(FEED, SMALL)).title_html == "T"
    assert (await pool.read(OURS, rss("One"), url=OURS.url, now=NOW)).entries
    assert children() == before


async def test_a_large_feed_is_read_in_a_process(pool: ParserPool) -> None:
    before = children()
    large = SMALL.replace(b"T", b"T" * (INLINE_BYTES + 1))
    assert len((await pool.parse(FEED, large)).title_html) == INLINE_BYTES + 1
    assert len(children() - before) == 1


async def test_a_document_is_the_same_here_and_there(pool: ParserPool) -> None:
    body = rss("One", "日産、新型車を発表", extra="<ttl>90</ttl>")
    here = await pool.read(OURS, body, url=OURS.url, now=NOW)
    there = await pool.read(OURS, body + b" " * INLINE_BYTES, url=OURS.url, now=NOW)
    assert here == there
    assert [entry.title for entry in there.entries] == ["One", "日産、新型車を発表"]


async def test_feeds_that_come_at_once_are_read_by_one_process(pool: ParserPool) -> None:
    before = children()
    bodies = [rss(*(f"{n} {m}" for m in range(100))) for n in range(20)]
    found = await asyncio.gather(*(pool.read(OURS, b, url=OURS.url, now=NOW) for b in bodies))
    assert [document.entries[0].title for document in found] == [f"{n} 0" for n in range(20)]
    assert len(children() - before) == 1


async def test_a_feed_that_holds_its_process_does_not_hold_up_the_others(pool: ParserPool) -> None:
    before = children()
    held = asyncio.create_task(pool.parse(FEED, ITEMS))
    large = SMALL.replace(b"T", b"T" * (INLINE_BYTES + 1))
    await asyncio.gather(*(pool.parse(FEED, large) for _ in range(3)))
    assert not held.done()
    assert len(children() - before) == WORKERS
    held.cancel()
    with pytest.raises(asyncio.CancelledError):
        await held


async def test_the_header_s_encoding_reaches_the_text(pool: ParserPool) -> None:
    body = "<rss><channel><title>日産社長</title></channel></rss>".encode("cp932")
    parsed = await pool.parse(FEED, body, "text/xml; charset=Shift_JIS")
    assert (parsed.title_html, parsed.encoding) == ("日産社長", "shift_jis")


async def test_broken_feeds_are_read_by_one_process_that_ends_with_the_pool() -> None:
    before = children()
    async with ParserPool() as pool:
        for _ in range(3):
            parsed = await pool.parse(FEED, BROKEN)
            assert parsed.items[0].title_html == "A <b>B"
            assert parsed.lenient
        assert len(children() - before) == 1
    assert children() == before


async def test_broken_feeds_at_once_do_not_get_each_other_s_answers(pool: ParserPool) -> None:
    bodies = [BROKEN.replace(b"A", str(n).encode()) for n in range(5)]
    found = await asyncio.gather(*(pool.parse(FEED, body) for body in bodies))
    assert [feed.items[0].title_html for feed in found] == [f"{n} <b>B" for n in range(5)]


async def test_broken_japanese_is_read_in_its_encoding(pool: ParserPool) -> None:
    body = "<?xml version='1.0' encoding='Shift_JIS'?><rss><channel><item><title>日産、<b>新型"
    parsed = await pool.parse(FEED, (body + "</title>").encode("cp932"))
    assert parsed.items[0].title_html == "日産、<b>新型"
    assert parsed.encoding == "shift_jis"


async def test_a_web_page_and_nonsense_have_a_reason(pool: ParserPool) -> None:
    assert await reason(pool, b"<!doctype html><p>Hi") == "this is a web page, not a feed"
    assert "neither XML nor JSON" in await reason(pool, b"<<<>>> no feed at all")


async def test_text_that_looks_like_a_path_is_not_opened(pool: ParserPool) -> None:
    assert "neither" in await reason(pool, b"/etc/passwd")
    assert "neither" in await reason(pool, b"<http://127.0.0.1/")


async def test_a_killed_process_costs_one_document(pool: ParserPool) -> None:
    before = children()
    await pool.parse(FEED, BROKEN)
    (child,) = children() - before
    os.kill(int(child), signal.SIGKILL)
    outcomes = await asyncio.gather(
        pool.parse(FEED, BROKEN), pool.parse(FEED, BROKEN), return_exceptions=True
    )
    assert sum(isinstance(outcome, FeedError) for outcome in outcomes) <= 1
    assert (await pool.parse(FEED, BROKEN)).lenient


async def test_a_document_that_takes_too_long_is_given_up() -> None:
    async with ParserPool(kill_after=timedelta(seconds=1)) as pool:
        found = await reason(pool, ITEMS)
        assert "parsing took over 1 s" in found
        assert (await pool.parse(FEED, BROKEN)).lenient


async def test_the_kernel_ends_a_process_that_takes_too_much_time() -> None:
    async with ParserPool(kill_after=timedelta(hours=1)) as pool:  # only the kernel is that quick
        assert "too much time or memory" in await reason(pool, ITEMS)


async def test_a_cancelled_document_does_not_answer_for_the_next(pool: ParserPool) -> None:
    await pool.parse(FEED, BROKEN)
    task = asyncio.create_task(pool.parse(FEED, ITEMS))
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await pool.parse(FEED, BROKEN)).items[0].title_html == "A <b>B"


async def test_a_document_that_takes_too_much_memory_is_given_up(pool: ParserPool) -> None:
    before = children()
    await pool.parse(FEED, BROKEN)
    (child,) = children() - before
    held = int(of_process(child, "statm").split()[0]) * resource.getpagesize()
    resource.prlimit(int(child), resource.RLIMIT_AS, (held + 10**6, worker.MEMORY_BYTES))
    large = SMALL.replace(b"T", b"T" * 2_000_000)
    assert "memory" in await reason(pool, large)
    assert (await pool.parse(FEED, large)).title_html
    (fresh,) = children() - before
    assert fresh != child


async def test_the_lenient_parser_can_open_nothing(tmp_path: Path) -> None:
    with worker.nothing_opened(), pytest.raises(OSError, match="Too many open files"):
        tmp_path.joinpath("x").open("w")
    tmp_path.joinpath("x").write_text("but afterwards it may")


async def test_the_process_knows_no_secret(
    pool: ParserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_MAIL__PASSWORD", "canary")
    before = children()
    await pool.parse(FEED, BROKEN)
    (child,) = children() - before
    assert "canary" not in of_process(child, "environ")


async def test_the_process_is_bound_by_the_kernel(pool: ParserPool) -> None:
    before = children()
    await pool.parse(FEED, BROKEN)
    (child,) = children() - before
    lines = of_process(child, "limits").splitlines()
    rows = {line[:25].strip(): line[26:].split() for line in lines}
    assert rows["Max address space"][:2] == [str(worker.MEMORY_BYTES)] * 2
    assert int(rows["Max cpu time"][0]) <= 3 * worker.CPU_SECONDS
    assert rows["Max file size"][:2] == ["0", "0"]


# --- the protocol ----------------------------------------------------------------------------


def job(body: bytes) -> worker.Job:
    return worker.Job(body=body, content_type="", wanted=None)


def asked(*bodies: bytes) -> BytesIO:
    messages = [msgspec.msgpack.encode(job(body)) for body in bodies]
    return BytesIO(b"".join(worker.LENGTH.pack(len(text)) + text for text in messages))


def answered(stream: BytesIO) -> list[worker.Answer]:
    data, found = stream.getvalue(), []
    while data:
        (length,) = worker.LENGTH.unpack(data[:4])
        found.append(msgspec.msgpack.decode(data[4 : 4 + length], type=worker.Answer))
        data = data[4 + length :]
    return found


def test_the_worker_answers_each_document_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "allow_cpu_time", lambda: None)  # not for the process of the tests
    answers = BytesIO()
    worker.serve(asked(BROKEN, b"nonsense"), answers)
    first, second = answered(answers)
    assert first.document is not None
    assert first.document.feed.lenient
    assert (second.document, second.reason) == (None, "the answer is neither XML nor JSON")


def test_a_process_that_has_grown_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "GROWN_BYTES", 1)
    assert worker.answer(job(SMALL)).grown


def test_half_characters_of_a_json_feed_do_not_end_the_process() -> None:
    half = b'{"version": "https://jsonfeed.org/version/1.1", "title": "\\ud800", "items": []}'
    found = worker.encoded(worker.answer(job(half)))
    (told,) = answered(BytesIO(found))
    assert told.document is not None or "half characters" in told.reason


@pytest.mark.parametrize(
    ("error", "words"), [(MemoryError(), "memory"), (RecursionError(), "RecursionError")]
)
def test_a_parser_that_fails_is_an_answer(
    monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fail(_: str) -> ParsedFeed:
        raise error

    monkeypatch.setattr(worker, "_lenient", lambda: fail)
    assert words in worker.answer(job(BROKEN)).reason
