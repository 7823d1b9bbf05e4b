"""Headlines that lead astray, read by the shipped lexicon."""

import pytest

from digest.model import Role
from tests.stories.builders import built_in

NOT_COMPANIES = """
Toyota Stadium to host rugby final
Keisuke Honda joins Cambodian club as coach
Ichiro Suzuki enters Hall of Fame
Sculptor Dana Nissan brings desert bronzes to Asheville
Nissan Chemical lifts full-year profit forecast
日産化学、純利益予想を上方修正
国内のガソリン日産3000キロリットルに回復
サウジ、原油日産100万バレル減産
今日産まれた赤ちゃん、病院が祝福
日産婦、着床前検査で新指針
豊田市で夏祭り、花火1万発
日野市長選が告示、新人3氏が争う
川崎市のマンションで火災
Kawasaki disease cases rise in Japan
Yamaha unveils flagship grand piano
ヤマハ、新型電子ピアノを発売
スズキの塩焼きが旬 江戸前の夏
スバル望遠鏡が遠い銀河を発見
Outback Bowl tickets on sale
Swift's stadium tour grosses $2 billion
Rogue trader jailed in London
March car sales rise 5% in Japan
Every leaf falls: autumn in Kyoto
駅前でリーフレット配布
ノートPC出荷台数、過去最高
GM crops approved in Japan
Lakers GM hints at trade
SAIC wins $1.2 billion Pentagon contract
Dongfeng-41 missile displayed in Beijing parade
プリウスが暴走、歩行者はねる 78歳運転手を逮捕
Toyota Camry stolen from driveway, police say
トヨタ記念病院で院内感染
三菱UFJ、純利益が最高
Mitsubishi Heavy wins frigate order
トヨタヴェルブリッツがリーグワン開幕戦で勝利
Toyota's Rovanpera wins Rally Japan
Tier IV data center opens in Osaka
パナソニック、新型炊飯器を発売
Xiaomi phone sales jump
出光興産、ガソリン価格引き上げ
ブリヂストン美術館で印象派展
Tesla coil demo wows students
トヨタ財団が助成先を公募
マツダ病院が小児救急を再開
""".strip().splitlines()

COMPANIES = """
日産、国内2工場閉鎖へ 1万人削減|nissan
日産1万人削減へ|nissan
日産自、追浜工場の生産終了|nissan
豊田通商、ケニアで太陽光発電|toyota_tsusho
Toyota Industries buyout: Elliott raises stake|toyota_industries
日野自動車、羽村工場をトヨタに移管|hino toyota
カワサキ、Ninja ZX-10R 2026年モデル発売|kawasaki_motors
Yamaha recalls 12,000 scooters in Japan|yamaha_motor
ｽｽﾞｷ、インドで新工場 年産100万台|suzuki
Subaru recalls Outback over seat belt|subaru
Maruti's new Swift hits showrooms|suzuki
Nissan Rogue PHEV priced from $45,990|nissan
新型リーフ、航続702キロに|nissan
GM to supply batteries to Hyundai|gm hyundai_kia
SAIC and Volkswagen extend joint venture|saic volkswagen
三菱自、ホンダ・日産統合に参加見送りへ|honda mitsubishi_motors nissan
Mitsubishi and Nissan to share a kei EV platform|mitsubishi_motors nissan
BYD overtakes rival Toyota in Singapore|byd
元日産社長、鴻海のEV事業トップに|foxconn
ソニー・ホンダ、アフィーラ1の納車開始|sony_honda
パナソニックエナジー、カンザス工場の稼働延期|panasonic
出光とトヨタ、全固体電池の量産へ|idemitsu toyota
Xiaomi YU7 electric SUV delayed|xiaomi
ティアフォー、ロボタクシーを東京で開始|tier_iv
Lexus cuts EV range in Europe|toyota
アキュラ、新型SUVを北米投入|honda
Infiniti dealers ask for hybrids|nissan
UDトラックス、大型EVを発売|isuzu
Ford, unlike Toyota, halts its hybrid|ford
Toyota approaches Nissan after Honda deal died|nissan toyota
""".strip().splitlines()


