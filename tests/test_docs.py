"""The documents and the program say the same: nothing is missing, and nothing else is there."""

import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from pydantic import BaseModel

from digest.cli import command_line
from digest.feedstoml import FileTable
from digest.stories.schema import LexiconFile

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
LEXICON = {"company", "topic", "concept", "outlet"}  # lexicon.md has their keys


def commands(
    command: click.Command, *names: str
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it."""
    yield names, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None, name
            yield from commands(found, *names, name)


COMMANDS = dict(commands(command_line))


def ids(value: object) -> str:
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else str(value)


# --- commands ----------------------------------------------------------------------------------


@pytest.mark.parametrize("script", ["make_commands.py", "drawing.py"])
def test_what_a_script_makes_is_what_stands_there(script: str) -> None:
    made = subprocess.run(
        [sys.executable, f"docs/{script}", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_every_command_and_option_says_what_it_is_for(names: tuple[str, ...]) -> None:
    command = COMMANDS[names]
    assert command.help
    for parameter in command.params:
        assert not isinstance(parameter, click.Option) or parameter.help, parameter.name


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_a_command_that_a_page_names_is_there(page: Path) -> None:
    """`digest WORD …` in backquotes or a block of shell: the words that are commands must be."""
    text = page.read_text(encoding="utf-8")
    if page.name == "CHANGELOG.md":
        pytest.skip("it also tells what was")
    blocks = re.findall(r"```(?:sh|console)\n(.*?)```", text, re.DOTALL)
    said = chain(
        re.findall(r"`digest ([^`\n]+)`", text),
        *(re.findall(r"^(?:\$ )?digest ([^\n]+)$", block, re.MULTILINE) for block in blocks),
    )
    for line in said:
        words = line.split("#")[0].split()
        if words[0].startswith("--project"):
            words = words[2:]
        if not words or not re.fullmatch(r"[a-z]+", words[0]):
            continue
        known: tuple[str, ...] = ()
        while words and (*known, words[0]) in COMMANDS:
            known = (*known, words.pop(0))
        assert known, f"{page.name}: digest {line}"
        command = COMMANDS[known]
        if isinstance(command, click.Group) and known != ("stories",):
            assert not words or not re.fullmatch(r"[a-z]+", words[0]), f"{page.name}: digest {line}"
        options = {name for parameter in command.params for name in parameter.opts}
        if known == ("stories",):
            options |= {name for p in COMMANDS["stories", "list"].params for name in p.opts}
        for word in words:
            if word.startswith("--") and len(word) > 2:
                name = re.split(r"[=,;|&)]", word)[0]
                assert name in options | {"--help"}, f"{page.name}: digest {line}"


# --- settings ----------------------------------------------------------------------------------


def settings_keys() -> set[tuple[str, str]]:
    """Every (table, key) that feeds.toml may have."""
    found = set()
    for name, field in FileTable.model_fields.items():
        table = next((each for each in _models(field.annotation)), None)
        if name in LEXICON or table is None:
            continue
        for key, of_key in table.model_fields.items():
            found.add((name, of_key.alias or key))
    return found


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def documented_keys() -> set[tuple[str, str]]:
    """Every (table, key) that has a row in configuration.md, under its table's heading."""
    found, table = set(), ""
    for line in (DOCS / "configuration.md").read_text(encoding="utf-8").splitlines():
        heading = re.match(r"#+ \[+([a-z_]+)(?:\.([a-z]+))?", line)
        if line.startswith("#"):
            table = heading[1] if heading else ""
            if heading and heading[2]:  # "[digest.editions]" is a table and a key
                found.add((table, heading[2]))
            continue
        if table and (row := re.match(r"\| (`[^|]+?) \|", line)):
            found |= {(table, key) for key in re.findall(r"`([a-z_]+)`", row[1])}
    return found


def test_every_key_of_the_settings_is_documented_and_nothing_else() -> None:
    assert documented_keys() == settings_keys()


def lexicon_keys() -> set[tuple[str, str]]:
    """Every (table, key) of a lexicon's files."""
    return {
        (table, key)
        for table, field in LexiconFile.model_fields.items()
        for model in _models(field.annotation)
        for key in model.model_fields
    }


def documented_lexicon_keys() -> set[tuple[str, str]]:
    """Every (table, key) that is in code on lexicon.md, where that tells of the table."""
    found, table = set(), ""
    for line in (DOCS / "lexicon.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading = re.match(r"#+ \[+([a-z_]+)", line)
            table = heading[1] if heading else ""
        if line.startswith(("| `", "`[")):
            told = line.partition(" | ")[0].partition(" is ")[0]
            other = re.search(r"`\[([a-z_]+)\]`", told)
            named = re.findall(r"`([a-z_]+)`", told)
            found |= {(other[1] if other else table, key) for key in named if table}
    return found


def test_every_key_of_a_lexicon_is_documented_and_nothing_else() -> None:
    assert documented_lexicon_keys() == lexicon_keys()


# --- metrics -----------------------------------------------------------------------------------


def test_every_metric_is_documented_and_nothing_else() -> None:
    page = DOCS / "metrics.md"
    told = set(re.findall(r"`(digest_[a-z_]+)", page.read_text(encoding="utf-8")))
    source = (ROOT / "digest/web/admin/metrics.py").read_text(encoding="utf-8")
    made = set(re.findall(r'"(digest_[a-z_]+)"', source))
    made |= {f"digest_{name}_total" for name in re.findall(r'_counter\(\s*"([a-z_]+)"', source)}
    assert made
    assert told == made


# --- links -------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """The places of a page that can be linked to, as GitHub names them."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(words.strip().replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, place = target.partition("#")
        linked = (page.parent / name) if name else page
        assert linked.exists(), f"{page.name} links to {target}"
        if place:
            assert place in anchors(linked), f"{page.name} links to {target}"


def test_every_page_can_be_found_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        targets = re.findall(r"\]\(([^)\s#]+)", page.read_text(encoding="utf-8"))
        waiting += [page.parent / target for target in targets if "://" not in target]
    lost = {page.resolve() for page in DOCS.glob("*.md")} - seen
    assert lost == set()
