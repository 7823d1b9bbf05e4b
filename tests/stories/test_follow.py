"""A later stage finds the earlier one weeks later, in the other language, after any restart."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import ClusterId, FeedId, PollState, Stage, StoryId
from digest.settings import Feed
from digest.store import Store
from digest.stories.cluster import StoryIndex
from digest.stories.correct import correct
from digest.stories.corrections import Merge, Ties
from digest.stories.follow import follow
from digest.stories.ingest import ingest
from digest.stories.saga import Sagas
from digest.stories.tag import Reading, Tagger
from tests.builders import NOW, as_new, entry
from tests.stories.builders import built_in

FEED = Feed(id=FeedId("trade"), url="https://trade.example/", title="T")
BEGIN = (-60, "en", "Nissan and Honda begin talks on merging under one holding company")
PACT = (-40, "ja", "日産とホンダ、統合へ基本合意書を締結 持ち株会社を設立へ")
END = (-2, "en", "Honda, Nissan call off merger after row over subsidiary plan")
OTHER = (-20, "en", "Nissan to end production at Mexico's Civac plant")
NOBODY = (-19, "en", "Japan weighs tax cut for kei car buyers")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "state") as opened:
        opened.feeds.sync([FEED], NOW)
        yield opened


def tell(store: Store, *told: tuple[int, str, str], start: int = 1) -> None:
    """Poll and place headlines; an index of its own each time, as weeks later."""
    entries = [
        entry(number=n, title=title, lang=lang, published=NOW + timedelta(days=days))
        for n, (days, lang, title) in enumerate(told, start=start)
    ]
    store.feeds.record(FEED.id, PollState(), as_new(*entries), NOW)
    ingest(store, built_in(), StoryIndex(store.entries.next_cluster()), {FEED.id: FEED}, NOW)


def look(store: Store) -> int:
    return follow(store, StoryIndex(), built_in(), Sagas(built_in().lexicon))


def earlier(store: Store) -> dict[int, int | None]:
    found = store.entries.placed_since(NOW - timedelta(days=365))
    return {int(story.id): story.follows for story in found}


def test_each_stage_follows_the_one_before_across_languages_and_restarts(store: Store) -> None:
    tell(store, BEGIN, PACT)
    assert look(store) == 1
    tell(store, OTHER, NOBODY, END, start=3)
    assert look(store) == 1
    assert earlier(store) == {1: None, 2: 1, 3: None, 4: None, 5: 2}
    assert look(store) == 0


def test_what_was_placed_before_a_kill_is_looked_at_by_the_next_round(store: Store) -> None:
    tell(store, BEGIN)
    tell(store, PACT, start=2)
    assert look(store) == 1
    assert earlier(store) == {1: None, 2: 1}


def test_live_reports_are_not_read_again(store: Store) -> None:
    tell(store, PACT)
    look(store)
    index = StoryIndex(store.entries.next_cluster())
    store.feeds.record(
        FEED.id, PollState(), as_new(entry(number=2, title=END[2], summary="The two part.")), NOW
    )
    ingest(store, built_in(), index, {FEED.id: FEED}, NOW)
    assert follow(store, index, TitlesOnly(built_in().lexicon), Sagas(built_in().lexicon)) == 1


def test_many_clusters_are_looked_at_batch_by_batch(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.stories.follow.BATCH", 1)
    tell(store, BEGIN, PACT, END)
    assert look(store) == 2


def test_a_story_follows_what_the_earlier_one_became_and_never_itself(store: Store) -> None:
    tell(store, OTHER, BEGIN, END)
    assert store.entries.story(StoryId(3)) is not None
    look(store)
    stories = {
        story.reports[0].entry.title: story
        for story in store.entries.placed_since(NOW - timedelta(days=90))
    }
    begin, end, other = (stories[title] for _, _, title in (BEGIN, END, OTHER))
    assert end.follows == begin.id
    correct(store, Merge(stories=(begin.id, other.id)), "emi", NOW)
    assert earlier(store)[end.id] == min(begin.id, other.id)
    correct(store, Merge(stories=(begin.id, end.id)), "emi", NOW)
    assert earlier(store) == {min(begin.id, other.id): None}


class TitlesOnly(Tagger):
    """Must not be asked for a summary: what clustering compared of it is still there."""

    def read(self, title: str, summary: str, *, lang: str, outlet: str = "") -> Reading:
        assert not summary
        return super().read(title, summary, lang=lang, outlet=outlet)


class Fragile(Tagger):
    """Fails at one headline, as a fault that nobody has found yet would."""

    def read(self, title: str, summary: str, *, lang: str, outlet: str = "") -> Reading:
        if "merging" in title:
            raise RecursionError
        return super().read(title, summary, lang=lang, outlet=outlet)


def test_a_report_that_cannot_be_read_any_more_does_not_hold_up_the_others(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    tell(store, BEGIN, PACT, END)
    lexicon = built_in().lexicon
    other = replace(lexicon, given_names=frozenset())  # what was kept is of no use then
    assert follow(store, StoryIndex(), Fragile(other), Sagas(lexicon)) == 1
    assert "entry.unread entry=1 feed=trade" in caplog.text
    assert store.stages.new(10, 1) == {}


def test_stages_of_one_story_do_not_follow_each_other(store: Store) -> None:
    tell(store, BEGIN, END)
    begin, end = (story.id for story in store.entries.placed_since(NOW - timedelta(days=90)))
    correct(store, Merge(stories=(begin, end)), "emi", NOW)
    assert look(store) == 0
    marks = ["honda alliance", "nissan alliance"]
    stage = stage_like(ClusterId(2))
    assert store.stages.earlier(stage, marks, NOW - timedelta(days=90), limit=9) == []


def test_stages_that_an_older_version_wrote_are_passed_by(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(store, BEGIN)
    look(store)
    monkeypatch.setattr("digest.store.stages._FORM", 99)
    tell(store, PACT, start=2)
    assert look(store) == 0


def test_the_first_reports_of_a_cluster_say_what_it_is_about(store: Store) -> None:
    days, lang, title = BEGIN
    tell(store, *[(days, lang, title)] * 3)
    (reports,) = store.stages.new(10, 2).values()
    assert [report.stored.id for report in reports] == [1, 2]


def test_a_stage_found_later_does_not_cut_off_the_beginning(store: Store) -> None:
    tell(store, BEGIN, PACT, END)
    begin, pact, _ = store.stages.new(9, 3)
    assert look(store) == 2
    store.stages.record(stage_like(pact), [], None)  # as if nothing tied it to the beginning
    store.stages.extend(pact, begin)
    assert earlier(store) == {1: None, 2: 1, 3: 2}
    store.stages.extend(pact, ClusterId(3))
    assert earlier(store)[2] == 1


def test_a_tax_is_nobodys_saga(store: Store) -> None:
    tell(
        store,
        (-30, "ja", "自民税調、EVへの重量税上乗せを検討 28年から"),
        (-10, "en", "Japan to levy additional weight tax on electric cars from 2028"),
    )
    assert look(store) == 1


def stage_like(cluster: ClusterId) -> Stage:
    nothing = frozenset[str]()
    return Stage(
        cluster=cluster,
        published=NOW,
        subjects=frozenset(),
        companies=frozenset(),
        headline=nothing,
        concepts=nothing,
        names=nothing,
        numbers=frozenset(),
        skeletons=nothing,
    )


EARLY = (-9, "en", "Renault to sell 5% of Nissan to trim its stake")
LATE = (-4, "en", "Nissan stake is cut by Renault in 5% sale")


def stories(store: Store) -> set[int]:
    return {int(story.id) for story in store.entries.placed_since(NOW - timedelta(days=365))}


def test_what_a_weekly_tells_late_joins_the_story_of_its_news(store: Store) -> None:
    tell(store, EARLY)
    look(store)
    tell(store, LATE, start=2)
    assert stories(store) == {1, 2}
    assert look(store) == 0
    assert stories(store) == {1}
    assert earlier(store) == {1: None}


def test_the_live_story_of_late_news_is_the_earlier_one_from_then_on(store: Store) -> None:
    tell(store, EARLY)
    look(store)
    index = StoryIndex(store.entries.next_cluster())
    store.feeds.record(
        FEED.id,
        PollState(),
        as_new(entry(number=2, title=LATE[2], published=NOW - timedelta(days=4))),
        NOW,
    )
    ingest(store, built_in(), index, {FEED.id: FEED}, NOW)
    follow(store, index, built_in(), Sagas(built_in().lexicon))
    assert index.clusters[ClusterId(2)].story == StoryId(1)


def test_what_the_operator_split_is_not_joined_as_late_news(store: Store) -> None:
    tell(store, EARLY, LATE)
    index = StoryIndex()
    index.ties = Ties(apart=[(StoryId(1), StoryId(2))])
    follow(store, index, built_in(), Sagas(built_in().lexicon))
    assert stories(store) == {1, 2}
