"""The values that templates get, and how much of each story they tell.

docs/templates.md lists them for those who write templates; tell.py makes them.
"""

from dataclasses import dataclass
from typing import Protocol

from digest.issues.words import Words
from digest.model import CompanyId, TopicId


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """How much of each story is told; texts in columns."""

    title: int
    lead: int
    summary: int
    sources: int
    lead_sentences: int
    sentences: int  # of the next best stories
    stages: int  # of a saga: its beginning, and the last before the story itself
    figures: int


FULL = Detail(
    title=160, lead=420, summary=230, sources=3, lead_sentences=3, sentences=2, stages=3, figures=2
)
SHORT = Detail(
    title=160, lead=420, summary=110, sources=3, lead_sentences=3, sentences=0, stages=2, figures=1
)
BRIEF = Detail(
    title=120, lead=230, summary=0, sources=1, lead_sentences=2, sentences=0, stages=1, figures=0
)


class Names(Protocol):
    """Who knows what companies and topics are called."""

    def company_name(self, company: CompanyId, lang: str) -> str:
        """The name of a company as readers of that language know it."""
        ...

    def topic_name(self, topic: TopicId, lang: str) -> str:
        """The name of a topic as the heading of a section."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """A link; where `url` is empty the title stands alone."""

    title: str
    url: str
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceView:
    """A sentence that says what happened, as an outlet printed it."""

    text: str
    lang: str
    outlet: LinkView


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """What a saga had come to before, or has come to since.

    The link leads to the archive's page, or to the outlet.
    """

    date: str
    title: str
    url: str
    lang: str
    language: str  # how the title's language calls itself; empty if it is the reader's


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """A story in the reader's language where there is one, in the best other where not."""

    number: int  # as the command line calls it
    title: str
    url: str
    lang: str
    language: str  # how the headline's language calls itself; empty if it is the reader's
    summary: str  # may be empty
    sentences: tuple[SentenceView, ...]  # where there are any, they say more than the summary
    agreed: str  # figures that several outlets give; may be empty
    differ: tuple[str, ...]  # figures on which outlets differ, each with who says what
    since: StageView | None  # what has become of it, where the headline does not know
    earlier: tuple[StageView, ...]  # in the order of time
    date: str  # of the report whose headline it is
    companies: tuple[str, ...]
    sources: tuple[LinkView, ...]
    more_sources: int  # independent outlets beyond those
    also: tuple[LinkView, ...]  # the story in other languages


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """The stories of one topic, or the sagas that have gone on."""

    name: str
    stories: tuple[StoryView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellView:
    """A count; `heat` is 0 for nothing, up to 3 for the table's greatest count."""

    company: str
    count: int
    heat: int
    change: str  # "+2" against the usual count; empty where it is as usual or nothing is known


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """The counts of one topic, a cell a company."""

    topic: str
    cells: tuple[CellView, ...]
    told: tuple[str, ...]  # the counts in words, without those that say nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """Stories by topic and company; without rows where it would say nothing."""

    companies: tuple[str, ...]
    rows: tuple[RowView, ...]
    counted: str  # which stories are counted
    compared: str  # what the changes are against; empty where there are none


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """An alert that was sent since the last issue."""

    date: str
    title: str
    url: str
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberView:
    """One of the week's numbers, for the operator."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandView:
    """Something that the operator may type, and what it does."""

    command: str
    does: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorView:
    """What a draft or the operator's copy says to them, in English as the command line is."""

    heading: str
    what: tuple[str, ...]  # sentences
    numbers: tuple[NumberView, ...]
    commands: tuple[CommandView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueView:
    """All that a template knows of a segment, as `issue`."""

    title: str
    lang: str
    subject: str
    preheader: str
    dates: str
    note: tuple[str, ...]  # paragraphs of the editor's; none where nothing was said
    note_lang: str  # the language that those are in
    operator: OperatorView | None  # None: this is a reader's copy
    shown: int  # stories told
    left_out: int  # stories that meet the reader's choice and found no room
    lead: StoryView
    sections: tuple[SectionView, ...]
    table: TableView
    alerts: tuple[AlertView, ...]
    address: str  # the mark where the reader's address goes
    leave: str  # the mark where the link that ends the subscription goes
    preferences: str  # the mark of the link to what the reader gets; empty: there are no pages
    view: str  # the mark of the link to this issue as a page; empty: there are no pages
    whole: str  # the archive's page of the issue, with all its stories; empty: there are no pages
    sender: str
    sender_address: str
    postal_address: str  # may be empty
    words: Words


VIEWS = (
    IssueView,
    SectionView,
    StoryView,
    SentenceView,
    StageView,
    LinkView,
    TableView,
    RowView,
    CellView,
    AlertView,
    OperatorView,
    NumberView,
    CommandView,
    Words,
)
