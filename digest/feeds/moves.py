"""Feeds that have moved: which address to ask, and what an answer says about it.

A permanent redirect (301, 308) is remembered, but believed only once it has held for a week, or at
once when the old address is gone: sites under maintenance send 301 by mistake. From then on the
new address is asked directly. Nobody asks the old one again as long as the new one works: a move
that was undone shows as a failure there, and after failures both are tried in turn. feeds.toml is
never rewritten; `digest feeds list` says what to put there.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from digest.feeds.outcomes import Fetched, Gone, NotModified, PollOutcome, Refused, Unreachable
from digest.feeds.plaintext import visible
from digest.model import PollState

BELIEVED_AFTER = timedelta(days=7)


def address(url: str, state: PollState, now: datetime) -> str:
    """Where to ask for the feed at `url` now."""
    if state.moved_to is None or not _is_believed(state, now):
        return url
    turn_of_the_old = state.failures > 0 and state.failures % 2 == 0
    return url if turn_of_the_old else state.moved_to


def _is_believed(state: PollState, now: datetime) -> bool:
    held = state.moved_since is not None and now - state.moved_since >= BELIEVED_AFTER
    return held or state.moved_for_good


def explain_move(state: PollState) -> str | None:
    """What the operator should do about a feed that has moved; None if it has not."""
    if state.moved_to is None:
        return None
    since = f" since {state.moved_since:%Y-%m-%d}" if state.moved_since else ""
    return f"moved to {visible(state.moved_to)}{since}: put it in feeds.toml"


def follow(
    state: PollState, outcome: PollOutcome, *, at_new: bool, now: datetime
) -> tuple[PollState, PollOutcome]:
    """What an answer says about the feed's address; `at_new`: `state.moved_to` was asked.

    One address that is gone does not retire a feed which may have another: the outcome is then a
    refusal.
    """
    match outcome:
        case Fetched(moved_to=moved_to) | NotModified(moved_to=moved_to):
            if moved_to == state.moved_to or (at_new and moved_to is None):
                return state, outcome
            moved = _moved(state, moved_to, now)
            if isinstance(outcome, NotModified):
                # Another address says 304 to validators that are not its own: ask it anew.
                moved = replace(moved, etag=None, last_modified=None, body_hash=None)
            return moved, outcome
        case Gone() if state.moved_to is not None and at_new:
            return _moved(state, None, now), _gone(state.moved_to)
        case Gone() if state.moved_to is not None:
            return _believe(state), _gone("the old address")
        case Refused(status=404) | Unreachable(known_host=False) if not at_new:
            return _believe(state), outcome
        case _:
            return state, outcome


def _moved(state: PollState, to: str | None, now: datetime) -> PollState:
    since = None if to is None else now
    return replace(state, moved_to=to, moved_since=since, moved_for_good=False)


def _believe(state: PollState) -> PollState:
    return state if state.moved_since is None else replace(state, moved_for_good=True)


def _gone(what: str) -> Refused:
    return Refused(status=410, reason=f"{what} is gone; the feed's other address is asked next")