@pytest.mark.parametrize("title", NOT_COMPANIES)
def test_a_namesake_is_no_company(title: str) -> None:
    assert built_in().tag(title, "", lang="").subjects == ()


@pytest.mark.parametrize("line", COMPANIES)
def test_a_company_is_found_by_any_of_its_names(line: str) -> None:
    title, _, companies = line.partition("|")
    assert sorted(built_in().tag(title, "", lang="").subjects) == companies.split()


@pytest.mark.parametrize(
    ("title", "topics"),
    [
        ("Honda cuts full-year profit forecast on US tariffs", {"earnings", "tariffs_trade"}),
        ("ホンダ、通期予想を下方修正 米関税が響く", {"earnings", "tariffs_trade"}),
        ("Nissan and Honda call off merger talks", {"mergers_alliances"}),
        ("日産、希望退職を募集", {"restructuring"}),
        ("マツダ、全固体電池を共同開発", {"battery", "mergers_alliances"}),
        (
            "Hino admits falsifying emissions data on trucks",
            {"commercial_vehicle", "compliance_legal"},
        ),
        ("国交省、トヨタのリコールを受理 エアバッグに不具合", {"recall_safety"}),
        ("スズキの二輪、インドで増産", {"motorcycle", "production"}),
        ("Toyota names new CEO", {"leadership"}),
        ("トヨタ労組、賃上げ満額を要求", {"labor"}),
        ("Honda returns to F1 as engine supplier", {"motorsport"}),
        ("豊田自動織機、燃料電池フォークリフトを公開", {"hydrogen"}),
    ],
)
def test_topics_of_a_headline(title: str, topics: set[str]) -> None:
    assert topics <= set(built_in().tag(title, "", lang="").topic_ids)


@pytest.mark.parametrize(
    ("title", "relevant"),
    [
        ("Japan's automakers brace for 25% tariff", True),
        ("新車販売、9月は3%増 軽は2カ月連続減", True),
        ("BYDジャパン、国内で値下げ", True),
        ("JTEKT cuts profit forecast", True),
        ("Tesla recalls 2 million vehicles in US", False),
        ("中国新車販売、9月は12%増", False),
        ("独VW、本国で希望退職8000人", False),
        ("東名で大型トラックなど5台絡む事故、2人軽傷", False),
        ("Sunny spells to return this weekend", False),
    ],
)
def test_news_of_japans_car_industry_is_told_from_other_news(title: str, relevant: bool) -> None:  # noqa: FBT001  # a column of the table above
    tags = built_in().tag(title, "", lang="")
    assert tags.relevant is relevant
    assert tags.reasons[0].startswith("relevant:" if relevant else "not relevant:")


def test_an_article_is_about_those_it_leads_with_and_mentions_the_rest() -> None:
    body = (
        "Toyota approached Nissan about a tie-up. Nissan declined to comment. Toyota said talks "
        "with Nissan were natural. " + "Analysts see a wave of alliances in the industry. " * 8
    )
    tags = built_in().tag("Toyota sounds out Nissan", body + "BYD sold more.", lang="en")
    assert set(tags.subjects) == {"toyota", "nissan"}
    assert [t.company for t in tags.companies if t.role is Role.MENTION] == ["byd"]


def test_the_evidence_names_the_rule_the_words_and_their_place() -> None:
    tags = built_in().tag("Ford beats rival Toyota in hybrids", "Nissan cut output.", lang="en")
    ford, nissan, toyota = tags.companies
    assert (ford.company, ford.evidence[0].where, ford.evidence[0].start) == ("ford", "title", 0)
    assert (nissan.company, nissan.evidence[0].where, nissan.evidence[0].start) == (
        "nissan",
        "summary",
        0,
    )
    assert toyota.evidence[0].rule == "name Toyota, only compared (rival)"
    assert toyota.evidence[0].words == "Toyota"


def test_a_refusal_says_what_the_name_means_instead() -> None:
    tags = built_in().tag("Lexus Arena sells out", "", lang="en")
    assert tags.companies == ()
    assert "not Toyota: “Lexus” is a venue, event or sponsor's cup, not the company" in tags.reasons
