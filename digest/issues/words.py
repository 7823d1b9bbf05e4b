"""The words of an issue that no outlet wrote, in the languages that readers may choose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from digest.model import Side

DEFAULT = "en"
NAMED = 2  # outlets that say a figure; the others are counted

# How a language is called by those who read it: the badge of a headline in another language.
OWN_NAMES: Mapping[str, str] = MappingProxyType(
    {"en": "English", "ja": "日本語", "zh": "中文", "ko": "한국어", "de": "Deutsch"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of one language. `{}` stands for a value."""

    lead: str
    other: str  # the section of stories without a topic
    also: str  # a headline in {another language}
    languages: Mapping[str, str]
    table: str  # the table of counts
    counted: str  # what the table counts
    counted_here: str  # that those are the {stories} of this issue
    counted_all: str  # that those are {all stories}, with those that are not told
    compared: str  # what "+2" there means, against {so many} issues
    changed: str  # the section of sagas that have gone on
    earlier: str  # what a saga had come to, on {a day}
    since: str  # what has become of it, on {a day}, where the headline does not say so
    alerts: str
    agreed: str  # {figures} that several outlets give
    outlets: str  # {a figure}, given by {so many}
    differing: str  # {who says what}
    says: str  # {an outlet} says {a figure}
    say: str  # {outlets} say {a figure}
    then: str  # {another outlet} says {another figure}, after one did
    between: str  # two of the same rank
    comma: str  # the same at the end of a line
    apart: str  # two that differ
    beside: str  # labels, as companies and dates are
    colon: str  # before what is named
    aside: str  # {whose words those are}
    sources: Mapping[Side, str]  # of a figure that one side gives
    more_outlets: str  # {so many} beside those that are named
    units: Mapping[str, str]  # {a figure} of a unit of stories/numbers.py
    scales: tuple[tuple[float, str], ...]  # large numbers, the largest first
    in_parts: bool  # 9万2517, and not 9.2517万
    news_of: str  # {the days} of the period
    one_story: str
    stories: str
    one_more: str
    more: str
    on_the_web: str  # the link to where they are told
    why: str  # {the address} is subscribed to {the title}
    leave: str
    preferences: str
    view: str  # this issue as a page
    sender: str
    note: str  # what the editor says on top
    archive: str  # all issues, as a page
    again: str  # of an issue that was sent once more
    older: str
    newer: str
    skip: str  # over what stands before the news of a page
    in_language: Mapping[str, str]  # the same page, as a link in the language that it leads to
    published: str  # by {the sender}, on {the day}
    told: str  # what a feed says of an issue: {its dates}, {so many stories}

    def count(self, stories: int) -> str:
        """So many stories."""
        return self.one_story if stories == 1 else self.stories.format(stories)

    def amount(self, value: float, unit: str) -> str:
        """A figure that no outlet gave in this language: 5.42 trillion yen, 5兆4200億円."""
        if not self.in_parts and value >= self.scales[-1][0]:
            value = float(f"{value:.4g}")  # 999.99 billion is a trillion
        scale, name = next((each for each in self.scales if value >= each[0]), (1.0, ""))
        if not name:
            figure = f"{value:.10g}" if self.in_parts else f"{value:,.10g}"
        elif self.in_parts:
            rest = round(value % scale)
            figure = f"{value // scale:.0f}{name}" + (self.amount(rest, "") if rest else "")
        else:
            figure = f"{value / scale:,.10g}{name}"
        return self.units.get(unit, "{}").format(figure)

    def counted_of(self, shown: int, stories: int) -> str:
        """Which stories a table counts: those that are shown, or more."""
        if shown == stories:
            return self.counted_here.format(stories)
        return self.counted_all.format(self.count(stories))

    def left_out(self, stories: int) -> str:
        """So many stories that found no room."""
        return self.one_more if stories == 1 else self.more.format(stories)

    def agree(self, figures: Iterable[tuple[str, int]]) -> str:
        """Figures, each with how many outlets give it; nothing of none."""
        told = self.between.join(self.outlets.format(*figure) for figure in figures)
        return self.agreed.format(told) if told else ""

    def differ(self, claims: Iterable[tuple[Sequence[str], str]]) -> str:
        """Who says what: the outlets and the figure of each claim."""
        told: list[str] = []
        for outlets, figure in claims:
            form = self.then if told else self.say if len(outlets) > 1 else self.says
            others = len(outlets) - NAMED
            gap = self.between.removeprefix(self.comma)
            more = gap + self.more_outlets.format(others) if others > 0 else ""
            told.append(form.format(self.between.join(outlets[:NAMED]) + more, figure))
        return self.differing.format(self.apart.join(told))

    def also_in(self, lang: str) -> str:
        """The label of the link to a headline in another language."""
        return self.also.format(self.languages.get(lang, OWN_NAMES.get(lang, lang.upper())))


