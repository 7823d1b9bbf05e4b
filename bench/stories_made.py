"""Makes news for bench/stories.py: events, and what outlets write about them, with the truth.

Nothing here is a real report; the words are in data/press.toml. An event has a kind, a company and
a dozen particulars; every report of it is one of several wordings, in English or Japanese, with
some of the particulars, a label or an outlet's tail, and perhaps a summary. Half of the events have
nothing to do with cars. Names of firms, people and towns are made of syllables, so that they are as
many and as rare as in life, and the same in both scripts.
"""

import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest.model import Entry, FeedId
from digest.stories.lexicon import Company, Lexicon, Sort

BEGIN = datetime(2030, 1, 7, tzinfo=UTC)
GENERAL = 0.5  # of the events: nothing of the trade in them
COPIED = 0.22  # of the later reports: a wire's text, printed as it came
SUMMARISED = 0.65
NAMESAKES = 0.05  # of those: a company's name that means something else
ANGLED = 0.6  # of the reports of the trade say how or why, in words of that event
SPREAD = timedelta(hours=8)  # the mean time of a report after its event
LATEST = timedelta(hours=60)
REPORTS = (1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 7, 10)  # of one event, as likely as they stand

_SOUNDS = """
    カka キki クku コko サsa シshi スsu ソso タta テte トto ナna ニni ノno ハha ヒhi マma ミmi モmo
    ヤya ユyu ヨyo ラra リri ルru ロro ワwa ガga ゴgo ザza ダda ドdo バba ビbi ボbo
"""
_SYLLABLES = [(sound[0], sound[1:]) for sound in _SOUNDS.split()]
_FIRM = (("Industries", "工業"), ("Precision", "精密"), ("Electric", "電機"), ("Metal", "金属"))

_WORDS = Path(__file__).parent / "data" / "press.toml"


@dataclass(frozen=True, kw_only=True)
class Made:
    """An entry, and the event that it tells of."""

    entry: Entry
    event: int


@dataclass(frozen=True)
class _Kind:
    """Wordings of one kind of event: headlines and summaries in both languages."""

    en: Sequence[str]
    ja: Sequence[str]
    en_more: Sequence[str] = ()
    ja_more: Sequence[str] = ()


Pair = tuple[str, str]  # English and Japanese
Slots = dict[str, str]


