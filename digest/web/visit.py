"""A request as values: what came over the wire, and what pages need of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asks."""

    method: str
    path: str  # decoded, without its query
    host: str = ""  # the name and port that were asked
    query: str = ""
    accept_language: str = ""
    content_type: str = ""
    seen: str = ""  # If-None-Match: the versions that they have
    visitor: str = ""  # the network address that limits count by
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Where somebody is, and in which language."""

    path: str
    lang: str
    seen: str = ""
