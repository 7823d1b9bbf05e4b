"""Makes news for bench/stories.py: events, and what outlets write about them, with the truth.

Nothing here is a real report. An event has a kind, a company and a dozen particulars; every report
of it is one of several wordings, in English or Japanese, with some of the particulars, a label or
an outlet's tail, and perhaps a summary. Half of the events have nothing to do with cars. Names
of firms, people and towns are made of syllables, so that they are as many and as rare as in life,
and the same in both scripts.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from digest.model import Entry, FeedId
from digest.stories.lexicon import Company, Lexicon, Sort

BEGIN = datetime(2030, 1, 7, tzinfo=UTC)
GENERAL = 0.5  # of the events: nothing of the trade in them
COPIED = 0.22  # of the later reports: a wire's text, printed as it came
SUMMARISED = 0.65
ANGLED = 0.6  # of the reports of the trade say how or why, in words of that event
SPREAD = timedelta(hours=8)  # the mean time of a report after its event
LATEST = timedelta(hours=60)
REPORTS = (1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 7, 10)  # of one event, as likely as they stand

_SOUNDS = "カka キki クku コko サsa シshi スsu ソso タta テte トto ナna ニni ノno ハha ヒhi マma ミmi モmo"
_SOUNDS += " ヤya ユyu ヨyo ラra リri ルru ロro ワwa ガga ゴgo ザza ダda ドdo バba ビbi ボbo"
_SYLLABLES = [(sound[0], sound[1:]) for sound in _SOUNDS.split()]
_FIRM = (("Industries", "工業"), ("Precision", "精密"), ("Electric", "電機"), ("Metal", "金属"))

# Particulars: English | Japanese.
_PLACES = """Ohio|オハイオ州; Texas|テキサス州; Kentucky|ケンタッキー州; Alabama|アラバマ州; Ontario|オンタリオ州;
Mexico|メキシコ; Brazil|ブラジル; India|インド; Thailand|タイ; Indonesia|インドネシア; Vietnam|ベトナム; Malaysia|マレーシア;
Guangzhou|広州; Wuhan|武漢; Taiwan|台湾; South Korea|韓国; Australia|豪州; Turkey|トルコ; Hungary|ハンガリー; Poland|ポーランド;
Spain|スペイン; France|フランス; Germany|ドイツ; Britain|英国; South Africa|南アフリカ; Egypt|エジプト; Kenya|ケニア;
Hokkaido|北海道; Miyagi|宮城県; Tochigi|栃木県; Gunma|群馬県; Saitama|埼玉県; Shizuoka|静岡県; Aichi|愛知県; Mie|三重県;
Osaka|大阪府; Okayama|岡山県; Hiroshima|広島県; Fukuoka|福岡県; Oita|大分県; Kumamoto|熊本県"""
_PARTS = """rear doors|後部ドア; fuel pumps|燃料ポンプ; brake hoses|ブレーキホース; airbag inflators|エアバッグ;
seat belts|シートベルト; steering shafts|ステアリング; rear cameras|後方カメラ; wiper motors|ワイパー; fuel tanks|燃料タンク;
wheel bolts|ホイールボルト; inverter software|インバーター制御; battery cells|電池セル; drive shafts|ドライブシャフト;
headlights|前照灯; child locks|チャイルドロック; tow hooks|けん引フック; cooling fans|冷却ファン; door mirrors|ドアミラー"""
_TECH = """solid-state batteries|全固体電池; hydrogen engines|水素エンジン; fuel cell trucks|燃料電池トラック; e-axles|イーアクスル;
LFP batteries|LFP電池; power semiconductors|パワー半導体; lidar sensors|LiDAR; giga casting|ギガキャスト; hybrid systems|ハイブリッドシステム;
in-car software|車載ソフト; driver assistance|運転支援; robotaxis|ロボタクシー; electric vans|電気バン; minicar EVs|軽EV;
synthetic fuel|合成燃料; battery recycling|電池リサイクル; thermal management|熱マネジメント; motor magnets|モーター磁石"""
_THINGS = """bridge|橋; library|図書館; stadium|競技場; hospital|病院; museum|美術館; festival|祭り; school|小学校; hotel|ホテル;
shrine|神社; ferry|フェリー; airport|空港; market|市場; theatre|劇場; castle|城; railway|鉄道; dam|ダム; vineyard|ぶどう園"""
_MONTHS = "January|1月; March|3月; May|5月; June|6月; August|8月; October|10月; December|12月"

_HOW = """old|古い; young|若手; silent|静かな; golden|金色の; digital|電子; wooden|木造の; northern|北部の; coastal|沿岸の; public|公立;
private|私立; secret|秘密の; winter|冬の; summer|夏の; night|夜の; flying|空飛ぶ; robotic|ロボット; organic|有機; ancient|古代; paper|紙の;
glass|ガラスの; stone|石の; royal|王室の; rural|農村の; urban|都市の; nuclear|原子力; solar|太陽光; marine|海洋; medical|医療; virtual|仮想"""
_WHAT = """violin|バイオリン; comet|彗星; turtle|ウミガメ; vaccine|ワクチン; satellite|衛星; novel|小説; painting|絵画; comedy|喜劇;
subway|地下鉄; lighthouse|灯台; bakery|パン店; orchestra|楽団; rice|コメ; whisky|ウイスキー; anime|アニメ; drone|ドローン; tunnel|トンネル;
pension|年金; textbook|教科書; exam|入試; tax|税制; passport|旅券; wolf|オオカミ; crane|ツル; salmon|サケ; cherry|桜; coral|サンゴ;
volcano|火山; glacier|氷河; telescope|望遠鏡; chess|囲碁; judo|柔道; sumo|相撲; rugby|ラグビー; swimming|水泳; ballet|バレエ; pottery|陶器;
kimono|着物; sushi|すし; sake|日本酒; pearl|真珠; bamboo|竹; temple|寺; island|離島; harbour|港湾; forest|森林; desert|砂漠; cable|ケーブル"""

# Kinds of events: English headlines, English summaries, Japanese headlines, Japanese summaries.
_TRADE = """
{co} recalls {n} {model} cars over {part} # {model} recall: {co} calls back {n} vehicles for {part} # {n} {co} {model}s recalled in {place} because of {part}
The company said {part} made by {firm} may fail and that nobody was hurt. # Dealers in {place} will replace the {part} of {n} {model} cars built until {month}.
{co}、{model}{n_}台をリコール {part}に不具合 # {co}が{model}など{n_}台リコール、{part}の恐れ # {model}をリコール {co}、{part}を無償交換
国土交通省に届け出た。{firm}製の{part}が原因という。 # {place}を含む{n_}台が対象で、けが人はいない。

