"""Thirty days of news for a replay: what breaks, what only looks like it, and all the rest.

Every event is told by several outlets in words of their own. A staged event breaks; a decoy does
not, though many tell it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

START = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = 30
OUTLETS = (
    *("Nikkei Asia", "Reuters", "Bloomberg", "Automotive News", "Kyodo News", "Just Auto"),
    *("Car Trade Weekly", "Response", "日刊自動車新聞", "日本経済新聞", "朝日新聞", "NHK"),
)
GROUP = tuple(f"Motor Group {place}" for place in ("North", "South", "East", "West"))


# What newsrooms write under a headline, each in words of its own: alike ones are copies of a wire.
_ENGLISH = (
    "The company confirmed the move in a statement to the Tokyo exchange on Thursday evening.",
    "People familiar with the matter said details would be given at a briefing later in the day.",
    "Analysts had not expected the step, which comes in the middle of the business year.",
    "Suppliers in the region were told by telephone, according to two managers who took the calls.",
    "A spokesperson declined to comment beyond a short notice on the maker's own website.",
    "Union officials called for talks, while dealers waited for word from headquarters.",
    "Investors reacted within minutes and the stock was among the most traded of the session.",
    "The ministry said it had been informed and was looking into what it would mean for buyers.",
)
_JAPANESE = (
    "同社が17日夜、東京証券取引所で明らかにした。詳細は追って説明するとしている。",
    "関係者への取材で分かった。部品各社には電話で連絡があったという。",
    "市場では予想外との受け止めが広がり、株価は一時大きく動いた。",
    "労働組合は協議を申し入れた。販売店は本社からの説明を待っている。",
)


@dataclass(frozen=True, slots=True)
class Told:
    """One report: when it is published, by whom, in which words."""

    at: datetime
    outlet: str
    title: str
    summary: str = ""

    @property
    def lang(self) -> str:
        return "en" if self.title.isascii() else "ja"


@dataclass(frozen=True, slots=True)
class Event:
    """An event with its reports, and whether somebody should be alerted."""

    name: str
    breaks: bool
    told: tuple[Told, ...]
    update: bool = False  # of an earlier one
    enough: int = 6  # reports after which it must have been raised


def staged_event(  # a test names what it stages
    name: str,
    day: float,
    every: float,  # minutes
    titles: tuple[str, ...],
    *,
    breaks: bool = True,
    update: bool = False,
    enough: int = 6,
    first: int = 0,
) -> Event:
    begin = START + timedelta(days=day)
    english = [outlet for outlet in OUTLETS if outlet.isascii()]
    japanese = [outlet for outlet in OUTLETS if not outlet.isascii()]
    told = []
    for number, title in enumerate(titles):
        outlets = english if title.isascii() else japanese
        at = begin + timedelta(minutes=every * number)
        outlet = outlets[(first + number) % len(outlets)]
        told.append(Told(at, outlet, title, _summary(number, title)))
    return Event(name, breaks, tuple(told), update, enough)


def _summary(number: int, title: str) -> str:
    words = _ENGLISH if title.isascii() else _JAPANESE
    return words[number % len(words)]


STAGED = (
    staged_event(
        "sudden, in English",
        12.3,
        6,
        (
            "Nissan chief executive Ivan Espinosa resigns abruptly",
            "Nissan CEO Espinosa resigns abruptly, board says",
            "Ivan Espinosa resigns as Nissan CEO after board meeting",
            "Nissan says CEO Ivan Espinosa resigns with immediate effect",
            "Nissan CEO Ivan Espinosa resigns, shares suspended",
            "Nissan chief Espinosa resigns abruptly",
            "Espinosa resigns as Nissan chief executive",
        ),
    ),
    staged_event(
        "sudden, in both languages",
        14.4,
        7,
        (
            "Toyota halts all 14 Japan plants after system failure",
            "トヨタ、国内14工場の稼働を停止　システム障害で",
            "Toyota halts production at all 14 plants in Japan, system failure",
            "トヨタ国内全14工場が稼働停止、システム障害",
            "Toyota stops all 14 Japanese plants on system failure",
            "システム障害でトヨタの国内14工場が稼働停止",
            "Toyota halts 14 Japan plants due to system failure",
        ),
    ),
    staged_event(
        "gradual",
        16.1,
        150,
        (
            "Honda in talks to sell its stake in Astemo, sources say",
            "Honda in talks to sell Astemo stake",
            "Honda talks to sell stake in parts maker Astemo",
            "Honda in talks to sell its Astemo stake to fund, sources",
            "Honda in talks on sale of Astemo stake",
            "Honda in sale talks over Astemo stake, sources say",
            "Honda in talks to sell Astemo stake, source confirms",
        ),
        enough=7,
    ),
    staged_event(
        "at night",
        17.72,  # a quarter past two in Tokyo
        5,
        (
            "Explosion at Subaru plant in Gunma injures 12 workers",
            "Explosion injures 12 workers at Subaru plant in Gunma",
            "Subaru plant explosion in Gunma injures 12",
            "Blast at Subaru Gunma plant injures 12 workers",
            "12 workers injured in explosion at Subaru plant in Gunma",
            "Subaru Gunma plant explosion injures 12 workers",
            "Explosion at Subaru's Gunma plant injures 12",
        ),
    ),
    staged_event(
        "during our outage",
        19.35,
        20,
        (
            "Mazda and Suzuki agree to merge by 2028",
            "Suzuki and Mazda agree to merge in 2028",
            "Mazda, Suzuki agree to merge by 2028, sources say",
            "Mazda and Suzuki to merge by 2028, companies agree",
            "Suzuki, Mazda agree to merge by 2028",
            "Mazda and Suzuki agree merger by 2028",
            "Mazda and Suzuki agree on 2028 merger",
        ),
    ),
    staged_event(
        "denied later",
        20.4,
        10,
        (
            "Mazda and Suzuki call off 2028 merger",
            "Suzuki and Mazda call off merger planned for 2028",
            "Mazda, Suzuki call off their 2028 merger",
            "Mazda and Suzuki scrap 2028 merger, call off talks",
            "Suzuki, Mazda call off merger",
            "Mazda and Suzuki call off merger by 2028",
            "Mazda and Suzuki call off merger plan",
        ),
        update=True,
    ),
    staged_event(
        "a recall",
        22.2,
        8,
        (
            "Toyota recalls 1.02 million RAV4 over fuel pump",
            "Toyota recalls 1.02 million RAV4 SUVs over fuel pump fault",
            "Toyota to recall 1.02 million RAV4 over faulty fuel pump",
            "Toyota recalling 1.02 million RAV4 SUVs for fuel pump",
            "Toyota recalls 1.02 million RAV4 vehicles, fuel pump",
            "Fuel pump: Toyota recalls 1.02 million RAV4",
            "Toyota recalls RAV4 SUVs, 1.02 million, over fuel pump",
        ),
    ),
    staged_event(
        "another recall that looks alike",
        25.2,
        8,
        (
            "Toyota recalls 380,000 Tacoma pickups over rear axle",
            "Toyota recalls 380,000 Tacoma trucks over rear axle fault",
            "Toyota to recall 380,000 Tacoma pickups over rear axle",
            "Toyota recalling 380,000 Tacoma trucks for rear axle",
            "Toyota recalls 380,000 Tacoma pickups, rear axle",
            "Rear axle: Toyota recalls 380,000 Tacoma trucks",
            "Toyota recalls Tacoma, 380,000, over rear axle",
        ),
        enough=7,
    ),
    staged_event(
        "sudden, in Japanese",
        27.1,
        6,
        (
            "三菱自動車、岡崎工場を2028年に閉鎖へ",
            "三菱自、岡崎工場を28年閉鎖へ　人員は再配置",
            "三菱自動車が岡崎工場を2028年に閉鎖",
            "三菱自、岡崎工場を2028年閉鎖と発表",
            "Mitsubishi Motors to close Okazaki plant in 2028",
            "Mitsubishi Motors says it will close Okazaki plant in 2028",
            "Mitsubishi Motors to shut Okazaki plant in 2028",
        ),
        enough=7,
    ),
)

_SALES = "{} September global sales rise {}% from a year earlier"
DECOYS = (
    *(
        staged_event(
            f"sales of {maker}",
            10.2,
            4,
            tuple(
                form.format(maker, percent)
                for form in (
                    _SALES,
                    "{} global sales rise {}% in September",
                    "{} says September sales rise {}%",
                    "{} sales rise {}% in September",
                    "{} September sales up {}%",
                )
            ),
            breaks=False,
        )
        for maker, percent in (("Toyota", 3), ("Honda", 5), ("Nissan", 2), ("Mazda", 7))
    ),
    *(
        staged_event(
            f"show car of {maker}",
            18.1 + number / 50,
            9,
            tuple(
                form.format(maker, car)
                for form in (
                    "{} unveils {} concept at Japan Mobility Show",
                    "{} {} concept unveiled at Japan Mobility Show",
                    "Japan Mobility Show: {} unveils {} concept",
                    "{} shows {} concept in Tokyo",
                )
            ),
            breaks=False,
        )
        for number, (maker, car) in enumerate(
            (("Toyota", "Celica"), ("Honda", "Alpha"), ("Subaru", "Trail"), ("Daihatsu", "Copen"))
        )
    ),
    Event(
        "eight outlets of one owner",
        breaks=False,
        told=tuple(
            Told(
                START + timedelta(days=21.3, minutes=5 * number),
                GROUP[number % len(GROUP)],
                "Isuzu dealer opens truck service centre in Fujisawa",
            )
            for number in range(8)
        ),
    ),
    staged_event(
        "over before we were back",
        19.02,
        9,
        (
            "Yamaha Motor shuts marine engine line after fire",
            "Fire shuts Yamaha Motor marine engine line",
            "Yamaha Motor marine engine line shut after fire",
        ),
        breaks=False,
    ),
    staged_event(
        "told again",
        26.3,
        9,
        (
            "Nissan chief executive Ivan Espinosa resigns abruptly",
            "Nissan CEO Espinosa resigns abruptly, board says",
        ),
        breaks=False,
    ),
)

_MAKERS = ("Toyota", "Honda", "Nissan", "Mazda", "Subaru", "Suzuki", "Denso", "Aisin", "Isuzu")
_DEEDS = (
    "tests robot welders at {} plant",
    "signs supply deal with {} steelmaker",
    "opens training centre near {}",
    "hires engineers for its {} office",
    "expands logistics hub in {}",
    "joins hydrogen study in {}",
    "buys land for warehouse in {}",
    "wins bus order from {} city",
    "begins battery recycling trial in {}",
    "starts car sharing service in {}",
)
_PLACES = (
    *("Nagoya", "Fukuoka", "Sendai", "Hiroshima", "Kyoto", "Texas", "Ohio", "Jakarta", "Bangkok"),
    *("Chennai", "Pune", "Hanoi", "Manila", "Leipzig", "Lyon", "Turin", "Lima", "Bogota", "Cairo"),
)


@dataclass(frozen=True, slots=True)
class Month:
    """What breaks and what only looks like it, and all reports in the order of time."""

    staged: tuple[Event, ...]
    decoys: tuple[Event, ...]
    told: tuple[Told, ...]


def month(
    staged: tuple[Event, ...] = STAGED, decoys: tuple[Event, ...] = DECOYS, seed: int = 7
) -> Month:
    """The staged month among its daily news; most of that is told by one or two outlets."""
    random = Random(seed)  # noqa: S311  # the same month each time
    told = [told for event in staged + decoys for told in event.told]
    for day in range(DAYS):
        for _ in range(18):
            deed = random.choice(_DEEDS).format(random.choice(_PLACES))
            title = f"{random.choice(_MAKERS)} {deed}"
            begin = START + timedelta(days=day, minutes=random.randrange(1440))
            for voice, outlet in enumerate(
                random.sample(OUTLETS[:8], random.choice((1, 1, 1, 2, 3)))
            ):
                at = begin + timedelta(minutes=40 * voice)
                shown = title if voice == 0 else f"{title}, company says"
                told.append(Told(at, outlet, shown, _summary(random.randrange(8), title)))
    return Month(staged, decoys, tuple(sorted(told, key=lambda each: each.at)))
