"""How many letters may go to people who have not proved that they asked for them.

Anybody can write to us in anybody's name. So that nobody can have a stranger flooded by us, letters
to one address are few; so that nobody can make us a nuisance to a provider, letters to one domain
and to all are spread over hours. The figures are those of mail providers' own advice to lists.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum, auto

ASK_AGAIN_HOURS = 24
ASK_AGAIN_AFTER = timedelta(hours=ASK_AGAIN_HOURS)
GOOD_FOR = timedelta(days=7)  # of a question, from when its letter may leave
_MONTH = timedelta(days=30)
_IN_A_MONTH = 3
_HOUR = timedelta(hours=1)
_DOMAIN_AN_HOUR = 20
ALL_AN_HOUR = 100
LONGEST_WAIT = timedelta(hours=24)  # of a letter in a crowd; a later one would only puzzle

ANSWERS_A_DAY = 10  # to somebody who proved to ask: two programs may have begun to talk


class Held(Enum):
    """Why no letter goes now or soon."""

    LATELY = auto()  # one has gone to this address within a day
    OFTEN = auto()  # three have gone within a month
    CROWD = auto()  # too many letters wait already


def refusal(address: Sequence[datetime], now: datetime) -> Held | None:
    """Why an address gets no letter: the times of those that it had, the newest first, say so."""
    if any(now - at < ASK_AGAIN_AFTER for at in address):
        return Held.LATELY
    if sum(now - at < _MONTH for at in address) >= _IN_A_MONTH:
        return Held.OFTEN
    return None


def turn(letters: Sequence[datetime], most: int, now: datetime) -> datetime:
    """When the next letter may leave, of which `most` may in any hour; `letters` as above."""
    return max(now, letters[most - 1] + _HOUR) if len(letters) >= most else now


def slot(
    address: Sequence[datetime],
    domain: Sequence[datetime],
    everybody: Sequence[datetime],
    now: datetime,
) -> datetime | Held:
    """When a letter to somebody who has not proved to ask may leave.

    Given are the times of such letters to this address, to its domain and to all, the newest
    first; those to come count, too.
    """
    refused = refusal(address, now)
    if refused is not None:
        return refused
    at = max(turn(domain, _DOMAIN_AN_HOUR, now), turn(everybody, ALL_AN_HOUR, now))
    return at if at - now <= LONGEST_WAIT else Held.CROWD