{co} to build {money} plant for {tech} in {place} # {co} picks {place} for {money} {tech} factory # {place} wins {co} plant that will make {tech}
The factory is to open in {month} next year and employ {jobs} people, said {person}. # {co} will make {tech} with {firm} there and hire {jobs} workers.
{co}、{place}に{tech}の新工場 {money_}投資 # {co}が{place}で{tech}生産へ、投資額{money_} # {tech}の工場、{place}に建設 {co}
来年{month}の稼働を目指し、{jobs}人を雇用する。 # {firm}と共同で運営し、{person}氏が責任者となる。

{co} to close {town} plant and cut {jobs} jobs # {co} will shut {town} factory in {place}, cutting {jobs} jobs # {jobs} jobs to go as {co} ends output in {town}
Production of the {model} moves to {place} by {month}, the union was told. # The union, led by {person}, called the closure of {town} a shock.
{co}、{town_}工場を閉鎖 {jobs}人削減 # {co}が{town_}工場閉鎖へ、{jobs}人規模の人員削減 # {town_}工場の生産終了 {co}、{model}は{place}へ移管
労働組合に伝えた。{month}までに終える。 # 組合の{person}委員長は受け入れられないと述べた。

{co} raises full-year profit forecast to {money} # {co} lifts profit outlook to {money} on {tech} demand # Strong {place} sales let {co} raise forecast to {money}
Operating profit rose {pct} in the quarter to {month}, helped by {place}. # Finance chief {person} pointed to the weak yen and to {model} sales.
{co}、通期予想を{money_}に上方修正 # {co}の営業利益{money_}へ上振れ {place}が好調 # {co}、利益予想を{money_}に引き上げ
{month}までの四半期は{pct}の増益だった。 # {person}最高財務責任者は円安と{model}の販売増を挙げた。

