from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.stories.cues import Cues
from digest.stories.glance import Glance
from digest.stories.guard import Asked, Guards
from digest.stories.lexicon import Alias
from digest.stories.text import text_of
from digest.stories.tokens import normalise
from tests.stories.builders import built_in, cheese_lexicon


@pytest.fixture
def glance(tmp_path: Path) -> Glance:
    return Glance(cheese_lexicon(tmp_path))


def is_calm(glance: Glance, title: str, name: str) -> bool:
    text = text_of(normalise(title), "")
    start = text.whole.index(name)
    return glance.is_calm(text, start, start + len(name))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Alpina opens dairy", "Alpina"),
        ("New milk from alpina", "alpina"),
        ("why Alpina grows", "Alpina"),
        ("アルピナ、新工場", "アルピナ"),
        ("アルピナ増産へ", "アルピナ"),
        ("牛乳のアルピナ", "アルピナ"),
        ("Alpina's milk", "Alpina"),
        ("Alpina", "Alpina"),
    ],
)
def test_a_name_beside_which_nothing_is_said_of_it_is_passed_by(
    glance: Glance, title: str, name: str
) -> None:
    assert is_calm(glance, title, name)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Alpina Arena opens", "Alpina"),
        ("Alpina's arena", "Alpina"),
        ("アルピナ新スタジアム", "アルピナ"),
        ("アルピナ30トン", "アルピナ"),
        ("Heidi Alpina wins", "Alpina"),
        ("Mr. Alpina retires", "Alpina"),
        ("ハイジ・アルピナ", "アルピナ"),
        ("outsells rival Alpina", "Alpina"),
        ("outsells rival the Alpina", "Alpina"),
        ("an ex-Alpina baker", "Alpina"),
        ("after Alpina deal died", "Alpina"),
        ("元アルピナ社員", "アルピナ"),
        ("アルピナに次ぐ規模", "アルピナ"),
        ("「アルピナ」に次ぐ規模", "アルピナ"),
    ],
)
def test_a_name_is_looked_at_where_a_guard_or_a_comparison_may_apply(
    glance: Glance, title: str, name: str
) -> None:
    assert not is_calm(glance, title, name)


LEXICON = built_in().lexicon
GUARDS, GLANCE = Guards(LEXICON), Glance(LEXICON)
PATTERNS = (*LEXICON.background, *LEXICON.former, *LEXICON.yardsticks)
CUES = Cues(PATTERNS)
NOTHING = Asked(frozenset(), frozenset(), ())
NAMES = ("Toyota", "トヨタ", "日産", "Suzuki", "本田")
cues = sorted(
    {
        *(word for guard in LEXICON.guards for word in (*guard.before, *guard.after)),
        *(part for pattern in PATTERNS for part in pattern.split("*") if part),
    }
)
beside = st.lists(
    st.one_of(
        st.sampled_from(cues).map(lambda cue: cue.replace("#", "7")),
        st.sampled_from(
            (" ", " the ", "の", "、", "」", "'s ", "Dana ", "ケン・", "plant", "30", "-")
        ),
    ),
    max_size=3,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(beside, st.sampled_from(NAMES), beside)
def test_nothing_is_said_of_a_name_that_is_passed_by(before: str, name: str, after: str) -> None:
    text = text_of(normalise(f"{before}{name}{after}"), "")
    start = text.whole.find(name)
    end = start + len(name)
    if start >= 0 and GLANCE.is_calm(text, start, end):
        assert GUARDS.refuse(text.whole, start, end, Alias(text=name, label=name), NOTHING) is None
        assert CUES.find(text.small, start, end) is None
