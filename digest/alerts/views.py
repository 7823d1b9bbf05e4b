"""The values that the templates of an alert's mail get, as `mail`; letters.py makes them."""

from dataclasses import dataclass

from digest.alerts.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """An outlet that tells the story."""

    outlet: str
    time: str
    url: str  # may be empty
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStoryView:
    """A story that cannot wait, in the reader's language where there is one."""

    number: int  # as the command line calls it
    title: str
    url: str  # may be empty
    lang: str
    language: str  # how the headline's language calls itself; empty if it is the reader's
    summary: str  # may be empty
    companies: tuple[str, ...]
    update: bool  # the reader was told of it before
    news: tuple[str, ...]  # what is new since then, in sentences; none for a story that is new
    why: tuple[str, ...]  # which rules, in sentences
    sources: tuple[SourceView, ...]  # in the order of time; of an update the newest first
    outlets: int  # independent ones that tell it
    more_sources: int  # that are not listed


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMailView:
    """A mail that tells one story that cannot wait, or several."""

    title: str  # of the list
    lang: str
    subject: str
    preheader: str
    heading: str
    stories: tuple[AlertStoryView, ...]
    operator: bool  # it goes to an address that feeds.toml names, and not to a reader
    address: str  # the mark where the reader's address goes
    mute: str  # the link that silences alerts for a week
    leave: str  # the mark where the link that ends the subscription goes
    preferences: str  # the mark of the link to what the reader gets; empty: there are no pages
    sender: str
    sender_address: str
    postal_address: str  # may be empty
    words: Words


VIEWS = (AlertMailView, AlertStoryView, SourceView, Words)
