"""Entries that are read in processes are read as they are here, in the same order."""

import io
import os
import resource
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import EntryId, FeedId, StoredEntry
from digest.settings import Feed
from digest.stories.judge import Judge, Judged
from digest.stories.packed import pack
from digest.stories.tag import Reading, Tagger
from digest.stories.worker import Setup, receive, send, serve
from digest.stories.workers import MANY, MOST, Batch, judge_all, processes_for
from tests.builders import NOW, entry
from tests.stories.builders import cheese_lexicon

FEED = Feed(id=FeedId("trade"), url="https://trade.example/", title="T", drop=('"raffle"',))
FEEDS = {FEED.id: FEED}
BATCHES = 30


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    return Judge(Tagger(cheese_lexicon(tmp_path)), FEEDS)


def batch(number: int) -> Batch:
    titles = (
        f"Alpina Dairy opens plant {number}",
        f"Gouda Works, raffle {number}",
        "ゴーダワークス",
    )
    return [
        StoredEntry(
            id=EntryId(3 * number + at),
            entry=entry(number=3 * number + at, feed=FEED.id, title=title),
            first_seen=NOW,
        )
        for at, title in enumerate(titles)
    ]


def batches() -> Iterator[Batch]:
    yield from map(batch, range(BATCHES))


def here(judge: Judge) -> list[list[Judged]]:
    return [[judge.judge(stored) for stored in each] for each in batches()]


def children() -> set[int]:
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(child) for file in listed for child in file.read_text("ascii").split()}


@pytest.mark.parametrize("processes", [0, 1, 2])
def test_the_answers_are_the_same_however_many_read(judge: Judge, processes: int) -> None:
    before = children()
    judged = list(judge_all(judge, batches(), processes))
    assert [list(answer) for _, answer in judged] == here(judge)
    assert [asked for asked, _ in judged] == list(batches())
    assert children() == before


def test_a_process_that_ends_is_done_without(
    judge: Judge, caplog: pytest.LogCaptureFixture
) -> None:
    before = children()
    judged: list[Sequence[Judged]] = []
    for _, answer in judge_all(judge, batches(), 1):
        for process in children() - before:
            os.kill(process, signal.SIGKILL)
        judged.append(answer)
    assert [list(answer) for answer in judged] == here(judge)
    assert "stories.worker_ended" in caplog.text


def test_a_process_that_does_not_answer_in_time_is_ended_and_done_without(
    judge: Judge, caplog: pytest.LogCaptureFixture
) -> None:
    before = children()
    judged: list[Sequence[Judged]] = []
    for _, answer in judge_all(judge, batches(), 1, timedelta(seconds=0.5)):
        for process in children() - before:
            os.kill(process, signal.SIGSTOP)
        judged.append(answer)
    assert [list(answer) for answer in judged] == here(judge)
    assert "stories.worker_ended" in caplog.text
    assert children() == before


@contextmanager
def free_files(number: int) -> Iterator[None]:
    """Let this process open only so many files more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened = [os.dup(0) for _ in range(number)]
    for file in opened:
        os.close(file)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(opened) + 1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("files", [1, 7], ids=["not one starts", "only one starts"])
def test_where_processes_do_not_start_all_is_read_here(
    judge: Judge, caplog: pytest.LogCaptureFixture, files: int
) -> None:
    before, expected = children(), here(judge)
    with free_files(files):
        judged = [list(answer) for _, answer in judge_all(judge, batches(), 2)]
    assert judged == expected
    assert "stories.workers_not_started reason=" in caplog.text
    assert children() == before


def test_who_stops_asking_leaves_no_process_behind(judge: Judge) -> None:
    before = children()
    for _ in judge_all(judge, batches(), 1):
        break
    assert children() == before


def test_few_entries_are_read_here() -> None:
    assert processes_for(MANY - 1) == 0
    assert processes_for(MANY) == min(len(os.sched_getaffinity(0)) - 1, MOST)


def asked(*messages: object) -> io.BytesIO:
    stream = io.BytesIO()
    for message in messages:
        send(stream, message)
    stream.seek(0)
    return stream


def test_a_worker_answers_until_its_parent_is_gone(judge: Judge) -> None:
    answers = io.BytesIO()
    serve(asked(Setup(pack(judge.tagger.lexicon), FEEDS), batch(1), batch(2)), answers)
    answers.seek(0)
    assert [receive(answers) is None for _ in range(3)] == [False, False, True]


def test_a_worker_that_is_told_nothing_ends() -> None:
    answers = io.BytesIO()
    serve(io.BytesIO(), answers)
    assert answers.getvalue() == b""


def test_half_a_message_is_none() -> None:
    stream = asked("news")
    assert receive(io.BytesIO(stream.getvalue()[:-1])) is None


class Fragile(Tagger):
    """Fails at everything."""

    def read(self, title: str, summary: str, *, lang: str, outlet: str = "") -> Reading:
        raise RecursionError(title, summary, lang, outlet)


def test_what_cannot_be_read_is_in_no_story(judge: Judge) -> None:
    judged = Judge(Fragile(judge.tagger.lexicon), FEEDS).judge(batch(1)[0])
    assert judged.traits is None
    assert judged.placement.dropped_by == "not relevant: it could not be read (RecursionError)"
