import re

from hypothesis import given
from hypothesis import strategies as st

from digest.stories.endings import Endings, alternatives

WORDS = ("rival", "than", "ex-", "元", "ライバルの", "No. #", "more than")


def form(word: str) -> str:
    gap = "" if word[-1] in "-元の" else " (?:the )?"
    return re.escape(word).replace(r"\#", r"\d+") + gap


ENDINGS = Endings(WORDS, form)
PLAIN = re.compile("(?:" + "|".join(sorted(map(form, WORDS), key=len, reverse=True)) + ")$")
pieces = st.sampled_from((*WORDS, "No. 7", " ", " the ", "the", "x", "千", "、", "12", "he "))


@given(st.lists(pieces, max_size=6).map("".join))
def test_a_glance_at_the_last_letters_misses_no_word(text: str) -> None:
    found, plain = ENDINGS.search(text), PLAIN.search(text)
    assert (found and found[0]) == (plain and plain[0])


def test_without_words_there_is_nothing_to_find() -> None:
    assert alternatives((), "({})") is None
    assert Endings((), form).search("than ") is None