{co} cuts annual forecast as {place} sales fall {pct} # {co} profit drops {pct}, outlook lowered to {money} # Weak {place} demand makes {co} lower forecast
The maker now sees {money} for the year and blamed {part} from {firm}. # Shares fell {pct} after {person} spoke of a difficult {month}.
{co}、通期予想を下方修正 {place}の販売{pct}減 # {co}の純利益{pct}減、予想を{money_}に下げ # {place}不振で{co}が業績予想を引き下げ
{firm}からの{part}調達の遅れも響く。 # {person}社長は{month}が厳しかったと語った。

{co} sales in {place} rise {pct} in {month} # {month} sales: {co} up {pct} in {place} on {model} # {co} sells {n} cars in {place}, up {pct}
Demand for the {model} led the gain while rivals lost ground. # The {model} was the best seller with {n} units.
{co}の{place}販売、{month}は{pct}増 # {co}、{month}の{place}販売{n_}台 {pct}増 # {model}が好調 {co}の{place}販売{pct}増
{model}が{n_}台でけん引した。 # 競合は前年を下回った。

{co} unveils {model} with {tech} # {co} shows new {model} in {place}, priced from {money} # New {co} {model} goes on sale in {month} with {tech}
The model promises {pct} better mileage, said chief engineer {person}. # It will be built in {town} and aims at {n} sales a year.
{co}、新型{model}を公開 {tech}を採用 # {co}が{model}を全面改良 {month}発売 # 新型{model}、{place}で発表 {co}
燃費を{pct}改善したと{person}主査は話す。 # {town_}工場で生産し、年{n_}台の販売を目指す。

{co} and {other} agree to develop {tech} together # {co}, {other} to share {tech} from {month} # {co} teams up with {other} and {firm} on {tech}
The partners will invest {money} in a venture led by {person}. # A venture in {town} will begin in {month} with {jobs} engineers.
{co}と{other}、{tech}を共同開発 # {co}、{other}と{tech}で提携 {money_}を投資 # {tech}で{co}と{other}が協業 {month}から
{town_}に新会社を設け、{person}氏が社長に就く。 # {firm}も加わり、{jobs}人の技術者を集める。

{co} warns of {money} hit from US tariffs # Tariffs to cost {co} {money}, says {person} # {co} moves {model} output to {place} to escape tariffs
The maker will raise prices by {pct} from {month}. # Suppliers such as {firm} asked for help, {person} said.
{co}、米関税で{money_}の減益要因 # 関税影響は{money_} {co}の{person}社長 # {co}、関税対応で{model}生産を{place}に移管
{month}から{pct}値上げする方針。 # {firm}など取引先への支援も検討する。

{co} names {person} as next president # {person} to lead {co} from {month} # {co} president to step down, {person} takes over
The engineer built the business in {place} and joined from {firm}. # The change was decided by the board on Thursday after losses of {money}.
{co}、次期社長に{person}氏 # {co}社長が退任へ 後任に{person}氏 # {co}のトップ交代、{person}氏が{month}就任
{place}事業を率いた技術者で、{firm}出身。 # {money_}の赤字を受けた人事。

{co} halts {town} lines after fire at {firm} # Fire at supplier {firm} stops {co} output of {model} # {co} stops production in {town}: no {part} from {firm}
About {n} cars are affected, and output resumes in {month} at the earliest. # {firm} makes {part} for {co} in {place}.
{firm_}の火災で{co}が{town_}工場を停止 # {co}、{town_}の稼働停止 {firm_}から{part}届かず # {co}、{model}の生産停止 取引先{firm_}で火災
{n_}台の生産に影響し、再開は{month}以降になる。 # {firm_}は{place}で{part}を生産する。

{co} sued in {place} over {part} of the {model} # Owners of {model} sue {co} for {money} over {part} # Court in {place} orders {co} to pay {money} over {part}
Lawyer {person} said {n} cars are affected. # The suit speaks of {part} by {firm} that failed in {month}.
{co}を{place}で提訴 {model}の{part}めぐり # {model}の{part}で集団訴訟 {co}に{money_}請求 # {place}の裁判所、{co}に{money_}支払い命令
{person}弁護士によると{n_}台が対象。 # {firm}製の{part}が{month}に故障したという。

