import pytest

from digest.stories.search import tell_of
from tests.builders import report, story

TOLD = story(
    1,
    report(1, title="ﾄﾖﾀ、ﾌﾟﾘｳｽをリコール　キヤノン製センサーに不具合", lang="ja"),
    report(2, title="Toyota recalls Prius", summary="Rear doors may open while moving."),
    report(3, title="フォルクスワーゲン・グループのコンピュータ", lang="ja"),
    report(4, title="いすゞ、みすゞ堂と提携。ヽは踊り字、こゝろ", lang="ja"),
)


@pytest.mark.parametrize(
    "words",
    [
        "トヨタ",
        "ﾄﾖﾀ ﾘｺｰﾙ",
        "とよた　ぷりうす",
        "キャノン",
        "フオルクスワーゲングループ",
        "コンピューター",
        "コンピュータ",
        "recalls TOYOTA",
        "ｐｒｉｕｓ 不具合",
        "doors トヨタ",
        "センサ",
        "いすず",
        "いすゞ",
        "イスズ",
        "こころ",
    ],
)
def test_words_are_found_however_they_are_written(words: str) -> None:
    assert tell_of([report.entry for report in TOLD.reports], words)


@pytest.mark.parametrize("words", ["ホンダ", "トヨタ ホンダ", "クー", "truck"])
def test_a_word_that_nobody_wrote_is_not_found(words: str) -> None:
    assert not tell_of([report.entry for report in TOLD.reports], words)
