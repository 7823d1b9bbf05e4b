"""An issue of an example, to try templates with: it has something in every place they may print."""

from datetime import UTC, datetime, timedelta

from digest.issues.views import CommandView, NumberView, OperatorView
from digest.model import (
    Claim,
    CompanyId,
    EarlierStage,
    Figure,
    Headline,
    Issue,
    IssueStory,
    KeySentence,
    OutletLink,
    Period,
    SentAlert,
    StoryId,
    TopicId,
)

STORIES = 8  # enough for the table of counts

_END = datetime(2026, 11, 15, 22, tzinfo=UTC)
_AT = _END - timedelta(days=2)
_URL = "https://news.example/1"


def sample_issue() -> Issue:
    """The example."""
    return Issue(
        edition="weekly",
        period=Period(key="2026-W47", start=_END - timedelta(days=7), end=_END),
        title="Example",
        frozen_at=_END,
        stories=tuple(map(_story, range(1, STORIES + 1))),
        entries_read=100,
        note="A word from the editor.",
        alerts=(SentAlert(at=_AT, headlines=(_headline("en"),)),),
    )


def sample_operator() -> OperatorView:
    """What the operator is told beside it."""
    return OperatorView(
        heading="Draft of weekly 2026-W47",
        what=("This goes on Monday.",),
        numbers=(NumberView(name="Entries read", value="100"),),
        commands=(CommandView(command="digest issue hold", does="Keep it back."),),
    )


def _story(rank: int) -> IssueStory:
    sentence = KeySentence(text="A plant closes.", lang="en", outlet="Outlet", url=_URL)
    agreed = Claim(words={"en": "2 plants"}, value=2, outlets=("Outlet", "Other"))
    others = (
        Claim(words={"en": f"{n}00 jobs"}, value=n * 100, outlets=("Outlet",)) for n in (1, 2)
    )
    stage = EarlierStage(
        story=StoryId(100 + rank), headlines=(_headline("ja"),), published=_AT - timedelta(days=9)
    )
    return IssueStory(
        story=StoryId(rank),
        rank=rank,
        score=1.0,
        reasons=(),
        section=TopicId("production") if rank % 2 else None,
        companies=(CompanyId("nissan"),),
        topics=(TopicId("production"),),
        headlines=(_headline("en"), _headline("ja", late=True)),
        outlets=tuple(
            OutletLink(outlet=f"Outlet {n}", url=_URL, lang="en", published=_AT) for n in range(5)
        ),
        owners=5,
        published=_AT,
        sentences=(sentence, sentence),
        figures=(
            Figure(unit="person", claims=tuple(others)),
            Figure(unit="plant", claims=(agreed,)),
        ),
        earlier=(stage,) if rank <= 2 else (),  # one of them is the lead
        turned=_AT + timedelta(hours=5),
    )


def _headline(lang: str, *, late: bool = False) -> Headline:
    return Headline(
        title="A headline",
        summary="What it says.",
        url=_URL,
        outlet="Outlet",
        lang=lang,
        published=_AT + timedelta(hours=6 * late),
    )
