import io
import json

import pytest

from digest.stories.rows import BadRow, Row, parse_rows, tag_rows
from tests.stories.builders import built_in


def tagged(*rows: dict[str, object]) -> list[dict[str, object]]:
    lines = "\n".join(json.dumps(row) for row in rows) + "\n\n"
    parsed = [row for row in parse_rows(io.BytesIO(lines.encode())) if isinstance(row, Row)]
    return [dict(row) for row in tag_rows(parsed, built_in().lexicon)]


def test_rows_come_back_in_their_order_with_one_story_for_one_event() -> None:
    rows = tagged(
        {
            "id": "b",
            "title": "トヨタ、プリウス13万5000台リコール 後部ドア",
            "published": "2026-11-02T10:00:00+09:00",
        },
        {
            "id": 7,
            "title": "Mazda picks Hofu for battery plant",
            "published": "2026-11-02T00:00:00",
        },
        {
            "id": "a",
            "title": "Toyota recalls 135,000 Prius cars over rear doors",
            "published": "2026-11-01T20:00:00Z",
            "lang": "en",
            "source": "reuters",
            "summary": None,
        },
    )
    assert [row["id"] for row in rows] == ["b", "7", "a"]
    assert rows[0]["story"] == rows[2]["story"] != rows[1]["story"]
    assert rows[2]["companies"] == ["toyota"]
    assert rows[2]["topics"] == ["recall_safety"]
    assert rows[2]["relevant"] is True


def test_invisible_characters_hide_no_name() -> None:
    (row,) = tagged(
        {"title": "Nis\u00adsan and \u200bHon\u200cda\nsign pact", "summary": "Maz\u200bda"}
    )
    assert set(row["companies"]) == {"nissan", "honda", "mazda"}  # type: ignore[call-overload]
    unseen = next(parse_rows(io.BytesIO(b'{"title": "\\u200b"}')))
    assert str(unseen) == "line 1: title is missing"


def test_what_has_been_read_is_told_on_the_way() -> None:
    rows = [Row(id=str(number), title=f"Nissan shuts plant {number}") for number in range(501)]
    heard: list[tuple[int, int, str]] = []
    told = tag_rows(rows, built_in().lexicon, lambda *said: heard.append(said))
    assert len(list(told)) == 501
    assert heard == [(500, 501, "Nissan shuts plant 499"), (501, 501, "Nissan shuts plant 500")]


@pytest.mark.parametrize(
    "tail",
    [
        "\n\nYou may also like\n\nBMW recalls 3 Series over airbags\n\nTesla wins tariff case",
        "\nRead next:\nNissan CEO quits",
        "<p>You may also like</p><ul><li>BMW recalls 3 Series</li></ul>",
        "<p>The post <a href='/x'>Mazda</a> appeared first on <a href='/'>BMW Blog</a>.</p>",
        " （関連記事：日産社長が退任）",
    ],
)
def test_nothing_is_tagged_from_a_tail(tail: str) -> None:
    report = {"id": "1", "title": "Mazda cuts output at Hofu"}
    words = "It idles one line."
    assert tagged({**report, "summary": words + tail}) == tagged({**report, "summary": words})


def test_who_is_only_mentioned_is_no_subject() -> None:
    (row,) = tagged({"title": "Honda cuts jobs in Ohio, unlike Toyota"})
    assert (row["companies"], row["mentions"]) == (["honda"], ["toyota"])


def test_a_whole_article_is_read_to_its_end() -> None:
    summary = "It idles one line. " * 50 + "Nissan is its partner there.\n\nRelated articles\n\nBMW"
    (row,) = tagged({"title": "Mazda cuts output at Hofu", "summary": summary})
    assert (row["companies"], row["mentions"]) == (["mazda"], ["nissan"])


def test_a_title_is_enough() -> None:
    rows = tagged({"title": "Nissan shuts a plant"}, {"title": "日産、工場を閉鎖"})
    assert [row["id"] for row in rows] == ["1", "2"]
    assert rows[1]["companies"] == ["nissan"]


def test_events_of_different_weeks_are_different_stories() -> None:
    rows = tagged(
        {"title": "Nissan shuts a plant in Japan", "published": "2026-11-01T00:00:00Z"},
        {"title": "Nissan shuts a plant in Japan", "published": "2026-11-20T00:00:00Z"},
        {"title": "Nissan shuts a plant in Japan", "published": "2026-11-20T05:00:00Z"},
    )
    assert rows[0]["story"] != rows[1]["story"] == rows[2]["story"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"{", "line 2: not JSON"),
        (b"\xff", "line 2: not JSON"),
        (b"[" * 100_000, "line 2: is nested too deeply"),
        (b"[]", "line 2: not an object"),
        (b'{"id": 1}', "line 2: title is missing"),
        (b'{"title": 1}', "line 2: title is not text"),
        (b'{"title": "x", "id": {"a": 1}}', "line 2: id is neither text nor a number"),
        (b'{"title": "x", "id": true}', "line 2: id is neither text nor a number"),
        (b'{"title": "x", "published": "soon"}', "line 2: published is not"),
        (b'{"title": "x", "published": "9999-12-31T23:59:59-14:00"}', "line 2: published is not"),
        (b'{"title": "x", "published": "0001-01-01T00:00:00+14:00"}', "line 2: published is not"),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_the_others_stand(line: bytes, words: str) -> None:
    one, bad, other = parse_rows(io.BytesIO(b'{"title": "x"}\n' + line + b'\n\n{"title": "y"}'))
    assert isinstance(one, Row)
    assert isinstance(other, Row)
    assert (one.title, other.title, other.id) == ("x", "y", "4")
    assert isinstance(bad, BadRow)
    assert str(bad).startswith(words)


def test_no_rows_give_no_rows() -> None:
    assert tagged() == []
