"""Whether a mail is from whom it says: by the word of our own mail server, and nobody else's.

Our server writes what it found into Authentication-Results (RFC 8601). Anybody can write such a
header, so only the top-most one that bears our server's name counts; a server must remove those in
its name that come from outside (RFC 8601, 5), and what it adds stands above what it forgot.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message as Headers

from digest.mail.parts import header_addresses
from digest.subscribers.addresses import normalise
from digest.subscribers.reading import Author, Proof

_MOST_HEADERS = 50
_MOST_LENGTH = 8_000  # characters of a header
_MOST_RESULTS = 50


@dataclass(frozen=True, slots=True)
class _Result:
    method: str
    verdict: str
    properties: tuple[tuple[str, str], ...]  # "header.d" and its value

    def domains(self, *names: str) -> list[str]:
        """The domains that these properties name, of their addresses or by themselves."""
        found = (value for name, value in self.properties if name in names)
        return [value.rpartition("@")[2].strip("<>").rstrip(".").casefold() for value in found]


def author_of(headers: Headers, authserv_id: str | None) -> Author | None:
    """Whom a mail is from. None if it names nobody, or more than one, whom to answer."""
    found = header_addresses(headers, "From")
    if len(found) != 1 or len(headers.get_all("From", [])) != 1:
        return None
    try:
        address = normalise(found[0])
    except ValueError:
        return None
    if authserv_id is None:
        return Author(address, Proof.NONE)
    values = [str(value) for value in headers.get_all("Authentication-Results", [])]
    domain = address.rpartition("@")[2].casefold()
    return Author(address, _proof(_ours(values, authserv_id), domain))


def _ours(values: Sequence[str], authserv_id: str) -> list[_Result]:
    """The results in the top-most header of our server."""
    wanted = authserv_id.casefold().rstrip(".")
    for value in values[:_MOST_HEADERS]:
        pieces = _pieces(value[:_MOST_LENGTH])
        name = pieces[0].split()[:1]  # a version may follow
        if name and name[0].strip('"').casefold().rstrip(".") == wanted:
            return list(_results(pieces[1 : _MOST_RESULTS + 1]))
    return []


def _proof(results: Sequence[_Result], domain: str) -> Proof:
    dmarc = [r for r in results if r.method == "dmarc" and _is_of(r, domain)]
    if any(r.verdict == "fail" for r in dmarc):
        return Proof.FAIL
    if any(r.verdict == "pass" for r in dmarc):
        return Proof.PASS
    signed = [r for r in results if r.method == "dkim" and _aligned(r, domain, "header.d")]
    sent = [r for r in results if r.method == "spf" and _aligned(r, domain, "smtp.mailfrom")]
    if any(r.verdict == "pass" for r in (*signed, *sent)):
        return Proof.PASS
    return Proof.FAIL if any(r.verdict == "fail" for r in sent) else Proof.NONE


def _is_of(result: _Result, domain: str) -> bool:
    """Whether DMARC was found for the From that we read: programs read odd ones differently."""
    named = result.domains("header.from")
    return set(named) <= {domain}


def _aligned(result: _Result, domain: str, name: str) -> bool:
    """Whether what was checked is the From's domain or one that it is under.

    Stricter than DMARC, which also takes a domain below the From's: to know what is one
    organisation takes a list of all registries, and our server has it. It says dmarc=pass then.
    """
    named = result.domains(name) or result.domains("header.i")
    return bool(named) and all(n and (domain == n or domain.endswith(f".{n}")) for n in named)


_PROPERTY = re.compile(r'([a-z0-9_-]+\s*\.\s*[a-z0-9_.-]+)\s*=\s*("[^"]*"|[^\s"]+)', re.IGNORECASE)
_METHOD = re.compile(
    r"\s*([a-z0-9-]+)(?:\s*/\s*\d+)?\s*=\s*([a-z0-9-]+)(?=[\s;]|\Z)", re.IGNORECASE
)


def _results(pieces: Sequence[str]) -> Iterator[_Result]:
    for piece in pieces:
        method = _METHOD.match(piece)
        if method is not None:
            properties = tuple(
                ("".join(found[1].split()).casefold(), found[2].strip('"'))
                for found in _PROPERTY.finditer(piece, method.end())
            )
            yield _Result(method[1].casefold(), method[2].casefold(), properties)


def _pieces(value: str) -> list[str]:
    """A header's value without comments, split at the semicolons that are not quoted."""
    pieces, piece = [], []
    depth, quoted = 0, False
    for character in value:
        if quoted:
            quoted = character != '"'
        elif character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
            piece.append(" ")
            continue
        elif character == '"' and not depth:
            quoted = True
        elif character == ";" and not depth:
            pieces.append("".join(piece))
            piece = []
            continue
        if not depth:
            piece.append(character)
    return [*pieces, "".join(piece)]
