"""Whose fault it is that nobody can be reached: the feeds', or our own network's.

Feeds fall due at different times, so the states tell, not one round: where since the last answer of
anybody several hosts that worked before could not be connected to, it is our network. A host that
was dead before proves nothing, nor does one that our own guard forbids to ask.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from digest.feeds.politeness import host_of
from digest.model import FeedId, PollState

ENOUGH_HOSTS = 3


def cut_off(states: Mapping[FeedId, PollState], urls: Mapping[FeedId, str]) -> frozenset[FeedId]:
    """The feeds whose failures our own network explains; empty if it works or we cannot tell."""
    reached = (state.last_poll for state in states.values() if state.unreached is False)
    answered = max((polled for polled in reached if polled is not None), default=None)
    found = {feed for feed, state in states.items() if _failed_since(state, answered)}
    hosts = {host_of(urls[feed]) for feed in found}
    return frozenset(found) if len(hosts) >= ENOUGH_HOSTS else frozenset()


def without_blame(
    states: Mapping[FeedId, PollState],
    excused: Mapping[FeedId, PollState],
    urls: Mapping[FeedId, str],
) -> Mapping[FeedId, PollState]:
    """The states to keep after a round that reached nobody; empty if it is not our network's fault.

    `excused` are those of the feeds that were asked, with nothing counted. Failures that were
    counted before three hosts had shown whose fault it is are forgiven too. Only the feeds of
    `urls` tell: a private host answers, or not, whatever our line to the world does.
    """
    if not excused:
        return {}
    states = {feed: state for feed, state in {**states, **excused}.items() if feed in urls}
    blameless = cut_off(states, urls)
    if not blameless:
        return {}
    forgiven = {feed: forgive(states[feed]) for feed in blameless}
    changed = {feed: state for feed, state in forgiven.items() if state != states[feed]}
    return {**excused, **changed}


def _failed_since(state: PollState, answered: datetime | None) -> bool:
    if not state.unreached or state.failing_since is None:
        return False
    return answered is None or state.failing_since > answered


def forgive(state: PollState) -> PollState:
    """The state without the failures that were our network's."""
    return replace(state, failures=0, error=None)
