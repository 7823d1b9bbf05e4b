from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from digest.model import ClusterId, EntryId, StoryId
from digest.stories.centroid import Cluster
from digest.stories.cluster import SWEEP, WINDOW, StoryIndex
from digest.stories.likeness import doubt
from digest.stories.traits import Traits
from tests.stories.builders import built_in, seen

TITLES = (
    "Nissan to close two plants in Japan and cut 10,000 jobs",
    "Nissan will shut two Japanese plants, cutting 10,000 jobs",
    "Toyota recalls 135,000 Prius cars over rear doors",
    "Toyota recalls 135,000 Prius cars over rear doors - Reuters",
    "Honda unveils 0 Series SUV prototype",
    "Mazda picks Hofu for battery module plant",
    "日産、国内2工場を閉鎖 1万人を削減",
    "日産が国内2工場閉鎖へ、1万人削減",
    "トヨタ、プリウス13万5000台リコール",
    "Personnel",
)


def place(*told: Traits) -> list[int]:
    index = StoryIndex()
    return [int(index.place(one).cluster) for one in told]


def told(*titles: str, hours: Sequence[float] = (), lang: str = "en") -> list[Traits]:
    when = hours or range(len(titles))
    return [
        seen(built_in(), number, title, hours=hour, lang=lang)
        for number, (title, hour) in enumerate(zip(titles, when, strict=True), start=1)
    ]


def test_reports_of_one_event_share_a_cluster_and_others_do_not() -> None:
    assert place(*told(TITLES[0], TITLES[1], TITLES[2], TITLES[4])) == [1, 1, 2, 3]
    assert place(*told(*TITLES[6:9], lang="ja")) == [1, 1, 2]


def test_languages_are_clustered_apart() -> None:
    english, japanese = told(TITLES[0], TITLES[6])
    assert place(english, structs.replace(japanese, lang="ja")) == [1, 2]


def test_the_same_words_about_another_company_are_another_event() -> None:
    assert place(
        *told("Toyota cuts full-year profit forecast", "Honda cuts full-year profit forecast")
    ) == [1, 2]


def test_a_cluster_that_was_idle_for_the_window_takes_no_more() -> None:
    live, idle = WINDOW / timedelta(hours=1), (WINDOW + SWEEP) / timedelta(hours=1)
    assert place(*told(TITLES[0], TITLES[0], hours=[0, idle])) == [1, 2]
    assert place(*told(TITLES[0], TITLES[0], TITLES[0], hours=[0, live, idle])) == [1, 1, 1]


def test_age_weakens_likeness() -> None:
    later = "Nissan to close two plants: what it leaves to Kanagawa"
    assert place(*told(TITLES[0], later, hours=[0, 1])) == [1, 1]
    assert place(*told(TITLES[0], later, hours=[0, 94])) == [1, 2]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "トヨタ、プリウス13万台をリコール 後部ドアに不具合",
            "トヨタ、シエンタ5万台をリコール スライドドアに不具合",
        ),
        (
            "ホンダ、N-BOXなど33万台リコール シートベルトに不具合",
            "ホンダ、フィットなど28万台リコール ブレーキに不具合",
        ),
        ("スズキ、ジムニー2万台リコール 変速機", "スズキ、スペーシア7000台を回収 ブレーキ"),
        (
            "ホンダ、33万台をリコール シートベルトの金具に不具合",
            "ホンダ、7万台をリコール 後輪ブレーキに不具合",
        ),
        (
            "ホンダ、N-BOX 3万2000台リコール 燃料ポンプに不具合",
            "ホンダ、フィット 3万2000台リコール 燃料ポンプに不具合",  # as many
        ),
    ],
)
def test_two_recalls_of_one_maker_are_two_events(one: str, other: str) -> None:
    others = ("マツダ、新型SUV発売", "スバル、円安で増益", "いすゞ、自動運転バスを実験")
    assert place(*told(*others, one, other, lang="ja")) == [1, 2, 3, 4, 5]


def test_two_new_cars_of_one_maker_are_two_events_and_one_in_two_spellings_is_one() -> None:
    others = ("スバル、円安で増益", "いすゞ、自動運転バスを実験")
    launch = "トヨタ、新型スーパーカー「GR GT」世界初公開 V8ハイブリッド"
    pickup = "新型ハイラックス世界初公開 EVも設定 タイで"
    assert place(*told(*others, launch, pickup, lang="ja")) == [1, 2, 3, 4]
    mazda = ("マツダ、新型CX-5を世界初公開", "マツダ、CX-5を世界初公開 画面大きく")
    assert place(*told(*others, *mazda, lang="ja")) == [1, 2, 3, 3]