{co} to test {tech} with {firm} in {town} # {firm} and {co} begin {tech} trial in {place} # {town} residents try {co} {tech} from {month}
The trial runs until {month} with {jobs} passengers, {person} said. # The city of {town} pays {money} for it.
{co}と{firm_}、{town_}で{tech}の実証 # {co}、{place}で{tech}を実証実験 {month}から # {town_}市民が{co}の{tech}に試乗
{person}氏によると{jobs}人が参加する。 # {town_}市が{money_}を負担する。

Union at {co} {town} plant votes to strike over {pct} pay rise # {jobs} {co} workers walk out in {place} # Strike stops {model} output at {co} in {town}
Union leader {person} asked for {pct} from {month}. # Each day costs {money}, analysts at {firm} said.
{co}{town_}工場の労組、スト決議 賃上げ{pct}要求 # {place}で{co}の従業員{jobs}人がスト # {co}、ストで{model}の生産止まる {town_}
組合の{person}委員長は{month}からの実施を求める。 # 1日{money_}の損失と{firm}はみる。

{co} sells {pct} of {firm} for {money} # {co} to offload stake in {firm}, raising {money} # {firm} buys back {co} holding of {pct}
The sale closes in {month} and pays for {tech}, {person} said. # Funds from {place} are among the buyers.
{co}、{firm_}株{pct}を売却 {money_} # {co}が{firm_}の持ち分縮小、{money_}調達 # {firm_}、{co}保有の{pct}を自社株買い
売却は{month}に終え、{tech}に充てると{person}氏。 # {place}のファンドも買い手に名を連ねた。

{person} wins {place} rally for {co} in {town} # {co} takes one-two in {town} as {person} wins # {co} signs {person} for {place} race team
A puncture cost {other} the lead {pct} of the way in. # The team used {tech} for the first time.
{co}の{person}、{place}ラリー{town_}で優勝 # {co}が{town_}で1、2位独占 {person}が勝利 # {co}、{place}戦に{person}を起用
{other}はパンクで首位を失った。 # チームは{tech}を初めて使った。

{co} raises price of {model} by {pct} from {month} # {model} to cost {pct} more, {co} says # {co} lifts {place} prices, {model} up {pct}
Steel and the cost of {part} are to blame, said {person}. # Orders for {n} cars are not affected.
{co}、{model}を{pct}値上げ {month}から # {model}の価格{pct}引き上げ {co} # {co}が{place}で値上げ、{model}は{pct}
鋼材や{part}の費用が上がったと{person}氏。 # 受注済みの{n_}台は対象外。

Regulator fines {co} {money} over {part} tests in {place} # {co} admits false {part} data on {n} cars # Inspectors enter {co} {town} site over {part} tests
{person} apologised and promised a report in {month}. # The data were handled by {firm} since {month}.
{co}に{money_}の制裁金 {place}で{part}試験不正 # {co}、{part}の検査データ不正 {n_}台 # {co}の{town_}拠点に立ち入り検査 {part}試験で
{person}社長は謝罪し、{month}に報告書を出す。 # データは{firm}が扱っていた。

