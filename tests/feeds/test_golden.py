"""Documents of every format, encoding and bad habit that we read, against what they should give.

`REWRITE_GOLDEN=1` writes the golden files anew; read the difference before it is kept.
"""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest

from digest.feeds.clean import entries
from digest.feeds.workers import ParserPool
from digest.model import FeedId, FeedKind
from tests.feeds.builders import NOW, feed
from tests.feeds.habits import HABITS, Habit

DATA = Path(__file__).parent.parent / "data" / "feeds"
WRITTEN = {
    path.name: Habit(path.read_bytes())
    for path in sorted(DATA.iterdir())
    if not path.name.endswith(".golden.json")
}
DOCUMENTS = {**WRITTEN, **HABITS}


async def read(pool: ParserPool, name: str, document: Habit) -> dict[str, Any]:
    """A document as JSON, read as a poll reads it."""
    parsed = await pool.parse(FeedId("golden"), document.body, document.content_type)
    kind = FeedKind.SEARCH if name.startswith("search") else FeedKind.TRADE
    told = feed(id=FeedId("golden"), kind=kind, lang=parsed.lang[:2] or "en")
    return {
        "format": parsed.format,
        "encoding": parsed.encoding,
        "title": parsed.title_html,
        "lang": parsed.lang,
        "ttl": None if parsed.ttl is None else parsed.ttl.total_seconds(),
        "lenient": parsed.lenient,
        "entries": [
            {
                name: str(value) if name == "published" else value
                for name, value in dataclasses.asdict(entry).items()
                if name != "feed"
            }
            for entry in entries(parsed, told, NOW)
        ],
    }


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
async def test_a_document_gives_what_its_golden_file_says(name: str) -> None:
    async with ParserPool() as pool:
        found = await read(pool, name, DOCUMENTS[name])
    golden = DATA / f"{name}.golden.json"
    if os.environ.get("REWRITE_GOLDEN"):
        text = json.dumps(found, ensure_ascii=False, indent=1)
        golden.write_text(text + "\n", encoding="utf-8")
    assert json.loads(golden.read_text(encoding="utf-8")) == found


def test_every_golden_file_has_its_document() -> None:
    names = {path.name.removesuffix(".golden.json") for path in DATA.glob("*.golden.json")}
    assert names == set(DOCUMENTS)