def test_one_recall_told_without_its_car_or_number_is_one_event() -> None:
    assert place(
        *told(
            "トヨタ、プリウス13万5000台をリコール 後部ドアに不具合",
            "トヨタがリコール 後部ドアに不具合 プリウス13万台超",
            lang="ja",
        )
    ) == [1, 1]


def test_what_can_be_no_more_like_than_the_best_is_not_compared() -> None:
    assert place(
        *told(
            "Union strike halts Ohio brake plant",
            "Leaf battery fire probe widens in Texas",
            "Leaf battery fire probe widens to Ohio plant",
        )
    ) == [1, 2, 2]


def test_a_short_headline_that_comes_again_is_no_copy() -> None:
    assert place(*told("Personnel", "Personnel", hours=[0, 90])) == [1, 2]
    assert place(*told(TITLES[0], TITLES[0], hours=[0, 90])) == [1, 1]


def test_a_copy_speaks_with_the_voice_of_what_it_copies() -> None:
    index = StoryIndex()
    first = index.place(seen(built_in(), 1, TITLES[2], owner="reuters"))
    copy = index.place(seen(built_in(), 2, TITLES[3], owner="local"))
    retold = index.place(
        seen(built_in(), 3, "Prius recall: Toyota calls back 135,000 cars for doors", owner="auto")
    )
    assert (copy.cluster, copy.owner) == (first.cluster, "reuters")
    assert (retold.cluster, retold.owner) == (first.cluster, "auto")


def test_a_revised_entry_stays_in_its_cluster() -> None:
    index = StoryIndex()
    index.place(seen(built_in(), 1, TITLES[0]))
    index.place(seen(built_in(), 2, TITLES[4], hours=1))
    again = index.place(seen(built_in(), 1, "Something else entirely", hours=0))
    assert again.cluster == 1
    assert index.place(seen(built_in(), 3, "Something else entirely", hours=2)).cluster == 1


def test_an_entry_that_a_rule_leaves_out_now_is_forgotten() -> None:
    index = StoryIndex()
    index.place(seen(built_in(), 1, TITLES[0]))
    index.place(seen(built_in(), 2, TITLES[1]))
    index.forget(EntryId(2))
    assert not index.knows(EntryId(2))
    assert 1 in index.clusters
    index.forget(EntryId(1))
    index.forget(EntryId(1))
    assert index.clusters == {}
    assert index.place(seen(built_in(), 3, TITLES[0])).cluster == 2


def test_what_leaves_takes_only_its_own_along() -> None:
    index = StoryIndex()
    for one in told("Personnel", "Personnel", TITLES[0], hours=[0, 90, 91]):
        index.place(one)
    index.assign(ClusterId(3), StoryId(1))
    index.forget(EntryId(2))
    assert index.of_story(StoryId(1)) == {1, 3}
    index.forget(EntryId(3))
    assert index.of_story(StoryId(1)) == {1}
    assert index.entries == 1


def test_a_report_that_names_more_companies_joins_the_others() -> None:
    more = "Nissan to close two plants in Japan and cut 10,000 jobs, Renault and Honda watch"
    index = StoryIndex()
    assert [index.place(one).cluster for one in told(TITLES[0], more, TITLES[4])] == [1, 1, 2]
    assert {"nissan", "renault", "honda"} <= index.clusters[ClusterId(1)].profile.companies


def test_a_cluster_of_many_words_is_known_by_the_most_frequent() -> None:
    index = StoryIndex()
    for number in range(1, 6):
        noise = " ".join(f"word{letter}{'abcdefgh'[number]}" for letter in "abcdefghijklmnopqrst")
        index.place(seen(built_in(), number, TITLES[0], summary=noise))
    (cluster,) = index.clusters.values()
    assert len(cluster.sums) > len(cluster.centroid.sums)
    assert {"plant", "job", "wordab"} & cluster.centroid.sums.keys() >= {"plant", "job"}
    assert index.place(seen(built_in(), 9, TITLES[1])).cluster == cluster.id


def test_words_alone_in_a_language_that_was_not_measured() -> None:
    french = "Nissan ferme deux usines au Japon et supprime 10.000 emplois"
    assert place(*told(french, french + " demain", lang="fr")) == [1, 1]


def test_an_entry_without_a_word_begins_a_cluster() -> None:
    assert place(*told("???", "!!!")) == [1, 2]


def test_a_term_that_everybody_uses_is_not_looked_up() -> None:
    index = StoryIndex()
    for number in range(1, 130):
        words = f"Honda notes vehicle{number} colour{number} place{number} person{number}"
        index.place(seen(built_in(), number, words))
    seventh = seen(built_in(), 200, "Honda notes vehicle97 colour97 place97 person97 again")
    assert EntryId(97) in index.clusters[index.place(seventh).cluster].members


