"""Documents of every format, encoding and bad habit that we read, against what they should give."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from digest.feeds.clean import entries
from digest.feeds.workers import ParserPool
from digest.model import FeedId, FeedKind
from tests.feeds.builders import NOW, feed

DATA = Path(__file__).parent.parent / "data" / "feeds"
DOCUMENTS = sorted(path.name for path in DATA.iterdir() if not path.name.endswith(".golden.json"))


async def read(pool: ParserPool, name: str, body: bytes) -> dict[str, Any]:
    """A document as JSON, read as a poll reads it."""
    parsed = await pool.parse(FeedId("golden"), body)
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


@pytest.fixture(params=DOCUMENTS)
def golden(request: pytest.FixtureRequest) -> tuple[str, bytes, dict[str, Any]]:
    name = request.param
    expected = json.loads((DATA / f"{name}.golden.json").read_text(encoding="utf-8"))
    return name, (DATA / name).read_bytes(), expected


async def test_a_document_gives_what_its_golden_file_says(
    golden: tuple[str, bytes, dict[str, Any]],
) -> None:
    name, body, expected = golden
    async with ParserPool() as pool:
        assert await read(pool, name, body) == expected
