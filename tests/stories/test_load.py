import tomllib
from pathlib import Path

import pytest

from digest.errors import ConfigError
from digest.model import CompanyId, TopicId
from digest.stories.load import load_lexicon
from digest.stories.tag import Tagger
from tests.stories.builders import cheese_lexicon


def test_a_users_table_adds_to_the_built_in_one_of_its_id() -> None:
    lexicon = load_lexicon(
        None,
        {
            "company": ({"id": "nissan", "interest": 2.0, "names": ["Nichisan", "Nissan"]},),
            "topic": ({"id": "ev", "phrases": {"volt": 3}},),
            "concept": ({"id": "tariff", "ja": ["税関"]},),
            "outlet": ({"id": "reuters", "weight": 2.0, "names": ["R"]},),
        },
    )
    nissan = lexicon.companies[CompanyId("nissan")]
    assert nissan.interest == 2.0
    assert nissan.name.ja == "日産自動車"
    assert [a.text for a in nissan.aliases].count("Nissan") == 1
    assert "Nichisan" in {a.text for a in nissan.aliases}
    assert lexicon.outlets["r"].weight == 2.0
    tags = Tagger(lexicon).tag("Nichisan cuts volt output", "", lang="en")
    assert tags.subjects == ("nissan",)
    assert "ev" in tags.topic_ids


def test_a_users_table_with_a_new_id_stands_for_itself(tmp_path: Path) -> None:
    lexicon = cheese_lexicon(
        tmp_path, {"company": [{"id": "brie", "name": {"en": "Brie Co"}, "names": ["Brie Co"]}]}
    )
    assert lexicon.company_name(CompanyId("brie"), "ja") == "Brie Co"