def test_the_text_of_the_first_reports_is_known_again_among_many() -> None:
    index = StoryIndex()
    first = seen(built_in(), 1, TITLES[2], owner="reuters")
    index.place(first)
    for number in range(2, 80):
        same = structs.replace(first, entry=EntryId(number), owner=f"owner-{number}")
        index.place(same)
        own = {f"{number}{letter}": 16 for letter in "abcdefghijklmnopqrstuvwxyz"}
        told = structs.replace(same, key=f"headline number {number}", terms=own, words=26)
        assert index.place(told).cluster == 1  # it stays where it was, in other words
    again = index.place(seen(built_in(), 90, TITLES[3], owner="local"))
    assert (again.cluster, again.owner) == (1, "reuters")
    late = structs.replace(
        first, entry=EntryId(91), key="headline number 79", owner="local", terms={}
    )
    again = index.place(late)  # known by its headline alone
    assert (again.cluster, again.owner) == (1, "owner-79")


def test_a_headline_is_known_by_whoever_has_it_still() -> None:
    told = [
        structs.replace(seen(built_in(), number, TITLES[2], owner=f"owner-{number}"), key="brief")
        for number in range(1, 5)
    ]
    placed = [(ClusterId(n), StoryId(n), one) for n, one in zip((1, 2, 1), told, strict=False)]
    index = StoryIndex.rebuild(placed, ClusterId(3))
    index.place(structs.replace(told[0], key="not so brief", owner="owner-1"))
    index.forget(EntryId(2))
    again = index.place(told[3])
    assert (again.cluster, again.owner) == (1, "owner-3")


def test_words_are_those_of_the_first_in_the_same_cluster() -> None:
    told = [
        structs.replace(seen(built_in(), number, TITLES[0], owner=f"owner-{number}"), key="brief")
        for number in range(1, 5)
    ]
    placed = [(ClusterId(n), StoryId(n), one) for n, one in zip((1, 2, 2), told, strict=False)]
    index = StoryIndex.rebuild(placed, ClusterId(3))
    again = index.place(told[2])  # revised
    assert (again.cluster, again.owner) == (2, "owner-2")


def test_a_headline_that_an_entry_gave_up_is_no_longer_its_own() -> None:
    told = [
        structs.replace(seen(built_in(), number, TITLES[2], owner=f"owner-{number}"), key="a" * 12)
        for number in range(1, 4)
    ]
    placed = [(ClusterId(n), StoryId(n), one) for n, one in enumerate(told[:2], start=1)]
    index = StoryIndex.rebuild(placed, ClusterId(3))
    index.place(structs.replace(told[1], key="b" * 12))
    index.forget(EntryId(1))
    third = structs.replace(told[2], terms={"quite": 16, "other": 16, "words": 16, "here": 16})
    assert index.place(third).cluster == 3


def test_an_entry_that_is_years_older_than_what_it_is_like_is_another_event() -> None:
    for years in (1, 6, 20):
        late = timedelta(days=365 * years) / timedelta(hours=1)
        index = StoryIndex()
        assert index.place(seen(built_in(), 1, TITLES[0], hours=late)).cluster == 1
        old = structs.replace(seen(built_in(), 2, TITLES[0], hours=0), key="another headline")
        assert index.place(old).cluster == 2


def test_copies_are_no_news_of_their_cluster_but_what_says_more_is() -> None:
    index = StoryIndex()
    first = seen(built_in(), 1, "Toyota recalls Prius over rear doors")
    assert index.news([index.place(first).cluster]) == [1]
    again = structs.replace(first, entry=EntryId(2))
    assert index.news([index.place(again).cluster]) == []
    index.place(
        structs.replace(first, entry=EntryId(3), names=frozenset(), skeletons=frozenset({"spns"}))
    )
    assert index.news([ClusterId(1), ClusterId(7)]) == [1]
    index.place(again)  # revised: what it said before may be gone
    assert index.news([ClusterId(1)]) == [1]
    assert index.news([ClusterId(1)]) == []


def test_that_a_cluster_is_of_the_industry_after_all_is_news() -> None:
    index = StoryIndex()
    outside = structs.replace(seen(built_in(), 1, "Strike at the port goes on"), outside=True)
    assert index.news([index.place(outside).cluster]) == [1]
    index.place(structs.replace(outside, entry=EntryId(2), outside=False))
    assert index.news([ClusterId(1)]) == [1]


def test_a_headline_that_its_first_report_gave_up_is_known_by_the_next() -> None:
    index = StoryIndex()
    for number in (1, 2):
        index.place(seen(built_in(), number, TITLES[2], owner=f"owner-{number}"))
    index.forget(EntryId(1))
    again = index.place(seen(built_in(), 3, TITLES[2], owner="local"))
    assert (again.cluster, again.owner) == (1, "owner-1")  # whose words the second had


