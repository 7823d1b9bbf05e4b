"""A small lexicon of another industry, and entries as clustering sees them."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from digest.model import EntryId
from digest.stories.lexicon import Lexicon
from digest.stories.load import load_lexicon
from digest.stories.tag import Tagger
from digest.stories.traits import Traits, traits
from tests.builders import NOW, entry

CHEESE = """
schema = 1

[relevance]
home = "ch"
field = ["cheese"]
trade = ["business"]
before_model = ["new"]
place = ["switzerland"]
place_in = { ja = ["at_home"] }
field_in = { ja = ["dairy_farm"] }
away = ["france"]
always = ["guild"]

[background]
patterns = [
  "rival *", "* rival", "*-like", "after * deal died",
  "*より安", "*に次ぐ", "ライバルの*", "*の#倍",
]
former = ["ex-*", "元*"]
charges = ["listeria"]
yardsticks = ["(behind|twice) *", "(after|joining) * $"]

[given]
names = "Heidi Peter ハイジ"

[[company]]
id = "alpina"
name = { en = "Alpina", ja = "アルピナ" }
home = "ch"
names = ["Alpina Dairy", "Alpina", "アルピナ", "~Berg", "?Tal"]
models = [
  ["~Gold", "~ゴールド"], ["Mountain Wheel", "マウンテンホイール"], "~~May", "~Silver", "?Rind",
]
chinese = ["高山"]
blocks = ["Alpina Bank"]

[[company]]
id = "gouda_works"
name = { en = "Gouda Works" }
home = "nl"
names = ["Gouda Works", "ゴーダワークス"]
people = [["Jan de Boer"]]
interest = 2.0

[[guard]]
id = "venue"
why = "a venue, not the company"
after = ["Arena", "スタジアム", "市"]

[[guard]]
id = "person"
why = "a person, not the company"
given = true
trade = ["Sculptor"]
before = ["Mr."]
after = ["さん"]

[[guard]]
id = "daily"
why = "so much a day, not the company"
after = ["#トン"]
unless_after = ["#トン超"]
names = ["アルピナ"]

[[guard]]
id = "market"
why = "only a share, not the company"
near = ["bourse"]
title = true
led = ["milk"]

[[guard]]
id = "other_trade"
why = "another trade, not the company"
after = ["Bank", "銀行"]
sorts = ["model"]

[[guard]]
id = "hill"
why = "a hill, not the company"
before = ["up", "No. #"]
near = ["walk"]
names = ["Alpina"]

[[guard]]
id = "sport"
why = "sport, not the company"
near = ["sport"]
unless = ["business"]

[[topic]]
id = "mergers"
name = { en = "Mergers", ja = "再編" }
phrases = { "@companies & deal" = 3, "merger*" = 3, "hint" = 1, "step* down" = 2 }
exclude = ["lane merger"]

[[topic]]
id = "price"
name = { en = "Prices" }
phrases = { "price & @milk" = 3, "price & !free" = 1 }
interest = 2.0

[[concept]]
id = "cheese"
en = ["cheese", "dairy"]
ja = ["チーズ"]
link = false

[[concept]]
id = "milk"
en = ["milk"]
ja = ["牛乳"]

[[concept]]
id = "dear_milk"
en = ["dear & @milk"]
topics = { price = 3 }

[[concept]]
id = "recall"
en = ["recall*"]
ja = ["回収"]

[[concept]]
id = "raise"
en = ["raises"]
ja = ["値上げ"]
opposes = ["cut"]

[[concept]]
id = "cut"
en = ["cuts"]
ja = ["値下げ"]

[[concept]]
id = "listeria"
en = ["listeria"]
ja = ["リステリア菌"]

[[concept]]
id = "switzerland"
en = ["Swiss"]
ja = ["スイス"]

[[concept]]
id = "dairy_farm"
ja = ["酪農"]

[[concept]]
id = "bourse"
en = ["shares close"]

[[concept]]
id = "walk"
en = ["walk"]

[[concept]]
id = "at_home"
ja = ["国内"]

[[concept]]
id = "france"
en = ["France"]
ja = ["フランス"]

[[concept]]
id = "guild"
en = ["Cheese Guild"]

[[concept]]
id = "sport"
en = ["football"]

[[concept]]
id = "business"
en = ["profit"]

[[outlet]]
id = "wire"
names = ["Alpenwire"]
hosts = ["alpenwire.example"]
owner = "alpenwire"
weight = 1.4
wire = true

[[outlet]]
id = "daily"
names = ["Milk Daily"]
hosts = ["milkdaily.example"]
owner = "milk_house"
weight = 1.2

[[outlet]]
id = "collector"
names = ["Collector"]
hosts = ["collector.example"]
weight = 0.5

[[outlet]]
id = "alpina_newsroom"
names = ["Alpina Newsroom"]
owner = "alpina"
"""


@cache
def built_in() -> Tagger:
    """A tagger of the shipped lexicon."""
    return Tagger(load_lexicon(None, {}))


def cheese_lexicon(folder: Path, user: Mapping[str, object] | None = None) -> Lexicon:
    """The lexicon of the cheese trade, written to a folder of its own."""
    (folder / "cheese.toml").write_text(CHEESE, encoding="utf-8")
    return load_lexicon(folder, user or {})


def seen(
    tagger: Tagger, number: int, title: str, *, hours: float = 0, owner: str = "", **given: Any
) -> Traits:
    """An entry published so many hours after the first, as clustering sees it."""
    told = entry(number=number, title=title, published=NOW + timedelta(hours=hours), **given)
    reading = tagger.read(told.title, told.summary, lang=told.lang)
    return traits(EntryId(number), told, reading, owner or f"owner-{number}")
