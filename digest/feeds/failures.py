"""Why a request brought no feed: statuses and the library's exceptions, in words for a person."""

import socket
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus

import aiohttp

from digest.feeds.guard import FLOOD, NOT_PUBLIC, SHOWN_LENGTH
from digest.feeds.outcomes import Unreachable

REASON_LENGTH = 300  # characters

_UNASKED = {
    206: "a part, and the whole was asked for",
    304: "unchanged, to a request that did not say what we have",
}


def refusal(response: aiohttp.ClientResponse) -> str:
    """What a server's status says, in words."""
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "not a status that HTTP knows"
    reason = f"the server answered {response.status} {phrase}"
    if response.status in _UNASKED:
        reason += f": {_UNASKED[response.status]}"
    if response.headers.get("cf-mitigated"):
        reason += " (Cloudflare's bot wall)"
    return reason


def unreachable(error: Exception, *, connect: timedelta, deadline: timedelta) -> Unreachable:
    """Why there is no answer; what comes before a connection may be our own network's fault.

    `connect` and `deadline` are the limits on a connection and on the whole request.
    """
    why = _why(error, connect, deadline)
    return replace(why, reason=one_line(why.reason))


def _why(error: Exception, connect: timedelta, deadline: timedelta) -> Unreachable:
    match error:
        case aiohttp.ConnectionTimeoutError():
            reason = f"no connection within {connect.total_seconds():g} s"
            return Unreachable(reason=reason, connected=False)
        case TimeoutError():
            reason = f"no complete answer within {deadline.total_seconds():g} s"
        case aiohttp.ClientConnectorError():
            return _no_connection(error)
        case _ if FLOOD in str(error):
            reason = FLOOD
        case aiohttp.InvalidURL() | UnicodeError():  # the latter of a name's ASCII form
            why = getattr(error, "description", None) or "its host is no proper name"
            return Unreachable(reason=f"the address is no proper URL: {why}", asked=False)
        case aiohttp.ServerDisconnectedError():
            reason = "the server closed the connection without an answer"
        case aiohttp.ClientPayloadError():
            reason = "the connection broke in the middle of the body"
        case aiohttp.ClientHttpProxyError():
            reason = f"the proxy answered {error.status} {error.message}"
        case aiohttp.ClientResponseError():
            reason = f"the answer is not proper HTTP: {error.message}"
        case _:
            reason = f"the request failed: {str(error) or type(error).__name__}"
    return Unreachable(reason=reason)


def _no_connection(error: aiohttp.ClientConnectorError) -> Unreachable:
    match error:
        case aiohttp.ClientConnectorDNSError():
            exists = error.os_error.errno != socket.EAI_NONAME
            reason = f"the host name {error.host} is not known"
            return Unreachable(reason=reason, connected=False, known_host=exists)
        case aiohttp.ClientConnectorCertificateError():
            reason = f"the certificate of {error.host} is not valid: {error.certificate_error}"
        case aiohttp.ClientConnectorSSLError():
            reason = f"no safe connection to {error.host}: {error.os_error}"
        case aiohttp.ClientConnectorError(os_error=cause) if NOT_PUBLIC in str(cause):
            # Of one address, or a sentence for each.
            return Unreachable(reason=str(cause), asked=False)
        case _:
            why = error.os_error.strerror or error.os_error
            return Unreachable(reason=f"no connection to {error.host}: {why}", connected=False)
    return Unreachable(reason=reason)


def at_the_end(url: str, failure: Unreachable) -> Unreachable:
    """The same after a redirect to `url`: somebody did answer, and the feed's host is known."""
    reason = one_line(f"redirected to {url[:SHOWN_LENGTH]}: {failure.reason}")
    return replace(failure, reason=reason, connected=True, asked=True, known_host=True)


def one_line(text: str) -> str:
    """A reason as a log and a terminal may show it: some of it is the server's own words."""
    words = " ".join(text[: 2 * REASON_LENGTH].split())[:REASON_LENGTH]
    return "".join(c if c.isprintable() else "?" for c in words)
