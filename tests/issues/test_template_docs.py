"""docs/templates.md lists every value that a template gets, with what it is in one example."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from digest.issues import pageviews
from digest.issues.drafts import draft_view, numbers_of
from digest.issues.pages import ArchivedIssue, plan
from digest.issues.pageviews import feed_view, index_view, page_view
from digest.issues.tell import issue_view
from digest.issues.views import FULL, VIEWS
from digest.model import IssueId
from digest.shipped import TEMPLATES
from tests.issues.builders import PERIOD, WEEKLY, Names, settings
from tests.issues.kinds import ENGLISH, saga, week

DOCS = Path(__file__).parents[2] / "docs" / "templates.md"
TEXT = DOCS.read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", re.MULTILINE)
LONGEST = 60  # characters of an example


def views() -> Iterator[object]:
    """What the templates of mails and of the archive get, of the example's week."""
    told = saga()
    operator = draft_view(WEEKLY, PERIOD, numbers_of(told, 120, ["Response"]), settings())
    yield issue_view(
        told,
        told.stories,
        ENGLISH,
        shown=len(told.stories),
        detail=FULL,
        settings=settings(),
        names=Names(),
        operator=operator,
    )
    both = ("en", "ja")
    archive = [ArchivedIssue(id=IssueId(1), issue=told, stories=6, languages=both)]
    archive += [ArchivedIssue(id=IssueId(1), issue=week(), stories=7, languages=both)]
    yield page_view(plan(archive, "")[0], settings())
    yield index_view(archive, settings())
    yield feed_view(archive, settings(), "example.org,2026-11-15")


def within(view: object) -> Iterator[object]:
    """A view and every view in it."""
    if is_dataclass(view):
        yield view
        for field in fields(view):
            yield from within(getattr(view, field.name))
    elif isinstance(view, tuple):
        for one in view:
            yield from within(one)


EXAMPLES: dict[type, object] = {}
for top in views():
    for found in within(top):
        EXAMPLES.setdefault(type(found), found)


def shown(value: object) -> str:
    """A value as the docs show it."""
    if is_dataclass(value):
        return type(value).__name__
    if isinstance(value, tuple):
        return f"{len(value)}: {shown(value[0])}" if value else "none"
    if isinstance(value, Mapping):
        key, first = next(iter(value.items()))
        return f"{len(value)}: {shown(key)} is {shown(first)}"
    text = re.sub(r"[\ue000-\uf8ff]", "…", str(value)).replace("\u00a0", " ") or "empty"
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return f"`{text}`" if isinstance(value, str | int) and value != "" else text


def part(view: type) -> str:
    """What the docs say of a view."""
    _, heading, rest = TEXT.partition(f"\n### {view.__name__}\n")
    assert heading, view.__name__
    return re.split(r"\n##", rest)[0]


@pytest.mark.parametrize("view", [*VIEWS, *pageviews.VIEWS], ids=lambda view: view.__name__)
def test_names_every_value_with_its_example(view: type) -> None:
    """Run with REWRITE_GOLDEN=1 to write the examples anew; what they mean is written by hand."""
    assert is_dataclass(view)
    told = {name: example for name, example, _ in ROW.findall(part(view))}
    example = EXAMPLES[view]
    expected = {field.name: shown(getattr(example, field.name)) for field in fields(view)}
    if os.environ.get("REWRITE_GOLDEN"):
        _rewrite(view, expected)
    assert told == expected


def _rewrite(view: type, expected: Mapping[str, str]) -> None:
    said = {name: meaning for name, _, meaning in ROW.findall(part(view))}
    rows = "\n".join(f"| `{n}` | {e} | {said.get(n, '?')} |" for n, e in expected.items())
    text = DOCS.read_text(encoding="utf-8")
    before, heading, rest = text.partition(f"\n### {view.__name__}\n")
    mine, following, after = rest.partition("\n##")
    start = mine.index("|---|---|---|\n") + len("|---|---|---|\n")
    DOCS.write_text(f"{before}{heading}{mine[:start]}{rows}\n{following}{after}", encoding="utf-8")


def test_names_every_template() -> None:
    named = set(re.findall(r"^\| `([\w.]+\.(?:html|txt|xml))`", TEXT, re.MULTILINE))
    assert named == {file.name for file in TEMPLATES.glob("*.*")}
