"""Alerts of an example, to try templates with: they have something in every place."""

from dataclasses import replace
from datetime import timedelta

from digest.alerts.letters import News
from digest.issues.sample import sample_issue
from digest.model import (
    Alert,
    Burst,
    Change,
    Claim,
    Figure,
    OutletLink,
    Reason,
    Recipient,
    SubscriberId,
    ToAddress,
    Told,
    ToReader,
)

READER, OPERATOR = ToReader(SubscriberId(1)), ToAddress("editor@example.org")
_OUTLETS = 12  # more than are named


def sample_news(to: Recipient) -> tuple[News, ...]:
    """A story that breaks, and one that goes on and meets a rule."""
    issue = sample_issue()
    outlets = tuple(
        OutletLink(
            outlet=f"Outlet {n}", url="https://news.example/1", lang="ja", published=issue.frozen_at
        )
        for n in range(_OUTLETS)
    )
    burst = Burst(owners=5, within=timedelta(hours=6), usual=1.5, about="nissan")
    first = replace(issue.stories[0], outlets=outlets, owners=_OUTLETS)
    breaks = Alert(at=issue.frozen_at, story=first, burst=burst)
    claim = Claim(words={"en": "7 plants"}, value=7, outlets=("Outlet", "Other"))
    later = replace(issue.stories[1], figures=(Figure(unit="plant", claims=(claim,)),))
    goes_on = Alert(at=issue.frozen_at + timedelta(hours=1), story=later)
    reasons = (Reason(rule=""), Reason(rule="strike", words=("strike", "walkout")))
    return (
        News(alert=breaks, told=Told(to=to, reasons=reasons)),
        News(
            alert=goes_on,
            told=Told(to=to, reasons=reasons[1:], changes=tuple(Change)),
            before=breaks,
        ),
    )
