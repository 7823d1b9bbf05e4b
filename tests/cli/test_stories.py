"""`digest stories`: what is listed, found and shown, and what the operator says of it."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.model import FeedId, PollState
from digest.settings import Feed
from digest.store import Store
from digest.store.database import lock
from digest.stories.cluster import StoryIndex
from digest.stories.follow import follow
from digest.stories.ingest import ingest
from digest.stories.saga import Sagas
from tests.builders import as_new, entry
from tests.cli.conftest import Digest
from tests.stories.builders import built_in

NOON = datetime(2026, 11, 12, 3, tzinfo=UTC)
FEED = Feed(id=FeedId("trade"), url="https://trade.example/", title="T")
RECALL = "Toyota recalls 135,000 Prius cars over rear doors"
RECALL_JA = "トヨタ、プリウス13万5000台リコール 後部ドアに不具合"
PLANT = "Mazda picks Hofu for battery module plant"
END = "Honda, Nissan call off merger after row over subsidiary plan"
BEGIN = "Nissan and Honda begin talks on merging under one holding company"
TOLD = ((70, RECALL), (69, RECALL_JA), (68, PLANT), (2, END))


@pytest.fixture(autouse=True)
def stories(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stories 1 of old, 2 (entries 2 and 3), 4 (entry 4), and 5 (entry 5), which follows 1."""
    monkeypatch.setenv("USER", "emi")
    monkeypatch.delenv("SUDO_USER", raising=False)
    with Store.open(project / "state") as store:
        store.feeds.sync([FEED], NOON)
        place(store, (24 * 40, BEGIN))
        place(store, *TOLD, start=2)
        follow(store, StoryIndex(), built_in(), Sagas(built_in().lexicon))


def place(store: Store, *told: tuple[int, str], start: int = 1) -> None:
    """Poll headlines, published so many hours before noon, and make stories of them."""
    entries = [
        entry(
            number=n,
            title=title,
            lang="en" if title.isascii() else "ja",
            published=NOON - timedelta(hours=hours),
            outlet=f"Paper {n}",
        )
        for n, (hours, title) in enumerate(told, start=start)
    ]
    store.feeds.record(FEED.id, PollState(), as_new(*entries), NOON)
    ingest(store, built_in(), StoryIndex(store.entries.next_cluster()), {FEED.id: FEED}, NOON)


def listed(digest: Digest, *options: str) -> dict[str, list[str]]:
    rows = digest("stories", *options).out.splitlines()
    return {cells[0]: cells for row in rows if (cells := row.split("\t"))}


def test_a_story_is_shown_with_its_entries_and_what_it_follows(digest: Digest) -> None:
    shown = digest("stories", "show", "5").out
    assert shown.startswith("story 5: 1 report by 1 independent outlet\n")
    assert f"follows story 1, 2026-10-03: {BEGIN}" in shown
    assert f"[5] Paper 5: {END}" in shown


def test_stories_are_given_as_json_too(digest: Digest) -> None:
    rows = json.loads(digest("stories", "--json", "--company", "mazda").out)
    assert [(row["story"], row["headline"]) for row in rows] == [(4, PLANT)]
    digest("stories", "lead", "2", "3")
    story = json.loads(digest("stories", "show", "2", "--json").out)
    assert [report["entry"] for report in story["reports"]] == [2, 3]
    assert story["reports"][0]["companies"] == {"toyota": "subject"}
    assert story["corrections"][0]["what"] == "lead: entry 3 tells it"
    assert json.loads(digest("stories", "show", "5", "--json").out)["follows"] == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--company", "nisan"), "no company has the id 'nisan'; did you mean nissan?"),
        (("--topic", "Recalls"), "no topic has the id 'Recalls'; did you mean recall_safety?"),
        (("--topic", "?"), "no topic has the id '?'; there are: tariffs_trade, mergers_alliances"),
    ],
)
def test_a_company_or_topic_that_nobody_knows_is_a_usage_error(
    digest: Digest, options: tuple[str, ...], says: str
) -> None:
    ended = digest("stories", *options)
    assert (ended.status, says in ended.errors) == (2, True), ended.errors


def test_entries_are_chosen_as_stories_are(digest: Digest) -> None:
    def told(*options: str) -> list[str]:
        rows = digest("stories", "--jsonl", *options).out.splitlines()
        return [json.loads(row)["title"] for row in rows]

    assert told("--company", "toyota") == [RECALL, RECALL_JA]
    assert told("--topic", "mergers_alliances") == [END]
    assert told("--search", "hofu") == [PLANT]
    assert len(told()) == len(TOLD)


def test_words_are_searched_in_any_writing(digest: Digest) -> None:
    assert set(listed(digest, "--search", "ﾘｺｰﾙ とよた")) == {"2"}
    assert set(listed(digest, "--search", "hofu")) == {"4"}
    assert listed(digest, "--search", "ホンダ") == {}


