"""A second month for the replay: other companies, other kinds of events, other decoys.

Written before anybody knew how it would do; see `month` in staged.py for the daily news around it.
"""

from tests.alerts.staged import staged_event

STAGED = (
    staged_event(
        "an earthquake stops plants",
        9.6,
        8,
        (
            "Daihatsu halts Oita plant after strong earthquake in Kyushu",
            "地震でダイハツ大分工場が操業停止",
            "Daihatsu stops production at Oita plant after Kyushu quake",
            "ダイハツ、大分工場の操業を停止　九州で震度6弱",
            "Daihatsu Kyushu plant in Oita halted after earthquake",
            "ダイハツ九州、地震で大分工場を停止",
            "Quake halts Daihatsu's Oita plant",
        ),
    ),
    staged_event(
        "a certification scandal, in Japanese first",
        11.2,
        9,
        (
            "日野自動車、排ガス認証で新たな不正　国交省が立ち入り検査",
            "日野自に国交省が立ち入り検査　エンジン認証の不正で",
            "日野自動車で認証不正、国交省が本社を立ち入り検査",
            "Hino Motors inspected by transport ministry over engine certification fraud",
            "Transport ministry raids Hino Motors over emissions certification fraud",
            "日野自動車、認証不正で出荷停止",
            "Hino Motors halts shipments over certification fraud",
        ),
        enough=7,
    ),
    staged_event(
        "a supplier goes bankrupt",
        13.05,
        12,
        (
            "Marelli files for bankruptcy protection, listing $5 billion debt",
            "Auto parts maker Marelli files for bankruptcy protection",
            "Marelli files for bankruptcy, seeks new owner",
            "マレリ、民事再生法を申請　負債は7000億円",
            "Parts supplier Marelli files for bankruptcy",
            "Marelli bankruptcy filing shakes Nissan supply chain",
            "自動車部品のマレリが経営破綻",
        ),
    ),
    staged_event(
        "tariffs",
        15.5,
        10,
        (
            "Trump raises tariff on Japanese cars to 35%",
            "US to raise tariff on Japanese cars to 35 percent, Trump says",
            "Trump says tariff on cars from Japan will rise to 35%",
            "米、日本車への関税を35%に引き上げ　トランプ氏表明",
            "Trump lifts tariffs on Japanese autos to 35%",
            "トランプ大統領、日本車関税35%を表明",
            "Japanese automakers face 35% U.S. tariff",
        ),
    ),
    staged_event(
        "a cyberattack on a supplier, at the weekend before dawn",
        16.8,
        7,
        (
            "Denso hit by ransomware attack, systems shut down",
            "Ransomware attack on Denso shuts down systems",
            "Denso says ransomware attack has shut its systems",
            "デンソーにランサムウェア攻撃、システム停止",
            "Denso shuts systems after ransomware attack",
            "Denso confirms ransomware attack",
            "デンソー、サイバー攻撃で受発注システムを停止",
        ),
    ),
    staged_event(
        "a takeover",
        18.3,
        25,
        (
            "Bosch to buy Koito Manufacturing in $6 billion deal",
            "Bosch agrees to acquire Koito for $6 billion",
            "Germany's Bosch to acquire lamp maker Koito",
            "ボッシュ、小糸製作所を買収　約9000億円",
            "Bosch to take over Koito Manufacturing for $6 billion",
            "小糸製作所、独ボッシュの買収提案を受け入れ",
            "Koito accepts $6 billion takeover by Bosch",
        ),
        enough=7,
    ),
    staged_event(
        "people are killed by a defect",
        20.7,
        9,
        (
            "Mitsubishi Fuso truck fires kill two drivers, ministry says",
            "Two drivers killed in Mitsubishi Fuso truck fires",
            "Mitsubishi Fuso trucks catch fire, killing two drivers",
            "三菱ふそうのトラックで火災、運転手2人死亡",
            "Two dead in fires of Mitsubishi Fuso trucks, brake fault suspected",
            "三菱ふそう製トラックの火災で2人死亡　国交省が調査",
            "Ministry probes Mitsubishi Fuso truck fires that killed two",
        ),
        enough=7,
    ),
    staged_event(
        "the recall after it",
        23.9,
        9,
        (
            "Mitsubishi Fuso recalls 46,000 trucks after fatal fires",
            "Mitsubishi Fuso to recall 46,000 trucks after fires",
            "三菱ふそう、トラック4万6000台をリコール　火災受け",
            "Fuso recalls 46,000 trucks over fire risk",
            "Mitsubishi Fuso recall covers 46,000 trucks after deadly fires",
            "三菱ふそうが4万6000台リコール　ブレーキ不具合で火災の恐れ",
            "Mitsubishi Fuso recalls 46,000 trucks over brake fault",
        ),
        enough=7,
    ),
    staged_event(
        "sudden death of a chairman",
        26.1,
        6,
        (
            "Osamu Suzuki's successor, Suzuki Motor president Toshihiro Suzuki, dies at 66",
            "Suzuki Motor president Toshihiro Suzuki dies",
            "スズキの鈴木俊宏社長が死去、66歳",
            "Toshihiro Suzuki, president of Suzuki Motor, dies at 66",
            "スズキ社長の鈴木俊宏氏死去",
            "Suzuki Motor says president Toshihiro Suzuki has died",
            "Suzuki president Toshihiro Suzuki dies, company says",
        ),
        enough=7,
    ),
    staged_event(
        "a strike",
        28.2,
        11,
        (
            "Workers strike at Bridgestone plants across Japan",
            "Bridgestone workers go on strike at Japan plants",
            "ブリヂストンの国内工場でストライキ",
            "Strike halts Bridgestone tyre plants in Japan",
            "ブリヂストン労組がスト、国内工場が停止",
            "Bridgestone plants halted by strike in Japan",
            "Bridgestone strike stops tyre production in Japan",
        ),
        enough=7,
    ),
)

