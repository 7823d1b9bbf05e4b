"""What the DNS records of a sender's domain say, and what is wrong with them.

SPF is RFC 7208, DKIM's keys RFC 6376, DMARC RFC 7489; what large receivers ask for is in
docs/mail.md.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence

from digest.doctor.finding import Finding, bad, ok, warn
from digest.settings import Server

MOST_LOOKUPS = 10  # RFC 7208, 4.6.4
LEAST_RSA_BYTES = 140  # of a public key of 1,024 bits in DER; one of 2,048 bits has 294
GOOD_RSA_BYTES = 280
_ED25519_BYTES = 32
_ASKS = re.compile(r"[+?~-]?(?:include:|a(?:$|[:/])|mx(?:$|[:/])|ptr(?:$|:)|exists:)|redirect=")
_SHOWN = 160  # characters of a record
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
# What providers of mail ask their customers to name (their own documents).
_INCLUDES = {
    "gmail.com": "_spf.google.com",
    "google.com": "_spf.google.com",
    "amazonaws.com": "amazonses.com",
    "office365.com": "spf.protection.outlook.com",
    "sendgrid.net": "sendgrid.net",
    "mailgun.org": "mailgun.org",
}
_OWN_RETURN = "amazonaws.com"  # SES: mail comes back to an address of its own, with its own SPF


def spf(domain: str, texts: Sequence[str], server: Server | None) -> Finding:
    """The SPF record among the TXT records of the domain that bounces come back to.

    `server` takes our mail; what to publish depends on whose it is.
    """
    found = [text for text in texts if text.lower() == "v=spf1" or text.lower()[:7] == "v=spf1 "]
    if not found:
        return _no_spf(domain, server)
    if len(found) > 1:
        return bad(
            "SPF", f"{domain} has {len(found)} SPF records", "make one of them: two count as none"
        )
    record, words = found[0], found[0].lower().split()[1:]
    lookups = sum(_ASKS.match(word) is not None for word in words)
    if lookups > MOST_LOOKUPS:
        return bad(
            "SPF",
            f"{_short(record)} asks for {lookups} lookups by itself",
            f"at most {MOST_LOOKUPS}: receivers stop there and take it for an error",
        )
    if words and words[-1] in {"+all", "all"}:
        return bad("SPF", _short(record), '"-all" or "~all" at its end: this lets anybody send')
    if not any(word in {"-all", "~all"} or word.startswith("redirect=") for word in words):
        return warn("SPF", _short(record), '"-all" or "~all" at its end: this refuses nobody')
    return ok("SPF", _short(record))


def _no_spf(domain: str, server: Server | None) -> Finding:
    seen, advice = f"{domain} has no SPF record", _spf_of(domain, server)
    if server is not None and _within(server.host, _OWN_RETURN):
        return warn("SPF", f"{seen}; SES uses a return address of its own", advice)
    return bad("SPF", seen, advice)


def _spf_of(domain: str, server: Server | None) -> str:
    """The record to publish."""
    host = "localhost" if server is None else server.host
    record = f"a TXT record of {domain}:"
    include = next((what for end, what in _INCLUDES.items() if _within(host, end)), None)
    if include is not None:
        return f'{record} "v=spf1 include:{include} ~all"'
    if host in _HERE:
        address = "or ip4: and the address of this machine instead of mx, if no MX leads here"
        return f'{record} "v=spf1 mx -all", {address}; docs/mail.md'
    if _within(host, domain):
        return f'{record} "v=spf1 a:{host} -all"; docs/mail.md has more'
    return f'{record} "v=spf1 include:NAME -all"; who runs {host} says which NAME'


def _within(host: str, domain: str) -> bool:
    return f".{host}".endswith(f".{domain}")


def dkim(name: str, texts: Sequence[str]) -> Finding:  # noqa: PLR0911  # one a thing that is wrong
    """The DKIM key at SELECTOR._domainkey.DOMAIN."""
    found = [tags for tags in map(tags_of, texts) if "p" in tags]
    if not found:
        return bad(
            "DKIM", f"no key at {name}", "publish the TXT record that your mail server shows you"
        )
    tags = found[0]
    kind = tags.get("k", "rsa").lower()
    try:
        key = base64.b64decode("".join(tags["p"].split()), validate=True)
    except (binascii.Error, ValueError):
        return bad("DKIM", f"{name}: its p= is no key", "publish the record again, unbroken")
    if not key:
        return bad("DKIM", f"{name}: the key is revoked (p= is empty)", "sign with another key")
    if kind == "ed25519":
        if len(key) != _ED25519_BYTES:
            return bad("DKIM", f"{name}: its p= is no Ed25519 key", "publish the record again")
        return warn("DKIM", f"Ed25519 key at {name}", "sign by RSA too: Gmail reads no other key")
    if len(key) < LEAST_RSA_BYTES:
        return bad("DKIM", f"{name}: an RSA key of less than 1024 bits", "one of 2048 bits")
    if len(key) < GOOD_RSA_BYTES:
        return warn("DKIM", f"RSA key of less than 2048 bits at {name}", "one of 2048 bits")
    if "y" in tags.get("t", "").lower().split(":"):
        return warn("DKIM", f"{name} says t=y", "remove it: receivers may take no notice of it")
    return ok("DKIM", f"RSA key at {name}")


def dmarc(domain: str, where: str, texts: Sequence[str]) -> Finding:
    """The DMARC record at `where`, which is _dmarc of the domain or of one above it."""
    found = [text for text in texts if is_dmarc(text)]
    if not found:
        return bad(
            "DMARC",
            f"{domain} has no DMARC record",
            f'a TXT record of _dmarc.{domain}: "v=DMARC1; p=none"; Gmail and Yahoo ask for one',
        )
    if len(found) > 1:
        return bad("DMARC", f"{len(found)} records at {where}", "one: several count as none")
    policy = tags_of(found[0]).get("p", "").lower()
    if policy not in {"none", "quarantine", "reject"}:
        return bad("DMARC", _short(found[0]), "p=none, p=quarantine or p=reject in it")
    return ok("DMARC", f"{_short(found[0])} (at {where})")


def is_dmarc(text: str) -> bool:
    """Whether a TXT record is one of DMARC (RFC 7489, 6.4)."""
    return re.match(r"v\s*=\s*DMARC1\s*(;|$)", text) is not None


def tags_of(record: str) -> Mapping[str, str]:
    """The tags of a record such as "v=DKIM1; p=…" (RFC 6376, 3.2)."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip(): value.strip() for name, sign, value in pairs if sign}


def parents(domain: str) -> list[str]:
    """The domain and those above it that have at least two labels: where DMARC is looked for."""
    labels = domain.split(".")
    return [".".join(labels[place:]) for place in range(max(1, len(labels) - 1))]


def _short(record: str) -> str:
    return record if len(record) <= _SHOWN else f"{record[:_SHOWN]}…"
