from collections.abc import Iterable

import pytest
from msgspec import structs

from digest.model import ClusterId, Link, StoryId
from digest.stories.cluster import StoryIndex
from digest.stories.link import Linker
from digest.stories.traits import Traits
from tests.stories.builders import built_in, seen


def grouped(told: Iterable[Traits]) -> list[int]:
    """The story of each entry after one batch."""
    index = StoryIndex()
    clusters = [index.place(one).cluster for one in told]
    links = Linker(built_in().lexicon).link(index, clusters)
    stories = {link.cluster: int(link.story) for link in links}
    return [stories.get(cluster, int(cluster)) for cluster in clusters]


def pair(english: str, japanese: str, hours: float = 3) -> list[int]:
    return grouped(
        [
            seen(built_in(), 1, english),
            seen(built_in(), 2, japanese, hours=hours, lang="ja"),
        ]
    )


@pytest.mark.parametrize(
    ("english", "japanese"),
    [
        (
            "Toyota recalls 135,000 Prius cars over rear doors",
            "トヨタ、プリウス13万5000台リコール 後部ドアに不具合",
        ),
        (
            "Isuzu picks South Carolina for $280 million truck plant",
            "いすゞ、米サウスカロライナ州にトラック工場",
        ),
        (
            "Japan weighs relaxing safety checks for U.S.-made cars",
            "米国車の安全審査を簡素化へ 政府",
        ),
        ("Nissan, Honda end merger talks", "日産とホンダ、経営統合協議を打ち切り"),
        ("Nissan CEO Espinosa speaks of Oppama", "日産エスピノーサ社長、追浜を語る"),
        ("127,000 Toyota Tundra owners get a recall letter", "トヨタ、タンドラ12.7万台リコール"),
        ("Toyota recalls over 130,000 Prius cars", "トヨタ、13万5305台リコール プリウス"),
        ("Marelli lenders turn down Motherson", "マレリ債権者、マザーサンの提案を拒否"),
        ("Honda sees first annual loss since listing", "ホンダ、上場来初の最終赤字へ"),
        ("Chip row halts Honda plant in Mexico", "ホンダのセラヤ工場、再開めど立たず 半導体不足"),
        ("Mazda unveils CX-5 in Europe", "マツダ、新型CX-5を欧州で公開"),
        ("Afeela 1 deliveries slip again", "アフィーラ、米国での納車を延期"),
        ("Toyota stops taking orders for Mirai in Japan", "トヨタ、「ミライ」の国内受注を打ち切り"),
        ("Honda's Mibe vows return to profit by 2027", "ホンダ三部社長「27年に黒字化」"),
        ("Yanase to sell BYD cars through new company", "BYDとヤナセ、販売新会社"),
        ("Nissan raises 860 billion yen in convertibles", "日産、社債で8600億円調達"),
        ("Japan to suspend tax on car purchases for two years", "車購入時の税、2年停止へ 政府"),
        ("Nissan sells Zama site to logistics developer", "日産、座間事業所を売却"),
        ("Japan weighs EV battery health checks", "電動車の電池劣化検査、国が検討"),
    ],
)
def test_two_languages_tell_one_story(english: str, japanese: str) -> None:
    assert pair(english, japanese) == [1, 1]


@pytest.mark.parametrize(
    ("english", "japanese"),
    [
        ("Toyota recalls 135,000 Prius cars", "トヨタ、クラウン1万2000台をリコール"),
        (
            "Honda recalls 2.6 million vehicles in US over fuel pump",
            "ホンダ、国内113万台リコール 燃料ポンプ",
        ),
        ("Toyota raises full-year profit forecast", "トヨタ、通期予想を下方修正"),
        ("Mazda raises profit forecast on weak yen", "スバル、利益予想を上方修正"),
        ("Toyota launches EV", "トヨタ、人事異動"),
        ("Toyota recalls Prius over doors and brakes", "トヨタ、プリウスを北米で増産"),
        ("Toyota cuts output, Honda follows", "日産が希望退職、ホンダは採用人数を拡大"),
        ("Honda Civic recall over brakes", "ホンダ、N-BOXをリコール ブレーキに不具合"),
        ("Mazda raises profit forecast", "マツダ、業績予想を下方修正"),
        ("Sunny spells to return", "週末は晴れ間も"),
        ("Toyota recalls 127,000 Tundra pickups in US", "プリウス新規受注を停止 後部ドアに不具合"),
        ("Honda recalls 256,000 Accord cars in US", "ホンダ、N-BOXなど33万台をリコール"),
        ("Honda halts Mexico output on chip shortage", "ホンダ、メキシコの生産を再開"),
        (
            "Storm wrecks Toyota engine plant in Brazil, halting output",
            "田原工場、落雷でライン停止",
        ),
        ("Toyota unions submit spring wage demands", "トヨタ九州、期間従業員の時給引き上げ"),
        ("Parties agree to scrap provisional gasoline tax", "環境性能割、2年間停止へ"),
    ],
)
def test_look_alikes_stay_apart(english: str, japanese: str) -> None:
    assert pair(english, japanese) == [1, 2]


