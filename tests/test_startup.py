"""What is done the short way gives what the long way gives."""

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import load
from digest.configwords import uses_only_built_in
from digest.stories.ids import built_in_ids
from digest.stories.load import load_lexicon
from digest.subscribers import addresses

LABEL = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=8)
LOCAL = st.text(string.ascii_letters + string.digits + ".-_+", min_size=1, max_size=70)
DOMAIN = st.builds(".".join, st.lists(LABEL, min_size=1, max_size=3))
ENDING = st.sampled_from(["com", "jp", "arpa", "onion", "invalid", "example", "localhost", "c0m"])


@given(local=LOCAL, domain=DOMAIN, ending=ENDING)
def test_a_common_address_is_in_its_normal_form_already(
    local: str, domain: str, ending: str
) -> None:
    for address in (f"{local}@{domain}.{ending}", f"{local}@{ending}"):
        try:
            expected = addresses._normalised(address)  # noqa: SLF001  # the long way
        except ValueError:
            with pytest.raises(ValueError, match="not an email address"):
                addresses.normalise(address)
        else:
            assert addresses.normalise(address) == expected


def test_the_ids_of_the_lexicon_are_those_that_are_read_from_it() -> None:
    lexicon = load_lexicon(None, {})
    names = {f"company:{each}" for each in lexicon.companies}
    assert built_in_ids() == names | {f"topic:{each}" for each in lexicon.topics}


@pytest.mark.parametrize(
    ("text", "surely_known"),
    [
        ("", True),
        ('keep = ["company:*"]', True),
        ('keep = ["company:nissan and not topic:ev", "kind:trade"]', True),
        ('drop = ["company:nobody"]', False),
        ('[[outlet]]\nid = "x"\nhosts = ["x.example"]', False),
    ],
)
def test_words_of_the_lexicon_are_known_without_reading_it(
    tmp_path: Path, text: str, *, surely_known: bool
) -> None:
    feed = f'[[feeds]]\nurl = "https://a.example/"\n{text}\n'
    (tmp_path / "feeds.toml").write_text(feed, encoding="utf-8")
    assert uses_only_built_in(load(tmp_path, {})) is surely_known