DECOYS = (
    *(
        staged_event(
            f"results of {maker}",
            10.25 + number / 100,
            5,
            tuple(
                form.format(maker, percent)
                for form in (
                    "{} second-quarter operating profit falls {}%",
                    "{} Q2 operating profit down {}%",
                    "{} operating profit falls {}% in July-September",
                    "{} quarterly profit drops {}%",
                    "{} reports {}% fall in second-quarter profit",
                )
            ),
            breaks=False,
        )
        for number, (maker, percent) in enumerate((("Denso", 12), ("Aisin", 8), ("Isuzu", 21)))
    ),
    staged_event(
        "registrations of the month",
        12.1,
        6,
        (
            "11月の新車販売、3%減　自販連",
            "新車販売11月は3%減、5カ月連続マイナス",
            "Japan November new car sales fall 3%",
            "Japan's November auto sales down 3%, industry says",
            "11月の国内新車販売3%減",
            "New vehicle sales in Japan fall 3% in November",
        ),
        breaks=False,
    ),
    staged_event(
        "a race",
        14.3,
        5,
        (
            "Toyota's Evans wins Rally Japan",
            "Elfyn Evans wins Rally Japan for Toyota",
            "ラリージャパン、トヨタのエバンスが優勝",
            "Toyota takes Rally Japan victory with Evans",
            "Rally Japan: Evans wins for Toyota Gazoo Racing",
        ),
        breaks=False,
    ),
    staged_event(
        "a foreign maker",
        17.2,
        5,
        (
            "Volkswagen to close Dresden plant, cut 1,200 jobs",
            "VW to close plant in Dresden",
            "Volkswagen closes Dresden plant with 1,200 jobs",
            "Volkswagen Dresden plant to close",
            "VW confirms closure of Dresden plant",
            "Volkswagen shuts Dresden site",
        ),
        breaks=False,
    ),
    staged_event(
        "an accident on the road",
        19.4,
        7,
        (
            "Two killed as car hits guardrail on Tomei Expressway",
            "東名高速で乗用車が衝突、2人死亡",
            "Two dead in crash on Tomei Expressway",
            "東名高速で事故、乗用車の2人死亡",
            "Tomei Expressway crash kills two",
            "Crash on Tomei Expressway leaves two dead",
        ),
        breaks=False,
    ),
    staged_event(
        "a new car",
        21.1,
        12,
        (
            "Subaru unveils new Forester Wilderness",
            "Subaru Forester Wilderness revealed",
            "スバル、新型フォレスター ウィルダネスを発表",
            "New Subaru Forester Wilderness makes debut",
            "スバルが新型「フォレスター」を公開",
        ),
        breaks=False,
    ),
    staged_event(
        "an analyst's opinion",
        24.5,
        40,
        (
            "Goldman raises Honda to buy",
            "Honda upgraded to buy at Goldman",
        ),
        breaks=False,
    ),
    staged_event(
        "told again",
        27.6,
        9,
        (
            "Marelli files for bankruptcy protection, listing $5 billion debt",
            "Marelli files for bankruptcy, seeks new owner",
        ),
        breaks=False,
    ),
)
