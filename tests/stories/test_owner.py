from pathlib import Path

import pytest

from digest.stories.owner import Voice, voice_of
from tests.builders import entry
from tests.stories.builders import cheese_lexicon


@pytest.mark.parametrize(
    ("given", "voice"),
    [
        ({"outlet": "Milk Daily"}, Voice("milk_house", 1.2)),
        ({"outlet": "?", "url": "https://milkdaily.example/1"}, Voice("milk_house", 1.2)),
        ({"outlet": "Village Post"}, Voice("village post", 1.0)),
        ({"outlet": ""}, Voice("trade", 1.0)),
        ({"outlet": "Milk Daily", "title": "Cheese up - Alpenwire"}, Voice("alpenwire", 1.4)),
        ({"outlet": "Village Post", "title": "Cheese up - Milk Daily"}, Voice("milk_house", 1.2)),
        ({"outlet": "Collector", "title": "Cheese up | Milk Daily"}, Voice("milk_house", 1.2)),
        ({"outlet": "Milk Daily", "title": "Cheese - Collector"}, Voice("milk_house", 1.2)),
        (
            {"outlet": "Milk Daily", "summary": "BERN (Alpenwire) - Cheese."},
            Voice("alpenwire", 1.2),
        ),
        ({"outlet": "Milk Daily", "summary": "【Alpenwire】チーズ"}, Voice("alpenwire", 1.2)),
        ({"outlet": "Milk Daily", "summary": "Cheese (Alpenwire)"}, Voice("alpenwire", 1.2)),
        ({"outlet": "Village Post", "summary": "Cheese (Alpenwire)"}, Voice("alpenwire", 1.4)),
        ({"outlet": "Milk Daily", "summary": "Cheese (Milk Daily)"}, Voice("milk_house", 1.2)),
        ({"outlet": "Milk Daily", "summary": "Cheese (nobody)"}, Voice("milk_house", 1.2)),
    ],
)
def test_whose_voice_an_entry_is(tmp_path: Path, given: dict[str, str], voice: Voice) -> None:
    lexicon = cheese_lexicon(tmp_path)
    assert voice_of(lexicon, entry(**({"url": "https://x.example/"} | given))) == voice