_IN_LANGUAGE = MappingProxyType({"en": "In English", "ja": "日本語で読む"})

ENGLISH = Words(
    lead="Lead story",
    other="Other news",
    also="Also in {}",
    languages=MappingProxyType(
        {"en": "English", "ja": "Japanese", "zh": "Chinese", "ko": "Korean", "de": "German"}
    ),
    table="Who made the news",
    counted="Stories",
    counted_here="Counted are the {} stories above; one may count more than once.",
    counted_all="Counted are all {}, told here or not; one may count more than once.",
    compared="+ and −: against the average of the {} issues before.",
    changed="What changed",
    earlier="Earlier, {}:",
    since="Since then, {}:",
    alerts="Alerts since the last issue",
    agreed="Outlets agree on {}",
    outlets="{} ({} outlets)",
    differing="Outlets differ: {}",
    says="{} says {}",
    say="{} say {}",
    then="{} {}",
    between=", ",
    comma=",",
    apart="; ",
    beside=" · ",
    colon=": ",
    aside=" ({})",
    sources=MappingProxyType(
        {Side.UNION: "the union’s count", Side.PLAINTIFFS: "the plaintiffs’ count"}
    ),
    more_outlets="+{}",
    units=MappingProxyType(
        {
            "jpy": "{} yen",
            "usd": "${}",
            "eur": "€{}",
            "person": "{} people",
            "vehicle": "{} vehicles",
            "plant": "{} plants",
            "gwh": "{} GWh",
            "pct": "{}%",
        }
    ),
    scales=((1e12, " trillion"), (1e9, " billion"), (1e6, " million")),
    in_parts=False,
    news_of="News of {}",
    one_story="1 story",
    stories="{} stories",
    one_more="One more story found no room here.",
    more="{} more stories found no room here.",
    on_the_web="Read them on the web",
    why="You get this because {} is subscribed to {}.",
    leave="Unsubscribe",
    preferences="Change what you get",
    view="View in a browser",
    sender="Sent by {}",
    note="From the editor",
    archive="All issues",
    again="Sent again",
    older="Earlier issue",
    newer="Later issue",
    skip="Skip to the news",
    in_language=_IN_LANGUAGE,
    published="Published by {} on {}",
    told="{}: {}.",
)

JAPANESE = Words(
    lead="今号のトップ",
    other="その他のニュース",
    also="{}の記事",
    languages=MappingProxyType(
        {"en": "英語", "ja": "日本語", "zh": "中国語", "ko": "韓国語", "de": "ドイツ語"}
    ),
    table="話題になった企業",
    counted="件数",
    counted_here="この号の{}件の集計です（重複あり）。",
    counted_all="掲載しきれなかったものも含む{}の集計です（重複あり）。",
    compared="＋と−は、これまでの{}号の平均との差です。",
    changed="その後の動き",
    earlier="これまで（{}）",
    since="その後（{}）",
    alerts="前号からの速報",
    agreed="各社が一致：{}",
    outlets="{}（{}社）",
    differing="報道に違い：{}",
    says="{}は{}",
    say="{}は{}",
    then="{}は{}",
    between="、",
    comma="、",
    apart="／",
    beside="\u3000",
    colon="：",
    aside="（{}）",
    sources=MappingProxyType({Side.UNION: "労組", Side.PLAINTIFFS: "原告側"}),
    more_outlets="ほか{}社",
    units=MappingProxyType(
        {
            "jpy": "{}円",
            "usd": "{}ドル",
            "eur": "{}ユーロ",
            "person": "{}人",
            "vehicle": "{}台",
            "plant": "{}工場",
            "gwh": "{}GWh",
            "pct": "{}％",
        }
    ),
    scales=((1e12, "兆"), (1e8, "億"), (1e4, "万")),
    in_parts=True,
    news_of="{}のニュース",
    one_story="1件",
    stories="{}件",
    one_more="ほかに1件のニュースがあります。",
    more="ほかに{}件のニュースがあります。",
    on_the_web="ウェブで読む",
    why="{} 宛てに「{}」の配信登録があるため、お送りしています。",
    leave="配信を停止する",
    preferences="配信内容を変更する",
    view="ブラウザで読む",
    sender="発行：{}",
    note="編集部より",
    archive="バックナンバー",
    again="再配信",
    older="前の号",
    newer="次の号",
    skip="本文へ移動",
    in_language=_IN_LANGUAGE,
    published="発行：{}（{}）",
    told="{}（{}）",
)

LANGUAGES: Mapping[str, Words] = MappingProxyType({"en": ENGLISH, "ja": JAPANESE})


def pick(*languages: str) -> str:
    """The first of these languages that has words here; English if none has."""
    return next((lang for lang in languages if lang in LANGUAGES), DEFAULT)