@pytest.mark.parametrize(
    ("user", "key", "words"),
    [
        ({"company": [{"id": "new"}]}, "company new", "name ="),
        ({"topic": [{"id": "new"}]}, "topic new", "name ="),
        ({"company": [{"id": "Bad Id"}]}, "company Bad Id.id", "small letters"),
        ({"company": [{"id": "alpina", "nmaes": ["x"]}]}, "company alpina.nmaes", "mend its name"),
        ({"company": [{"id": "alpina", "names": ["~"]}]}, "company alpina.names", "letter"),
        ({"company": [{"id": "alpina", "context": ["no"]}]}, "company alpina.context", "a concept"),
        ({"topic": [{"id": "price", "phrases": {"@no": 1}}]}, "topic price.phrases", "a concept"),
        (
            {"topic": [{"id": "price", "phrases": {"!a & b": 1}}]},
            "topic price.phrases",
            "not first",
        ),
        ({"topic": [{"id": "price", "phrases": {"a & ": 1}}]}, "topic price.phrases", "joined by"),
        ({"topic": [{"id": "price", "phrases": {"a &b": 1}}]}, "topic price.phrases", "both sides"),
        ({"topic": [{"id": "price", "phrases": {"a& b": 1}}]}, "topic price.phrases", "both sides"),
        ({"concept": [{"id": "milk", "topics": {"no": 1}}]}, "concept milk.topics", "a topic"),
        ({"concept": [{"id": "milk", "opposes": ["no"]}]}, "concept milk.opposes", "a concept"),
        ({"concept": [{"id": "milk", "en": ["a & @no"]}]}, "concept milk", "a concept"),
        ({"outlet": [{"id": "daily", "weight": 0}]}, "outlet daily.weight", "more than 0"),
        ({"company": "none"}, "company", "list"),
    ],
)
def test_a_bad_table_is_told_with_its_place_and_what_is_allowed(
    tmp_path: Path, user: dict[str, object], key: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        cheese_lexicon(tmp_path, user)
    problem = caught.value.problems[0]
    assert problem.key.startswith(key)
    assert words in problem.allowed


def test_all_files_problems_come_at_once_with_their_lines(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "a.toml").write_text('[[topic]]\nid = "x"\ncolour = "red"\n', encoding="utf-8")
    (folder / "b.toml").write_text("[[company]\n", encoding="utf-8")
    (folder / "c.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError) as caught:
        load_lexicon(folder, {"outlet": [{"id": "!"}]})
    assert [(p.file, p.line) for p in caught.value.problems] == [
        ("own/a.toml", 3),
        ("own/b.toml", 1),
        ("own/c.toml", None),
        ("feeds.toml", None),
    ]


def test_a_problem_of_the_users_own_tables_is_told_with_its_line_in_their_file() -> None:
    text = '[digest]\n\n[[topic]]\nid = "ev"\n\n[[topic]]\nid = "hybrid"\nphrazes = {}\n'
    with pytest.raises(ConfigError, match=r"^feeds\.toml:8: topic hybrid\.phrazes: "):
        load_lexicon(None, tomllib.loads(text), text)


def test_what_is_wrong_in_a_table_hides_nothing_beside_it() -> None:
    text = """
[[topic]]
id = "mine"
nmae = { en = "Mine" }
exclude = ["& ", "@nowhere"]
[topic.phrases]
"zork" = "3"
"zork&@tariff" = 3
"@tarif & zork" = 3
[[concept]]
id = "other"
en = [3, "@nothing"]
topics = { price_wars = 2 }
[[company]]
id = "acme"
name = { ja = "アクメ" }
parent = "nisan"
context = ["x y", "no_such"]
[[outlet]]
id = "paper"
weight = 0
"""
    with pytest.raises(ConfigError) as raised:
        load_lexicon(None, tomllib.loads(text), text)
    told = [(problem.line, problem.key, problem.found) for problem in raised.value.problems]
    assert sorted(told) == [
        (4, "topic mine.nmae", "a key that is not known"),
        (5, "topic mine.exclude", "'& '"),
        (5, "topic mine.exclude", "'nowhere'"),
        (6, "topic mine.phrases", "'tarif'"),
        (7, "topic mine.phrases.zork", "'3'"),
        (8, "topic mine.phrases.zork&@tariff", "'zork&@tariff'"),
        (11, "concept other", "'nothing'"),
        (12, "concept other.en", "3"),
        (13, "concept other.topics", "'price_wars'"),
        (16, "company acme.name.en", "nothing"),
        (17, "company acme.parent", "'nisan'"),
        (18, "company acme.context", "'no_such'"),
        (18, "company acme.context", "'x y'"),
        (21, "outlet paper.weight", "0"),
    ]


def test_an_and_without_spaces_is_a_part_of_a_word() -> None:
    lexicon = load_lexicon(None, {"topic": [{"id": "ev", "phrases": {"R&D & vats": 3}}]})
    tagger = Tagger(lexicon)
    assert "ev" in tagger.tag("Nissan cars: R&D spending on vats", "", lang="en").topic_ids
    assert "ev" not in tagger.tag("Nissan cars: R and D spending and vats", "", lang="en").topic_ids


def test_a_folder_without_files_is_no_lexicon(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="leave the key out"):
        load_lexicon(tmp_path, {})


def test_guards_and_relevance_may_only_name_concepts(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        '[relevance]\nfield = ["no"]\nplace_in = { ja = ["nowhere"] }\n'
        '[[guard]]\nid = "g"\nwhy = "w"\nnear = ["none"]\n',
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load_lexicon(tmp_path, {})
    assert [p.found for p in caught.value.problems] == ["'none'", "'no'", "'nowhere'"]


def test_an_outlet_is_known_by_name_or_by_the_host_of_its_links(tmp_path: Path) -> None:
    lexicon = cheese_lexicon(tmp_path)

    def known(name: str, url: str = "") -> str:
        found = lexicon.outlet(name, url)
        return found.id if found else ""

    assert known(" alpenwire ") == "wire"
    assert known("?", "https://www.milkdaily.example/1") == "daily"
    assert known("?", "https://other.example/1") == ""
    assert known("?", "https://[bad") == ""
    assert known("?") == ""
    assert lexicon.topics[TopicId("price")].interest == 2.0


def test_what_is_wrong_is_told_once_with_the_id_and_in_words_of_the_file() -> None:
    text = """
[[company]]
id = "acme"
name = { en = "Acme" }
names = ["Acme", "--", 3, ["x", "??"]]
home = "Japan"
[[company]]
id = "b c"
[[company]]
names = 3
[[outlet]]
id = "mine"
hosts = ["X"]
"""
    with pytest.raises(ConfigError) as raised:
        load_lexicon(None, tomllib.loads(text), text)
    assert [str(problem) for problem in raised.value.problems] == [
        "feeds.toml:6: company acme.home: found 'Japan'; two small letters, such as jp",
        "feeds.toml:5: company acme.names: found '--'; at least one letter or digit",
        "feeds.toml:5: company acme.names: found 3; text in quotes",
        "feeds.toml:5: company acme.names: found '??'; at least one letter or digit",
        "feeds.toml:8: company b c.id: found 'b c'; small letters, digits and _, such as toyota",
        "feeds.toml:9: company[2].id: found nothing; it is needed",
        "feeds.toml:10: company[2].names: found 3; a list in square brackets",
        "feeds.toml:13: outlet mine.hosts: found 'X'; a host in small letters, such as nikkei.com",
    ]


def test_a_parent_is_a_company() -> None:
    orphan = {"id": "acme", "name": {"en": "Acme"}, "parent": "nobody"}
    with pytest.raises(ConfigError, match=r"company acme\.parent: found 'nobody'"):
        load_lexicon(None, {"company": [orphan]})
    lexicon = load_lexicon(None, {"company": [orphan | {"parent": "toyota"}]})
    assert lexicon.companies[CompanyId("acme")].parent == "toyota"


def test_a_reference_to_nothing_is_told_with_the_place_of_its_table(tmp_path: Path) -> None:
    text = '[[company]]\nid = "acme"\nname = { en = "Acme" }\nparent = "nobody"\n'
    with pytest.raises(ConfigError, match=r"^feeds\.toml:4: company acme\.parent: found 'nobody'"):
        load_lexicon(None, tomllib.loads(text), text)
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "a.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^own/a\.toml:4: company acme\.parent"):
        load_lexicon(folder, {})


def test_everything_that_is_wrong_with_a_folder_is_told_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    text = """
[relevance]
field = ["flour"]
[[topic]]
id = "bread"
name = { en = "Bread" }
phrases = { "@loaf" = true }
[[topic]]
id = "x y"
[[company]]
id = "mill"
names = "Mill"
[[company]]
id = "oven"
name = { en = "Oven" }
parent = "mill"
context = ["mystery"]
[[guard]]
id = "x"
[[concept]]
id = "rye"
en = 3
topics = { bread = 1 }
[given]
names = 3
"""
    (folder / "a.toml").write_text(text, encoding="utf-8")
    own = '[[company]]\nid = "acme"\ncontext = ["rye", "wheat"]\n'
    with pytest.raises(ConfigError) as raised:
        load_lexicon(folder, tomllib.loads(own), own)
    assert sorted(map(str, raised.value.problems)) == [
        'feeds.toml:2: company acme: found no name; name = { en = "…", ja = "…" }',
        "feeds.toml:3: company acme.context: found 'wheat'; the id of a concept",
        "own/a.toml:12: company mill.names: found 'Mill'; a list in square brackets",
        "own/a.toml:17: company oven.context: found 'mystery'; the id of a concept",
        "own/a.toml:18: guard x.why: found nothing; it is needed",
        "own/a.toml:22: concept rye.en: found 3; a list in square brackets",
        "own/a.toml:25: given.names: found 3; text in quotes",
        "own/a.toml:3: relevance.field: found 'flour'; the id of a concept",
        "own/a.toml:7: topic bread.phrases.@loaf: found true; a number",
        "own/a.toml:9: topic x y.id: found 'x y'; small letters, digits and _, such as toyota",
    ]


def test_a_file_that_cannot_be_read_is_missed_nowhere_else(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "a.toml").write_text('[[company]]\nid = "acme"\ncontext = ["rye"]\n', "utf-8")
    (folder / "b.toml").write_bytes(b"\xff")
    (folder / "c.toml").mkdir()
    (folder / "d.toml").write_text("id = ?\n", "utf-8")
    with pytest.raises(ConfigError) as raised:
        load_lexicon(folder, {})
    told = list(map(str, raised.value.problems))
    assert told[0] == "own/b.toml: TOML: cannot be read: it is not in UTF-8"
    assert told[1].startswith("own/c.toml: TOML: cannot be read: ")
    assert "Errno" not in told[1]
    assert told[2].startswith("own/d.toml:1: TOML: cannot be read: ")
    assert len(told) == 3


def test_a_folder_that_is_not_there_is_told_with_what_else_is_wrong(tmp_path: Path) -> None:
    text = '[digest]\nlexicon = "nowhere"\n[[topic]]\nid = 3\n'
    with pytest.raises(ConfigError) as raised:
        load_lexicon(tmp_path / "nowhere", tomllib.loads(text), text)
    assert [str(problem).partition(";")[0] for problem in raised.value.problems] == [
        "feeds.toml:2: digest.lexicon: found 'nowhere'",
        "feeds.toml:4: topic[0].id: found 3",
    ]


@pytest.mark.parametrize("named", ["conf/nowhere", "../other/lexicon"])
def test_a_folder_that_is_not_there_is_told_as_it_was_written(tmp_path: Path, named: str) -> None:
    with pytest.raises(ConfigError, match=f"found '{named}';"):
        load_lexicon(tmp_path / named, {}, f'[digest]\nlexicon = "{named}"\n')
    with pytest.raises(ConfigError, match="found '/srv/lexicon';"):
        load_lexicon(Path("/srv/lexicon"), {})


def test_charges_are_concepts(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        '[background]\nformer = ["ex-*"]\ncharges = ["fraud"]\n', encoding="utf-8"
    )
    with pytest.raises(ConfigError) as raised:
        load_lexicon(tmp_path, {})
    assert [str(problem) for problem in raised.value.problems] == [
        f"{tmp_path.name}/a.toml:3: background.charges: found 'fraud'; the id of a concept"
    ]


def test_a_pattern_may_hold_a_choice_of_words(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        '[background]\npatterns = ["(still|at) (half|twice) *"]\n', encoding="utf-8"
    )
    told = load_lexicon(tmp_path, {}).background
    assert told == ("still half *", "still twice *", "at half *", "at twice *")