{firm} wins {money} {co} order for {tech} # {co} picks {firm} to supply {tech} from {month} # {firm} to ship {tech} from {town} to {co}
The contract runs for {model} output in {place}. # {firm} will hire {jobs} people, said {person}.
{firm_}、{co}から{tech}を受注 {money_} # {co}、{tech}の調達先に{firm_} {month}から # {firm_}が{town_}から{co}に{tech}供給
{place}で作る{model}に使う。 # {firm_}は{jobs}人を雇うと{person}社長。
"""
_DEEDS = """paints|描く; buries|埋める; rescues|救う; counts|数える; sells|売る; steals|盗む; invents|発明; bans|禁止; photographs|撮影;
repairs|修理; donates|寄付; inherits|相続; auctions|競売; smuggles|密輸; teaches|教える; translates|翻訳; filmed|映画化; measures|測定;
loses|失う; hides|隠す; imports|輸入; blesses|祈る; insures|保険; votes for|投票; digs up|発掘; burns|焼く; copies|模倣; taxes|課税;
exports|輸出; defends|擁護; forgets|忘れる; clones|複製; breeds|飼育; plants|植える; maps|地図化; sinks|沈める; lends|貸す; wins|獲得;
protests against|抗議; rebuilds|再建; cancels|中止; opens|開く; delays|遅らせる; praises|称賛; sues over|訴える; studies|研究"""
_ANGLES = """as weak yen bites|円安が重荷; after talks with banks|銀行と協議; to the surprise of dealers|販売店に驚き; as rivals from China gain|中国勢に対抗;
in a bet on young buyers|若者に照準; under pressure from funds|投資ファンドが圧力; despite strong orders|受注は堅調; as costs of steel climb|鋼材高が響く;
to win back trust|信頼回復急ぐ; ahead of the motor show|モーターショー前に; after a cyberattack|サイバー攻撃受け; with help from the state|国が支援;
to cut emissions|排出量を削減; as subsidies end|補助金終了で; to speed up logistics|物流を効率化; for ageing drivers|高齢者向け;
amid shortage of engineers|技術者不足で; as floods hit roads|水害の影響; a first in ten years|10年ぶり; ending a long quarrel|長年の対立に幕;
as oil gets dear|原油高で; to use idle land|遊休地を活用; for desert heat|砂漠の暑さに対応; in a test for unions|労組の試金石;
to calm investors|投資家に配慮; for women drivers|女性に的; as minicars boom|軽人気で; to save rare earths|レアアース節約; a family feud behind it|創業家に不和;
with an eye on exports|輸出にらみ; as insurers complain|保険会社が苦情; after crash in fog|霧の事故で; for hospital use|病院向け;
as ports reopen|港の再開で; for snowy regions|雪国向け; to shrink the range|車種を絞る; as students design it|学生が設計; with recycled glass|再生ガラス使用"""

_OTHER = """
{person} {deed} {how} {what} in {town} # {town}: {person} {deed} {how} {what} # {how} {what} in {place}: how {person} {deed} it
The {thing} of {town} paid {money}. # It began in {month}, said {firm}.
{person}、{town_}で{how}{what}を{deed} # {how}{what}を{deed} {town_}の{person} # {place}の{how}{what}、{person}が{deed}
{town_}の{thing}が{money_}を出した。 # {month}に始まったと{firm}。

{town} {thing} {deed} {how} {what} for {money} # {place} {thing} in {town} {deed} {what} # {money} for {town} as {thing} {deed} {how} {what}
{person} called it {how}. # {jobs} people came by {month}.
{town_}の{thing}、{how}{what}を{deed} {money_} # {place}{town_}の{thing}が{what}を{deed} # {thing}が{how}{what}を{deed}、{town_}に{money_}
{person}さんが語った。 # {month}までに{jobs}人が訪れた。

{firm} {deed} {how} {what}, shares up {pct} # Why {firm} {deed} {how} {what} in {town} # {place} watches as {firm} {deed} {what}
{person} leads {jobs} staff there. # {town} hopes for {money} by {month}.
{firm_}、{how}{what}を{deed} 株価{pct}高 # {firm_}が{town_}で{how}{what}を{deed}理由 # {firm_}が{what}を{deed}、{place}が注目
{person}氏が{jobs}人を率いる。 # {town_}は{month}までに{money_}を期待。

