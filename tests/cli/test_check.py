"""`digest check`: what is wrong with a project, and what is worth a look."""

from pathlib import Path

from tests.cli.conftest import Digest


def add(project: Path, text: str) -> None:
    file = project / "feeds.toml"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


def line(project: Path, begins: str) -> int:
    lines = (project / "feeds.toml").read_text(encoding="utf-8").splitlines()
    return next(n for n, each in enumerate(lines, start=1) if each.startswith(begins))


def test_what_is_no_error_but_likely_a_mistake_is_worth_a_look(
    digest: Digest, project: Path
) -> None:
    add(project, '[[outlet]]\nid = "mine"\nnames = ["Reuters"]\n')
    add(project, '[[concept]]\nid = "presses"\nen = ["gigacast*"]\n')
    ended = digest("check")
    assert ended.status == 0
    outlet, concept = (line(project, table) for table in ("[[outlet]]", "[[concept]]"))
    assert f"worth a look: feeds.toml:{outlet}: outlet mine: “Reuters” is of reuters" in ended.out
    assert f"worth a look: feeds.toml:{concept}: concept presses: “gigacast*” is a" in ended.out


def test_problems_come_by_file_and_line_each_once(digest: Digest, project: Path) -> None:
    (project / "cheese").mkdir()
    (project / "cheese/a.toml").write_text("schema = 1\nodd = 1\n", encoding="utf-8")
    (project / "feeds.toml").write_text(
        '[digest]\nlexicon = "cheese"\n[mail]\nfrom = "K <k@kuruma.example>"\n'
        '[[company]]\nid = "acme"\nnmaes = []\nnames = ["--"]\n',
        encoding="utf-8",
    )
    ended = digest("check")
    assert ended.status == 78
    heading, *told = ended.errors.splitlines()
    assert heading == "3 problems with the configuration:"
    assert [line.split(" found")[0].strip() for line in told] == [
        "cheese/a.toml:2: odd:",
        "feeds.toml:7: company acme.nmaes:",
        "feeds.toml:8: company acme.names:",
    ]


def test_a_lexicon_of_another_industry_says_what_to_do_about_the_words_of_ours(
    digest: Digest, project: Path
) -> None:
    topic = '[[topic]]\nid = "gouda"\nname = { en = "Gouda" }\nphrases = { "gouda" = 3 }\n'
    (project / "cheese").mkdir()
    (project / "cheese/a.toml").write_text(f"schema = 1\n{topic}", encoding="utf-8")
    add(project, '[digest]\nlexicon = "cheese"\nsections = ["ev"]\n')
    ended = digest("check")
    assert ended.status == 78
    assert "digest.lexicon: found 'cheese'; these sections, keep and drop" in ended.errors
    assert "or leave these keys out" in ended.errors


def test_an_admin_address_that_other_machines_reach_is_worth_a_look(
    digest: Digest, project: Path
) -> None:
    add(project, '[admin]\nlisten = "0.0.0.0:8026"\n')
    at = line(project, "listen =")
    assert f"worth a look: feeds.toml:{at}: [admin] listens on 0.0.0.0" in digest("check").out


def test_an_admin_address_of_this_machine_is_not(digest: Digest, project: Path) -> None:
    add(project, "[admin]\n")
    assert "[admin]" not in digest("check").out


def test_a_template_of_alerts_that_fails_is_found_before_an_alert_is_due(
    digest: Digest, project: Path
) -> None:
    (project / "templates").mkdir(exist_ok=True)
    (project / "templates/alert.txt").write_text("{{ mail.title }}\n{{ mail.nothing }}\n")
    ended = digest("check")
    assert ended.status == 78
    assert "templates/alert.txt:2" in ended.errors
