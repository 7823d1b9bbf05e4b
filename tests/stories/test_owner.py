from pathlib import Path

import pytest

from digest.stories.owner import Owner, owner_of
from tests.builders import entry
from tests.stories.builders import cheese_lexicon


@pytest.mark.parametrize(
    ("given", "owner"),
    [
        ({"outlet": "Milk Daily"}, Owner("milk_house", 1.2)),
        ({"outlet": "?", "url": "https://milkdaily.example/1"}, Owner("milk_house", 1.2)),
        ({"outlet": "Village Post"}, Owner("village post", 1.0)),
        ({"outlet": ""}, Owner("trade", 1.0)),
        ({"outlet": "Milk Daily", "title": "Cheese up - Alpenwire"}, Owner("alpenwire", 1.4)),
        ({"outlet": "Village Post", "title": "Cheese up - Milk Daily"}, Owner("milk_house", 1.2)),
        ({"outlet": "Collector", "title": "Cheese up | Milk Daily"}, Owner("milk_house", 1.2)),
        ({"outlet": "Milk Daily", "title": "Cheese - Collector"}, Owner("milk_house", 1.2)),
        (
            {"outlet": "Milk Daily", "summary": "BERN (Alpenwire) - Cheese."},
            Owner("alpenwire", 1.2),
        ),
        ({"outlet": "Milk Daily", "summary": "【Alpenwire】チーズ"}, Owner("alpenwire", 1.2)),
        ({"outlet": "Milk Daily", "summary": "Cheese (Alpenwire)"}, Owner("alpenwire", 1.2)),
        ({"outlet": "Village Post", "summary": "Cheese (Alpenwire)"}, Owner("alpenwire", 1.4)),
        ({"outlet": "Milk Daily", "summary": "Cheese (Milk Daily)"}, Owner("milk_house", 1.2)),
        ({"outlet": "Milk Daily", "summary": "Cheese (nobody)"}, Owner("milk_house", 1.2)),
    ],
)
def test_whose_words_an_entry_carries(tmp_path: Path, given: dict[str, str], owner: Owner) -> None:
    lexicon = cheese_lexicon(tmp_path)
    assert owner_of(lexicon, entry(**({"url": "https://x.example/"} | given))) == owner