placements = st.lists(
    st.tuples(st.integers(0, len(TITLES) - 1), st.integers(0, 200)), min_size=1, max_size=25
)


@settings(max_examples=60, deadline=None)
@given(placements, st.integers(0, 25))
@example([(0, 0), (9, 0), (9, 55), (0, 97), (9, 97)], 4)  # the first with a headline is gone
def test_a_restart_in_the_middle_changes_nothing(chosen: list[tuple[int, int]], stop: int) -> None:
    chosen.sort(key=lambda pair: pair[1])
    entries = [
        seen(built_in(), n, TITLES[title], hours=hour, lang="en" if title < 6 else "ja")
        for n, (title, hour) in enumerate(chosen, start=1)
    ]
    straight = StoryIndex()
    expected = [straight.place(one) for one in entries]

    before = StoryIndex()
    placed = [before.place(one) for one in entries[:stop]]
    after = StoryIndex.rebuild(
        [
            (where.cluster, StoryId(where.cluster), structs.replace(one, owner=where.owner))
            for one, where in zip(entries, placed, strict=False)
        ],
        ClusterId(max((where.cluster for where in placed), default=0) + 1),
    )
    assert placed + [after.place(one) for one in entries[stop:]] == expected


@settings(max_examples=30, deadline=None)
@given(placements)
def test_the_same_entries_give_the_same_clusters(chosen: list[tuple[int, int]]) -> None:
    entries = [
        seen(built_in(), n, TITLES[title], hours=hour) for n, (title, hour) in enumerate(chosen)
    ]
    assert place(*entries) == place(*entries)


def test_a_stop_and_a_restart_are_two_events_however_alike_their_words() -> None:
    stop, start = "トヨタ、14ライン停止 部品工場火災", "トヨタ、14ライン再開へ 部品工場火災"
    assert place(*told(stop, start, hours=[0, 30], lang="ja")) == [1, 2]


def test_the_same_matter_of_other_partners_is_another_event() -> None:
    one = "Isuzu and Hino show a driverless city bus in Nagoya"
    other = "Isuzu and Toyota show a driverless city bus in Kyoto"
    assert doubt(told(other)[0], cluster_of(told(one)[0])) < 1
    assert doubt(told(one)[0], cluster_of(told(one)[0])) == 1


def test_what_happens_must_be_the_same() -> None:
    recall = cluster_of(told("Toyota recalls Prius over rear doors")[0])
    assert doubt(told("Toyota raises output of Prius")[0], recall) < 1


def cluster_of(entry: Traits) -> Cluster:
    cluster = Cluster(ClusterId(1), entry.lang, StoryId(1))
    cluster.add(entry)
    return cluster


def test_who_names_no_company_tells_of_another_event_where_only_a_word_is_shared() -> None:
    titles = ["Toyota recalls 120,000 Corollas", "Peloton recalls 2 million bikes"]
    assert place(*told(*titles)) == [1, 2]
    assert place(*told(*titles[::-1])) == [1, 2]


def test_what_is_of_another_trade_is_no_report_of_a_companys_event() -> None:
    maker, sister = told("Nissan raises profit forecast", "Nissan Chemical raises profit forecast")
    carmaker = told("Japanese carmaker raises profit forecast")[0]
    assert (maker.outside, sister.outside, carmaker.outside) == (False, True, False)
    for one, other in ((maker, sister), (sister, maker)):
        assert doubt(one, cluster_of(other)) < doubt(maker, cluster_of(carmaker)) < 1


def test_another_number_of_cars_is_another_event() -> None:
    recall = cluster_of(told("Toyota recalls 135,000 Prius cars over rear doors")[0])
    assert doubt(told("Toyota recalls 12,000 Prius cars over rear doors")[0], recall) < 1
    assert doubt(told("Toyota recalls 135,000 Prius over rear doors")[0], recall) == 1


def test_a_large_cluster_is_forgotten_with_all_its_words() -> None:
    title = "Foundry to close two plants in Japan"
    many = told(*[title] * 63, hours=[0] * 63)
    many = [
        structs.replace(one, terms=one.terms | {f"x{n // 2}": 16}) for n, one in enumerate(many)
    ]
    later = (WINDOW + SWEEP) / timedelta(hours=1)
    asked = seen(built_in(), 98, "Personnel", hours=later)
    again = seen(built_in(), 99, "Directors", hours=later)
    again = structs.replace(again, terms={"x30": 16})
    assert place(*many, asked, again) == [
        *[1] * 63,
        2,
        3,
    ]


def test_a_word_said_a_thousand_times_says_no_more_when_said_again() -> None:
    often, more = (seen(built_in(), 1, "zinc " * times) for times in (500, 600))
    assert often.terms == more.terms