{jobs} flee {how} {what} in {town} # {town} mourns {how} {what}, {jobs} at {thing} # {place} {deed} {how} {what} after {town} vote
Mayor {person} spoke at the {thing}. # {pct} agreed in {month}.
{town_}で{how}{what}、{jobs}人避難 # {how}{what}悼み{thing}に{jobs}人 {town_} # {place}、{town_}の投票受け{how}{what}を{deed}
{person}市長が{thing}で述べた。 # {month}には{pct}が賛成。
"""
_NAMESAKES = """
{person} Honda {deed} {how} {what} in {town}|本田{person}さん、{town_}で{how}{what}を{deed}; Suzuki fishing and {how} {what} in {town}|{town_}でスズキ釣り、{how}{what}も;
Subaru telescope spots {how} {what}|すばる望遠鏡、{how}{what}を{deed}; {town} {deed} {what} at Nissan Stadium|日産スタジアムで{town_}が{what}を{deed};
Toyota City {deed} {how} {what}|豊田市が{how}{what}を{deed}; Mitsubishi UFJ lends {money} to {firm}|三菱UFJ、{firm_}に{money_}融資
"""


@dataclass(frozen=True, kw_only=True)
class Made:
    """An entry, and the event that it tells of."""

    entry: Entry
    event: int


@dataclass(frozen=True)
class _Kind:
    english: Sequence[str]
    english_more: Sequence[str]
    japanese: Sequence[str]
    japanese_more: Sequence[str]


Pair = tuple[str, str]  # English and Japanese
Slots = dict[str, str]


class Press:
    """Makes the same news for the same seed."""

    def __init__(self, lexicon: Lexicon, seed: int = 7) -> None:
        self._dice = random.Random(seed)  # noqa: S311  # a benchmark's, and to be repeated
        self._places, self._parts = _pairs(_PLACES), _pairs(_PARTS)
        self._tech, self._things, self._months = _pairs(_TECH), _pairs(_THINGS), _pairs(_MONTHS)
        self._how, self._what, self._deeds = _pairs(_HOW), _pairs(_WHAT), _pairs(_DEEDS)
        self._angles = _pairs(_ANGLES)
        self._trade, self._other = _kinds(_TRADE), _kinds(_OTHER)
        self._namesakes = [_Kind([en], [], [ja], []) for en, ja in _pairs(_NAMESAKES)]
        self._companies: list[tuple[Pair, list[Pair]]] = []
        self._said: list[int] = []
        for company in lexicon.companies.values():
            name = (company.name.en, company.name.ja)
            self._companies.append((name, _models(company) or [self._name(2)]))
            self._said.append(len(company.aliases))  # who has many names is often in the news
        self._outlets = sorted({o.names[0] for o in lexicon.outlets.values() if o.names})

    def news(self, entries: int, days: float) -> list[Made]:
        """So many entries of so many days, in order of publication."""
        made: list[tuple[datetime, int, Entry, int]] = []
        event = 0
        while len(made) < entries:
            event += 1
            began = BEGIN + timedelta(days=days) * self._dice.random()
            made += ((e.published, n, e, event) for n, e in enumerate(self._reports(event, began)))
        made.sort(key=lambda one: (one[0], one[3], one[1]))
        return [Made(entry=entry, event=number) for _, _, entry, number in made[:entries]]

    def headlines(self, count: int) -> list[Pair]:
        """So many different headlines with a summary each."""
        told = (entry for n in range(count) for entry in self._reports(n, BEGIN))
        return [(entry.title, entry.summary) for _, entry in zip(range(count), told, strict=False)]

    def _reports(self, event: int, began: datetime) -> Iterator[Entry]:
        dice = self._dice
        general = dice.random() < GENERAL
        kind = dice.choice(self._other if general else self._trade)
        if general and dice.random() < 0.1:
            kind = dice.choice(self._namesakes)
        slots = self._particulars()
        first: dict[str, Entry] = {}
        for number in range(dice.choice(REPORTS)):
            lang = dice.choice(("en", "ja"))
            late = min(SPREAD * dice.expovariate(1.0), LATEST) if number else timedelta()
            outlet = dice.choice(self._outlets)
            if lang in first and dice.random() < COPIED:
                title, summary = f"{first[lang].title} - {outlet}", first[lang].summary
            else:
                title, summary = self._write(kind, slots[lang], lang)
            entry = Entry(
                feed=FeedId("press"),
                guid=f"{event}-{number}",
                url=f"https://press.example/{event}/{number}",
                title=title,
                summary=summary,
                published=began + late,
                dated=True,
                lang=lang,
                outlet=outlet,
            )
            first.setdefault(lang, entry)
            yield entry

    def _write(self, kind: _Kind, slots: Slots, lang: str) -> Pair:
        dice = self._dice
        titles, more = (
            (kind.english, kind.english_more)
            if lang == "en"
            else (kind.japanese, kind.japanese_more)
        )
        title = dice.choice(titles).format_map(slots)
        if kind in self._trade and dice.random() < ANGLED:
            title += f" {slots['angle']}"
        if lang == "ja" and dice.random() < 0.1:
            title = dice.choice(("【独自】", "【速報】")) + title
        elif dice.random() < 0.05:
            title = f"UPDATE 2-{title}"
        if dice.random() > SUMMARISED or not more:
            return title, ""
        chosen = dice.sample(more, dice.choice((1, len(more))))
        return title, (" " if lang == "en" else "").join(text.format_map(slots) for text in chosen)

    def _particulars(self) -> dict[str, Slots]:
        dice = self._dice
        (co, models), (other, _) = dice.choices(self._companies, self._said, k=2)
        name, town, firm, trade = self._name(2), self._name(3), self._name(2), dice.choice(_FIRM)
        given = self._name(2)
        pairs = {
            "co": co,
            "other": other,
            "model": dice.choice(models),
            "place": dice.choice(self._places),
            "part": dice.choice(self._parts),
            "tech": dice.choice(self._tech),
            "thing": dice.choice(self._things),
            "month": dice.choice(self._months),
            "how": dice.choice(self._how),
            "what": dice.choice(self._what),
            "deed": dice.choice(self._deeds),
            "angle": dice.choice(self._angles),
            "person": (f"{given[0]} {name[0]}", f"{name[1]}{given[1]}"),
            "town": town,
            "firm": (f"{firm[0]} {trade[0]}", f"{firm[1]}{trade[1]}"),
            "n": _vehicles(dice.randrange(12, 2600)),
            "money": _money(dice.randrange(2, 990), dice.choice(("yen", "dollar"))),
            "pct": (f"{(pct := dice.randrange(2, 60))}%", f"{pct}%"),
            "jobs": (f"{(jobs := dice.randrange(3, 90) * 50):,}", f"{jobs:,}"),
        }
        english = {key: en for key, (en, _) in pairs.items()}
        japanese = {key: ja for key, (_, ja) in pairs.items()}
        japanese |= {f"{key}_": japanese[key] for key in ("town", "firm", "n", "money")}
        return {"en": english, "ja": japanese}

    def _name(self, syllables: int) -> Pair:
        chosen = [self._dice.choice(_SYLLABLES) for _ in range(syllables + 1)]
        latin = "".join(sound for _, sound in chosen).capitalize()
        return latin, "".join(kana for kana, _ in chosen)


def invented(count: int, seed: int = 11) -> list[dict[str, object]]:
    """Companies of so many invented names, as [[company]] tables of feeds.toml."""
    dice = random.Random(seed)  # noqa: S311  # the same
    tables: list[dict[str, object]] = []
    seen: set[str] = set()
    while count > 0:
        syllables = [dice.choice(_SYLLABLES) for _ in range(4)]
        latin = "".join(sound for _, sound in syllables).capitalize()
        kana = "".join(kana for kana, _ in syllables)
        if latin in seen:
            continue
        seen.add(latin)
        names = [f"{latin} {_FIRM[0][0]}", kana, f"{kana}{_FIRM[0][1]}", f"{latin} Auto"][:count]
        count -= len(names)
        tables.append(
            {"id": latin.lower(), "name": {"en": latin, "ja": kana}, "home": "jp", "names": names}
        )
    return tables


def _pairs(text: str) -> list[Pair]:
    cut = (one.strip().partition("|") for one in text.split(";"))
    return [(english, japanese) for english, _, japanese in cut]


def _kinds(text: str) -> list[_Kind]:
    split: Callable[[str], list[str]] = lambda line: line.split(" # ")  # noqa: E731  # short
    return [_Kind(*map(split, block.splitlines())) for block in text.strip().split("\n\n")]


def _models(company: Company) -> list[Pair]:
    """Each model's English and Japanese spelling; the English one where it has no other."""
    of: dict[str, list[str]] = {}
    for alias in company.aliases:
        if alias.sort is Sort.MODEL and not alias.plain and alias.label.isascii():
            of.setdefault(alias.label, []).append(alias.text)
    return [(label, next((t for t in of[label] if not t.isascii()), label)) for label in of]


def _vehicles(hundreds: int) -> Pair:
    count = hundreds * 1000
    ten_thousands, rest = divmod(count, 10_000)
    japanese = f"{ten_thousands}万" if ten_thousands else ""
    return f"{count:,}", japanese + (str(rest) if rest else "")


def _money(figure: int, currency: str) -> Pair:
    if currency == "dollar":
        hundreds, rest = divmod(figure, 100)
        japanese = (f"{hundreds}億" if hundreds else "") + (f"{rest}00万" if rest else "")
        return f"${figure} million", f"{japanese}ドル"
    return f"{figure} billion yen", f"{figure * 10}億円"
