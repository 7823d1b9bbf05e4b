"""How often a feed brings news, learnt from the news itself.

Where the document dates its entries their dates tell, all of them at once; where it does not, the
times at which we found something new.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from digest.model import Entry, PollState

LATEST = 30  # occasions that count: a feed's habits change
FEWEST = 4  # occasions that show a rhythm: two and a long gap before them show none
ONE_OCCASION = timedelta(minutes=10)  # entries that come together are one occasion
_OLD_WEIGHT = 3  # of the rhythm known, against the one gap just seen


def learn_rhythm(
    state: PollState,
    found: Sequence[Entry],
    new: int,
    now: datetime,
    others: Iterable[datetime] = (),
) -> PollState:
    """The state with the feed's rhythm and the time of its last news.

    `found` are entries of the document, `new` is how many of them we did not have; `others` are the
    dates of those that are not among them.
    """
    told = [*(entry.published for entry in found if entry.dated), *others]
    dates = [date for date in told if date <= now]
    rhythm = _usual_gap(dates)
    if rhythm is None and new and state.last_news is not None:
        gap = now - state.last_news
        known = state.rhythm
        rhythm = gap if known is None else (known * _OLD_WEIGHT + gap) / (_OLD_WEIGHT + 1)
    rhythm, last_news = rhythm or state.rhythm, _last_news(state, dates, new, now)
    if rhythm == state.rhythm and last_news == state.last_news:
        return state
    return replace(state, rhythm=rhythm, last_news=last_news)


def _last_news(state: PollState, dates: Sequence[datetime], new: int, now: datetime) -> datetime:
    if state.last_news is None:  # all of a new feed is new to us, however long it has been silent
        return max(dates, default=now)
    return now if new else state.last_news


def _usual_gap(dates: Sequence[datetime]) -> timedelta | None:
    """The median time between occasions; None of too few."""
    occasions: list[datetime] = []
    for date in sorted(dates, reverse=True):
        if not occasions or occasions[-1] - date >= ONE_OCCASION:
            occasions.append(date)
        if len(occasions) == LATEST:
            break
    if len(occasions) < FEWEST:
        return None
    gaps = sorted(later - earlier for later, earlier in pairwise(occasions))
    return gaps[len(gaps) // 2]
