"""What of a poll's new entries is news, and what is history that came late or again.

History is stored too, so that it is known from then on; it is in no story and in no issue. There
is no limit on it here: what one document may hold (tree.MAX_ITEMS) is one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from digest.feeds.identity import ONE_MOMENT, Identified
from digest.model import Entry, NewEntry, NotNews, PollState

ENTRY_WINDOW = timedelta(days=14)  # whatever is dated earlier when it comes is no news
# More new entries at once than these may be a history that is published again: so many for any
# feed, or what it has brought before, or so many times what its rhythm lets expect.
SELDOM_MORE = 20
TIMES_THE_RHYTHM = 4
LATE = timedelta(days=1)  # so long before the last poll may an entry be dated and still be news


def within_window(found: Iterable[Entry], now: datetime) -> list[Entry]:
    """The entries that are not older than ENTRY_WINDOW."""
    return [entry for entry in found if now - entry.published <= ENTRY_WINDOW]


def judge(
    told: Identified,
    state: PollState,
    new_feed_window: timedelta,
    now: datetime,
    often_at_once: int = 0,
) -> list[NewEntry]:
    """The new entries of a document, each with the reason if it is no news.

    `state` is the feed's before this poll, `often_at_once` what earlier ones have brought more than
    once. A feed of which nothing is known is new, and of a new feed only what is dated within the
    window is news. One that has moved is not new.
    """
    if state.last_success is None and not told.known:
        return [_mark(one, _of_a_new_feed(one.entry, now - new_feed_window)) for one in told.new]
    judged = [
        _mark(one, NotNews.AGED if now - one.entry.published > ENTRY_WINDOW else None)
        for one in told.new
    ]
    if len(told.new) <= max(often_at_once, expected_at_most(state, now)):
        return judged
    repeated = _repeated([one.entry for one in judged if one.not_news is None], state, now)
    return [
        _mark(one, NotNews.REPEATED) if one.not_news is None and one.entry.guid in repeated else one
        for one in judged
    ]


def expected_at_most(state: PollState, now: datetime) -> int:
    """How many new entries are nothing strange for this feed, so long after its last poll."""
    if not state.rhythm or state.last_success is None:
        return SELDOM_MORE
    return max(SELDOM_MORE, int(TIMES_THE_RHYTHM * ((now - state.last_success) / state.rhythm)))


def _mark(one: NewEntry, why: NotNews | None) -> NewEntry:
    return one if why is None else replace(one, not_news=why)


def _of_a_new_feed(entry: Entry, since: datetime) -> NotNews | None:
    if not entry.dated:
        return NotNews.UNDATED
    return NotNews.BEFORE_US if entry.published < since else None


def _repeated(news: Sequence[Entry], state: PollState, now: datetime) -> set[str]:
    """The GUIDs of those that tell of the past, or whose dates were all set at one moment."""
    since = (state.last_success or now) - LATE
    moments = sorted(entry.published for entry in news)
    one_moment: set[datetime] = set()
    for number, last in enumerate(moments[SELDOM_MORE:]):
        if last - moments[number] <= ONE_MOMENT:
            one_moment.update(moments[number : number + SELDOM_MORE + 1])
    return {
        entry.guid
        for entry in news
        if not entry.dated or entry.published < since or entry.published in one_moment
    }