def test_merged_stories_are_listed_as_one_and_found_by_either_number(digest: Digest) -> None:
    assert digest("stories", "merge", "4", "2").out == "stories 2 and 4 are one now: story 2\n"
    assert set(listed(digest)) == {"2", "5"}
    assert listed(digest)["2"][-1] == "merge"
    shown = digest("stories", "show", "4").out
    assert "story 4 is part of it" in shown
    assert "merged: story 4 came into story 2 (emi, 2026-11-12 12:00)" in shown
    again = digest("stories", "merge", "2", "4")
    assert (again.status, "one already" in again.out) == (0, True)
    assert "on its own again" in digest("stories", "merge", "2", "4", "--undo").out
    assert set(listed(digest)) == {"2", "4", "5"}


def test_a_slip_in_the_name_of_a_command_is_answered_with_the_name(digest: Digest) -> None:
    ended = digest("stories", "exlude", "5")
    assert (ended.status, "Did you mean 'exclude'?" in ended.errors) == (2, True)


def test_a_split_is_shown_on_both_sides(digest: Digest) -> None:
    assert digest("stories", "split", "2", "3").out == "entry 3 left story 2 for story 6\n"
    assert "entry 3 left for story 6" in digest("stories", "show", "2").out
    assert "entry 3 came from story 2" in digest("stories", "show", "6").out
    assert "part of story 2 again" in digest("stories", "split", "6", "--undo").out


def test_the_chosen_headline_is_listed(digest: Digest) -> None:
    digest("stories", "lead", "2", "3")
    assert listed(digest)["2"][-2:] == [RECALL_JA, "lead"]
    assert "lead: entry 3 tells it" in digest("stories", "show", "2").out
    digest("stories", "lead", "2", "--undo")
    assert listed(digest)["2"][-2:] == [RECALL, ""]


def test_an_excluded_story_is_in_no_issue_until_that_is_undone(digest: Digest) -> None:
    assert RECALL in digest("preview").out
    assert "in no issue" in digest("stories", "exclude", "2").out
    issue = digest("preview").out
    assert (RECALL in issue, PLANT in issue) == (False, True)
    assert listed(digest)["2"][-1] == "exclude"
    assert "excluded: in no issue" in digest("stories", "show", "2").out
    digest("stories", "exclude", "2", "--undo")
    assert RECALL in digest("preview").out


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("merge", "1", "77"), "there is no story 77"),
        (("merge", "1"), "two stories or more"),
        (("split", "2", "4"), "entry 4 is not in story 2 but in story 4"),
        (("split", "2", "2", "3"), "nothing would be left"),
        (("split", "2"), "`digest stories show 2` says their numbers"),
        (("lead", "1", "77"), "no story has an entry 77"),
        (("exclude", "77"), "there is no story 77"),
        (("exclude", "9" * 30), "Invalid value"),
        (("show", "0"), "Invalid value"),
    ],
)
def test_what_cannot_be_corrected_is_a_usage_error(
    digest: Digest, command: tuple[str, ...], says: str
) -> None:
    ended = digest("stories", *command)
    assert (ended.status, says in ended.errors) == (2, True), ended.errors


def test_a_wish_that_lacks_something_waits_for_no_lock(digest: Digest, project: Path) -> None:
    with lock(project / "state"):
        for command in (("split", "2"), ("lead", "2"), ("merge", "2")):
            ended = digest("stories", *command)
            assert (ended.status, "waiting" in ended.errors) == (2, False), command


@pytest.mark.parametrize(
    ("names", "who"),
    [
        ({"SUDO_USER": "emi", "USER": "root"}, "emi"),
        ({"USER": "", "LOGNAME": "ken"}, "ken"),
    ],
)
def test_who_said_it_is_a_person(
    digest: Digest, monkeypatch: pytest.MonkeyPatch, names: dict[str, str], who: str
) -> None:
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    digest("stories", "exclude", "2")
    assert f"({who}, " in digest("stories", "show", "2").out


def test_while_another_holds_the_lock_the_wish_waits_for_it(digest: Digest, project: Path) -> None:
    """What holds it here is no service: when it ends, the command does it itself."""
    held, asked = threading.Event(), threading.Event()

    def hold() -> None:
        with lock(project / "state"), Store.open(project / "state") as store:
            held.set()
            while not store.requests.open():
                asked.wait(0.01)
            (request,) = store.requests.open()
            assert request.kind == "correct"
            assert request.arguments["who"] == "emi"

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    ended = digest("stories", "exclude", "4")
    holder.join()
    assert ended.out == "story 4 is excluded: in no issue and no alert from now on\n"


def test_show_says_on_which_figures_outlets_agree(digest: Digest) -> None:
    shown = digest("stories", "show", "2").out
    (agreed,) = [line for line in shown.splitlines() if "agree: " in line]
    assert "135,000" in agreed
    assert "13万5000台" in agreed
    assert agreed.endswith("(Paper 2, Paper 3)")