@pytest.mark.parametrize("hours", [90, 80, -80])
def test_reports_too_far_apart_in_time_are_not_linked(hours: float) -> None:
    title = "Toyota recalls 135,000 Prius cars over rear doors"
    assert pair(title, "トヨタ、プリウス13万5000台リコール 後部ドア", hours=hours) == [1, 2]
    assert pair("Toyota raises Prius output", "トヨタ、プリウスを増産", hours=hours) == [1, 2]


def test_a_late_report_that_tells_of_no_other_deed_joins_its_story() -> None:
    title = "Toyota recalls 135,000 Prius cars over rear doors"
    assert pair(title, "トヨタ、プリウス13万5000台リコール 後部ドア", hours=39) == [1, 1]
    probe = "トヨタ、プリウス13万5000台 当局が調査 後部ドア"
    assert pair(title, probe, hours=39) == [1, 2]


@pytest.mark.parametrize(
    ("english", "japanese"),
    [
        ("Nissan and Honda open merger talks", "日産と三菱自、統合協議を打ち切り"),
        ("Isuzu and Hyundai agree on truck alliance", "いすゞとトヨタ、トラックで提携"),
        ("Honda cuts hydrogen plant plan in Tochigi", "ホンダ、インドに電動二輪の新工場"),
    ],
)
def test_other_partners_and_other_products_are_other_events(english: str, japanese: str) -> None:
    assert pair(english, japanese) == [1, 2]


def test_reports_of_one_language_in_other_words_join_their_story() -> None:
    assert grouped(
        [
            seen(built_in(), 1, "Aisin walks away from Jatco, leaving Nissan to find plan B"),
            seen(built_in(), 2, "Nissan, Aisin end Jatco talks without deal", hours=1),
            seen(built_in(), 3, "日産とアイシン、ジヤトコ売却交渉を打ち切り", hours=2, lang="ja"),
        ]
    ) == [1, 1, 1]


def test_a_story_takes_only_what_is_like_all_of_it() -> None:
    stories = grouped(
        [
            seen(built_in(), 1, "Toyota recalls 135,000 Prius cars over rear doors"),
            seen(built_in(), 2, "トヨタ、プリウス13万5000台リコール 後部ドア", lang="ja"),
            seen(built_in(), 3, "トヨタ、プリウスのハイブリッド電池を刷新 新型を発売", lang="ja"),
        ]
    )
    assert stories == [1, 1, 3]


def test_of_two_stages_each_report_joins_its_own() -> None:
    stories = grouped(
        [
            seen(built_in(), 1, "Honda and Nissan begin merger talks"),
            seen(built_in(), 2, "ホンダと日産、経営統合へ協議入り", hours=1, lang="ja"),
            seen(built_in(), 3, "日産とホンダ、経営統合を撤回 協議打ち切り", hours=50, lang="ja"),
            seen(built_in(), 4, "Nissan, Honda call off merger", hours=52),
        ]
    )
    assert stories == [1, 1, 3, 3]


def test_two_reports_that_both_match_a_third_in_the_other_language_are_one_story() -> None:
    stories = grouped(
        [
            seen(built_in(), 1, "デンソーのローム買収提案、株価は急落", lang="ja"),
            seen(
                built_in(),
                2,
                "Denso proposes $8.3 billion takeover of chipmaker Rohm, shares tumble",
                hours=1,
            ),
            seen(
                built_in(), 3, "半導体ロームにTOB提案 デンソーが1兆3000億円で", hours=2, lang="ja"
            ),
        ]
    )
    assert stories == [1, 1, 1]


