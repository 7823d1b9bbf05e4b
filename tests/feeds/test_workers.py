import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from digest.errors import FeedError
from digest.feeds import worker
from digest.feeds.parsed import ParsedFeed
from digest.feeds.workers import DOCUMENTS_A_PROCESS, ParserPool
from digest.model import FeedId

FEED = FeedId("trade")
BROKEN = b"<rss version='2.0'><channel><item><title>A <b>B</title></item></channel>"
# feedparser takes a minute or more for each of these.
DEEP = b"<rss><channel><item><title>x<b></title>" + b"<item>" * 120_000
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
    tasks = Path(f"/proc/{os.getpid()}/task").iterdir()
    return {child for task in tasks for child in (task / "children").read_text().split()}


def of_process(process: str, what: str) -> str:
    return Path(f"/proc/{process}/{what}").read_text()


async def test_well_formed_feeds_need_no_process(pool: ParserPool) -> None:
    before = children()
    small = b"<rss version='2.0'><channel><title>T</title></channel></rss>"
    large = small.replace(b"T", b"T" * 100_000)
    assert (await pool.parse(FEED, small)).title_html == "T"
    assert len((await pool.parse(FEED, large)).title_html) == 100_000
    assert children() == before


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


@pytest.mark.parametrize("body", [ITEMS, DEEP], ids=["items", "deep"])
async def test_a_document_that_takes_too_long_is_given_up(body: bytes) -> None:
    async with ParserPool(kill_after=timedelta(seconds=1)) as pool:
        found = await reason(pool, body)
        assert found.startswith(("not well-formed XML", "its elements"))
        assert (await pool.parse(FEED, BROKEN)).lenient


async def test_the_kernel_ends_a_process_that_takes_too_much_time() -> None:
    async with ParserPool(kill_after=timedelta(seconds=50)) as pool:
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


async def test_a_process_is_replaced_before_it_grows_old(pool: ParserPool) -> None:
    before = children()
    await pool.parse(FEED, BROKEN)
    first = children() - before
    for _ in range(DOCUMENTS_A_PROCESS):
        await pool.parse(FEED, BROKEN)
    assert len(children() - before) == 1
    assert children() - before != first


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


def asked(*texts: str) -> BytesIO:
    encoded = [text.encode() for text in texts]
    return BytesIO(b"".join(worker.LENGTH.pack(len(text)) + text for text in encoded))


def answered(stream: BytesIO) -> list[worker.Answer]:
    data, found = stream.getvalue(), []
    while data:
        (length,) = worker.LENGTH.unpack(data[:4])
        found.append(msgspec.json.decode(data[4 : 4 + length], type=worker.Answer))
        data = data[4 + length :]
    return found


def test_the_worker_answers_each_document_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "allow_cpu_time", lambda: None)  # not for the process of the tests
    answers = BytesIO()
    worker.serve(asked(BROKEN.decode(), "nonsense"), answers)
    first, second = answered(answers)
    assert isinstance(first.feed, ParsedFeed)
    assert second == worker.Answer(None, "neither XML nor JSON from which a feed could be read")


@pytest.mark.parametrize(
    ("error", "words"), [(MemoryError(), "memory"), (RecursionError(), "RecursionError")]
)
def test_a_parser_that_fails_is_an_answer(
    monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fail(_: str) -> ParsedFeed:
        raise error

    monkeypatch.setattr("digest.feeds.lenient.parse_leniently", fail)
    assert words in worker.answer("<rss>").reason