class Press:
    """Makes the same news for the same seed."""

    def __init__(self, lexicon: Lexicon, seed: int = 7) -> None:
        self._dice = random.Random(seed)  # noqa: S311  # a benchmark's, and to be repeated
        told = tomllib.loads(_WORDS.read_text("utf-8"))
        self._trade, self._other, self._namesakes = (
            [_Kind(**kind) for kind in told.pop(name)] for name in ("trade", "other", "namesakes")
        )
        self._words = {name: _pairs(words) for name, words in told.items()}
        self._companies: list[tuple[Pair, list[Pair]]] = []
        self._said: list[int] = []
        for company in lexicon.companies.values():
            name = (company.name.en, company.name.ja)
            self._companies.append((name, _models(company) or [self._name(2)]))
            self._said.append(len(company.aliases))  # who has many names is often in the news
        self._outlets = sorted({o.names[0] for o in lexicon.outlets.values() if o.names})

    def news(self, entries: int, days: float) -> list[Made]:
        """So many entries of so many days, in order of publication; no hour brings more or fewer.

        So the first ones tell of events that began before, as where a service is set up.
        """
        made: list[tuple[datetime, int, Entry, int]] = []
        event = 0
        end = BEGIN + timedelta(days=days)
        while len(made) < entries:
            event += 1
            began = end - (end - BEGIN + LATEST) * self._dice.random()
            made += (
                (entry.published, number, entry, event)
                for number, entry in enumerate(self._reports(event, began))
                if BEGIN <= entry.published < end
            )
        made.sort(key=lambda one: (one[0], one[3], one[1]))
        return [Made(entry=entry, event=number) for _, _, entry, number in made[:entries]]

    def headlines(self, count: int) -> list[Pair]:
        """So many different headlines with a summary each."""
        told = (entry for n in range(count) for entry in self._reports(n, BEGIN))
        return [(entry.title, entry.summary) for _, entry in zip(range(count), told, strict=False)]

    def tell(self, event: str, teller: str, lang: str) -> Pair:
        """The headline and summary with which one teller reports an event, each by its name."""
        self._dice = random.Random(event)  # noqa: S311  # the same
        kind, slots = self._event()
        self._dice = random.Random(teller)  # noqa: S311
        return self._write(kind, slots[lang], lang)

    def _event(self) -> tuple[_Kind, dict[str, Slots]]:
        dice = self._dice
        general = dice.random() < GENERAL
        kind = dice.choice(self._other if general else self._trade)
        if general and dice.random() < NAMESAKES:
            kind = dice.choice(self._namesakes)
        return kind, self._particulars()

    def _reports(self, event: int, began: datetime) -> Iterator[Entry]:
        dice = self._dice
        kind, slots = self._event()
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
        titles, more = (kind.en, kind.en_more) if lang == "en" else (kind.ja, kind.ja_more)
        title = dice.choice(titles).format_map(slots)
        if kind in self._trade and dice.random() < ANGLED:
            title += slots["angle"]
        if lang == "ja" and dice.random() < 0.1:
            title = dice.choice(("【独自】", "【速報】")) + title
        elif dice.random() < 0.05:
            title = f"UPDATE 2-{title}"
        if dice.random() > SUMMARISED or not more:
            return title, ""
        chosen = dice.sample(more, dice.choice((1, len(more))))
        return title, (" " if lang == "en" else "").join(text.format_map(slots) for text in chosen)

    def _particulars(self) -> dict[str, Slots]:
        dice, words = self._dice, self._words
        (co, models), (other, _) = dice.choices(self._companies, self._said, k=2)
        name, town, firm, trade = self._name(2), self._name(3), self._name(2), dice.choice(_FIRM)
        given = self._name(2)
        pairs = {
            "co": co,
            "other": other,
            "model": dice.choice(models),
            "place": dice.choice(words["places"]),
            "part": dice.choice(words["parts"]),
            "tech": dice.choice(words["tech"]),
            "thing": dice.choice(words["things"]),
            "month": dice.choice(words["months"]),
            "how": _joined(dice.choice(words["how"]), self._name(2)),
            "what": dice.choice(words["what"]),
            "deed": dice.choice(words["deeds"]),
            "person": (f"{given[0]} {name[0]}", f"{name[1]}{given[1]}"),
            "town": town,
            "firm": (f"{firm[0]} {trade[0]}", f"{firm[1]}{trade[1]}"),
            "n": _vehicles(dice.randrange(12, 2600)),
            "money": _money(dice.randrange(2, 990), dice.choice(("yen", "dollar"))),
            "pct": (f"{(pct := dice.randrange(2, 60))}%", f"{pct}%"),
            "jobs": (f"{(jobs := dice.randrange(3, 90) * 50):,}", f"{jobs:,}"),
        }
        (says, ja_says), source = (
            dice.choice(words["angles"]),
            dice.choice(("person", "town", "firm")),
        )
        pairs["angle"] = (f", {says}: {pairs[source][0]}", f"、{ja_says} {pairs[source][1]}")
        english = {key: en for key, (en, _) in pairs.items()}
        japanese = {key: ja for key, (_, ja) in pairs.items()}
        japanese |= {f"{key}_": japanese[key] for key in ("town", "firm", "n", "money")}
        return {"en": english, "ja": japanese}

    def _name(self, syllables: int) -> Pair:
        chosen = [self._dice.choice(_SYLLABLES) for _ in range(syllables + 1)]
        latin = "".join(sound for _, sound in chosen).capitalize()
        return latin, "".join(kana for kana, _ in chosen)


def _pairs(words: Sequence[str]) -> list[Pair]:
    cut = (one.partition("|") for one in words)
    return [(english, japanese) for english, _, japanese in cut]


def _models(company: Company) -> list[Pair]:
    """Each model's English and Japanese spelling; the English one where it has no other."""
    of: dict[str, list[str]] = {}
    for alias in company.aliases:
        if alias.sort is Sort.MODEL and not alias.plain and alias.label.isascii():
            of.setdefault(alias.label, []).append(alias.text)
    return [(label, next((t for t in of[label] if not t.isascii()), label)) for label in of]


def _joined(one: Pair, other: Pair) -> Pair:
    return f"{one[0]} {other[0]}", f"{one[1]}{other[1]}"


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
