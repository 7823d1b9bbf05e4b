"""Which language a page is in: the one that its address names, else the one a browser asks for."""

from urllib.parse import parse_qsl

from digest.subscribers.importing import LANGUAGES

PARAMETER = "lang"


def named_language(query: str) -> str | None:
    """The language that the query of an address names, if we speak it."""
    try:
        named = dict(parse_qsl(query, max_num_fields=20)).get(PARAMETER)
    except ValueError:
        return None
    return named if named in LANGUAGES else None


def wanted_language(accept_language: str, default: str) -> str:
    """The language of ours that a browser likes best (RFC 9110, 12.5.4)."""
    best, weight = default, 0.0
    for part in accept_language.split(",")[:20]:
        tag, _, parameter = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        liked = _weight(parameter)
        if language in LANGUAGES and liked > weight:
            best, weight = language, liked
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return min(1.0, max(0.0, float(value))) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
