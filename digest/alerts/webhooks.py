"""Gives an alert to a program by HTTP. Nothing of its address is logged or told."""

from datetime import datetime, timedelta

import aiohttp

from digest.alerts import outcomes
from digest.alerts.outcomes import LATE, Answer, NotTaken, Refused, Taken
from digest.alerts.payload import headers, payload
from digest.settings import Webhook
from digest.store.telling import Waiting

_GOOD = range(200, 300)
_REFUSED = range(400, 500)
# Answers of that range that speak of the channel, not of the alert: a setting may be wrong, or the
# server busy. 405 is what a wrong path answers, 407 a proxy.
_OF_THE_CHANNEL = frozenset({401, 403, 404, 405, 407, 408, 410, 425, 429})
_DIGITS = 9  # of a wait in seconds: thirty years


async def post(channel: Webhook, waiting: Waiting, now: datetime) -> Answer:
    """Post an alert, in `outcomes.DEADLINE` at most."""
    body = payload(waiting.alert.id, waiting.alert.alert, waiting.told, waiting.before)
    timeout = aiohttp.ClientTimeout(total=outcomes.DEADLINE.total_seconds())
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.post(
                channel.url,
                data=body,
                headers=headers(waiting.alert.id, body, channel.secret, now),
                allow_redirects=False,
            ) as response,
        ):
            if response.status in _GOOD:
                return Taken()
            if response.status in _REFUSED and response.status not in _OF_THE_CHANNEL:
                return Refused(f"its server refuses it ({response.status})")
            asked = _retry_after(response.headers.get("Retry-After", ""))
            return NotTaken(f"its server answers {response.status}", asked)
    except TimeoutError:
        return LATE
    except (aiohttp.ClientError, OSError, ValueError) as error:
        # Not its words: they may hold the address.
        return NotTaken(f"its server cannot be reached ({type(error).__name__})")


def _retry_after(text: str) -> timedelta | None:
    """The seconds that a server asks for (RFC 9110, 10.2.3); not its dates."""
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        return None
    return timedelta(seconds=int(text))
