"""The table of counts as templates get it: topics by companies, as a telephone has room for them.

What is counted is compose.py's; here it gets names, shades and changes against what is usual.
"""

from collections.abc import Sequence
from itertools import accumulate

from digest.issues.compose import Count, count_table
from digest.issues.safe import plain
from digest.issues.views import CellView, Names, RowView, TableView
from digest.issues.widths import narrowest
from digest.issues.words import LANGUAGES
from digest.model import Choice, Issue, IssueStory

TABLE_COLUMNS = 29  # that stand beside each other on the narrowest phone, with names of topics
FEWEST_COLUMNS = 5  # of a company: its counts take as many
TABLE_FROM = 6  # fewer stories are seen at a glance
COMPARED_FROM = 2  # issues; one is no custom


def table_view(
    issue: Issue,
    stories: Sequence[IssueStory],
    choice: Choice,
    lang: str,
    names: Names,
    *,
    shown: int,
) -> TableView:
    """The table of an issue's stories that meet a choice; empty where it would say nothing.

    It counts all of them, of which the first `shown` are told.
    """
    usual = issue.usual
    table = count_table(stories, choice, usual)
    topics = [plain(names.topic_name(topic, lang)) for topic, _ in table.rows]
    companies = _fitting(
        [plain(names.company_name(company, lang)) for company in table.companies],
        TABLE_COLUMNS - max(map(narrowest, topics), default=0),
    )
    rows = [
        (topic, counts[: len(companies)])
        for topic, (_, counts) in zip(topics, table.rows, strict=True)
    ]
    greatest = max((count.stories for _, counts in rows for count in counts), default=0)
    if len(stories) < TABLE_FROM or greatest == 0:
        return TableView(companies=(), rows=(), counted="", compared="")
    compared = usual.issues >= COMPARED_FROM
    return TableView(
        companies=companies,
        rows=tuple(
            _row(topic, companies, counts, greatest, compared=compared)
            for topic, counts in rows
            if any(count.stories for count in counts)
        ),
        counted=LANGUAGES[lang].counted_of(shown, len(stories)),
        compared=LANGUAGES[lang].compared.format(usual.issues) if compared else "",
    )


def _row(
    topic: str, companies: Sequence[str], counts: Sequence[Count], greatest: int, *, compared: bool
) -> RowView:
    cells = tuple(
        CellView(
            company=company,
            count=count.stories,
            heat=_heat(count.stories, greatest),
            change=_change(count) if compared else "",
        )
        for company, count in zip(companies, counts, strict=True)
    )
    told = tuple(
        f"{cell.company} {cell.count}{f' ({cell.change})' if cell.change else ''}"
        for cell in cells
        if cell.count or cell.change
    )
    return RowView(topic=topic, cells=cells, told=told)


def _fitting(names: Sequence[str], columns: int) -> tuple[str, ...]:
    """The first names that stand beside each other in so many columns, each where it may break."""
    widths = accumulate(max(FEWEST_COLUMNS, narrowest(name)) for name in names)
    return tuple(name for name, taken in zip(names, widths, strict=True) if taken <= columns)


def _heat(count: int, greatest: int) -> int:
    """Nothing is 0, the greatest count 3; where all counts are 1, that is 1."""
    return min(count, 1) and 1 + 2 * (count - 1) // max(1, greatest - 1)


def _change(count: Count) -> str:
    """By how much a count differs from the usual one, in whole stories."""
    change = round(count.stories - (count.usual or 0.0))
    return f"{change:+d}".replace("-", "−") if change else ""