def test_links_are_kept_in_the_index_and_not_told_twice() -> None:
    index = StoryIndex()
    linker = Linker(built_in().lexicon)
    index.place(seen(built_in(), 1, "Toyota recalls 135,000 Prius cars over rear doors"))
    index.place(seen(built_in(), 2, "トヨタ、プリウス13万5000台リコール 後部ドア", lang="ja"))
    assert linker.link(index, [ClusterId(1), ClusterId(2), ClusterId(99)]) == [
        Link(cluster=ClusterId(2), story=StoryId(1))
    ]
    assert index.clusters[ClusterId(2)].story == 1
    assert linker.link(index, [ClusterId(2)]) == []


def test_a_mention_is_compared_too() -> None:
    title = "Ford, unlike Toyota, keeps Prius rival with 135,000 cars"
    assert pair(title, "フォード、13万5000台を維持 トヨタのプリウスに対抗") == [1, 1]


@pytest.mark.parametrize(
    "third", ["Honda recalls 42,000 Civic cars over rear doors", "Toyota union picks Inaba"]
)
def test_a_story_takes_nothing_that_shares_little_with_its_other_reports(third: str) -> None:
    stories = grouped(
        [
            seen(built_in(), 1, "Toyota recalls 135,000 Prius cars over rear doors"),
            seen(
                built_in(),
                2,
                "トヨタ、プリウス13万5000台リコール 後部ドア ホンダはシビック 労組イナバ",
                lang="ja",
            ),
            seen(built_in(), 3, third),
        ]
    )
    assert stories == [1, 1, 3]


def test_companies_that_are_always_in_the_news_and_a_broad_subject_are_no_event() -> None:
    assert grouped(
        [
            seen(
                built_in(),
                1,
                "How Japan's big carmakers learnt to like each other",
                summary="Toyota, Honda and Nissan turn to partnerships as tariffs loom.",
            ),
            seen(
                built_in(),
                2,
                "After the failed Nissan-Honda merger, Toyota sounds out Nissan on partnership",
            ),
        ]
    ) == [1, 2]


def test_a_namesake_and_its_like_from_other_trades_join_no_story_of_a_company() -> None:
    told = [
        seen(built_in(), 1, "Yamaha Motor raises outlook on weak yen"),
        seen(built_in(), 2, "ヤマハ発、通期予想を上方修正 円安で", lang="ja"),
        seen(built_in(), 3, "ヤマハ、純利益予想を引き上げ 楽器が好調", lang="ja"),
        seen(built_in(), 4, "Yamaha Corp lifts forecast on guitars"),
        seen(built_in(), 5, "三菱電機、通期予想を上方修正 円安で", lang="ja"),
    ]
    motor, too, *others = grouped(told)
    assert motor == too
    assert motor not in others


def test_a_car_is_one_with_its_maker_and_without() -> None:
    assert pair("Probe into Nissan Rogue braking", "日産「ローグ」の急ブレーキを調査") == [1, 1]


def test_a_large_story_is_asked_by_its_largest_clusters() -> None:
    index, linker = StoryIndex(), Linker(built_in().lexicon)
    title = "Toyota recalls 135,000 Prius cars over rear doors"
    places = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel")
    for number, place in enumerate(places, start=1):
        one = seen(built_in(), number, f"{title} {place}")
        index.place(structs.replace(one, terms={place: 16}, key=place))
        index.assign(ClusterId(number), StoryId(1))
    japanese = seen(built_in(), 9, "トヨタ、プリウス13万5000台リコール 後部ドア", lang="ja")
    placed = index.place(japanese).cluster
    assert linker.link(index, [placed]) == [Link(cluster=placed, story=StoryId(1))]


def test_reports_of_one_language_that_contradict_keep_their_stories_apart() -> None:
    index, linker = StoryIndex(), Linker(built_in().lexicon)
    told = (
        ("en", "Toyota recalls 135,000 Prius cars over rear doors"),
        ("ja", "トヨタ、プリウス13万5000台リコール 後部ドアに不具合"),
        ("en", "Toyota raises full-year profit forecast on weak yen"),
    )
    for number, (lang, title) in enumerate(told, start=1):
        index.place(seen(built_in(), number, title, lang=lang))
    index.assign(ClusterId(3), StoryId(2))
    assert linker.link(index, [ClusterId(1), ClusterId(2)]) == []
