"""Asks the DNS about the domains that mail is sent from and comes back to."""

from collections.abc import Sequence
from dataclasses import dataclass

import dns.asyncresolver
import dns.exception
import dns.resolver
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.txtbase import TXTBase

from digest.doctor import records
from digest.doctor.finding import Finding, bad, ok, warn
from digest.settings import Settings

ANSWER_WITHIN = 6.0  # seconds, for one question with all its retries
_NOWHERE = (".localhost", ".local", ".lan", ".internal", ".example", ".test", ".invalid")
_DKIM_ADVICE = (
    "mail yourself a test (digest doctor --mail), read s= in the DKIM-Signature header of the copy"
    " that arrives, and give it: digest doctor --selector NAME. That copy's Authentication-Results"
    " must say dkim=pass with header.d or header.i of {d}"
)


class NoAnswerError(Exception):
    """No name server answered; the text says why."""


@dataclass(frozen=True, slots=True)
class Names:
    """A way to ask the DNS."""

    resolver: dns.asyncresolver.Resolver

    @classmethod
    def of_this_machine(cls) -> "Names":
        """The name servers that this machine uses. Raises NoAnswerError if it names none."""
        try:
            return cls(dns.asyncresolver.Resolver())
        except (dns.exception.DNSException, OSError) as error:
            raise NoAnswerError(f"no name servers are set up here: {error}") from error

    async def texts(self, name: str) -> list[str]:
        """The TXT records of a name; none where there is no such name."""
        answer = await self._ask(name, "TXT")
        read = [one for one in answer or () if isinstance(one, TXTBase)]
        return [b"".join(one.strings).decode("utf-8", "replace") for one in read]

    async def exchanges(self, name: str) -> list[str]:
        """Where mail to a name goes, best first; "" for a name that takes none (RFC 7505)."""
        answer = await self._ask(name, "MX")
        read = [one for one in answer or () if isinstance(one, MX)]
        read.sort(key=lambda one: one.preference)
        return [str(one.exchange).rstrip(".") for one in read]

    async def has_address(self, name: str) -> bool:
        """Whether a host has this name."""
        return any([await self._ask(name, kind) for kind in ("A", "AAAA")])

    async def _ask(self, name: str, kind: str) -> dns.resolver.Answer | None:
        try:
            return await self.resolver.resolve(name, kind, lifetime=ANSWER_WITHIN, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return None
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            raise NoAnswerError(
                f"{kind} of {name}: {str(error) or type(error).__name__}"
            ) from error


async def examine(settings: Settings, names: Names, selectors: Sequence[str]) -> list[Finding]:
    """What the DNS says of who we send as; one finding a question."""
    domain = settings.mail.from_address.rpartition("@")[2]
    back = (settings.inbox.bounces or settings.inbox.address).rpartition("@")[2]
    if "." not in domain or f".{domain}".endswith(_NOWHERE):
        return [
            bad(
                "sender's domain",
                f"{domain}, which no other server knows",
                "an address in a domain of yours as `from` in [mail]",
            )
        ]
    return [
        await _spf(back, settings, names),
        *[await _dkim(f"{selector}._domainkey.{domain}", names) for selector in selectors],
        *([] if selectors else [_no_selector(domain)]),
        await _dmarc(domain, names),
        await _exchanges(back, names),
    ]


async def _spf(domain: str, settings: Settings, names: Names) -> Finding:
    try:
        texts = await names.texts(domain)
    except NoAnswerError as error:
        return _unanswered("SPF", error)
    return records.spf(domain, texts, settings.mail.server)


def _no_selector(domain: str) -> Finding:
    return warn("DKIM", "not looked at: selectors cannot be listed", _DKIM_ADVICE.format(d=domain))


async def _dkim(name: str, names: Names) -> Finding:
    try:
        return records.dkim(name, await names.texts(name))
    except NoAnswerError as error:
        return _unanswered("DKIM", error)


async def _dmarc(domain: str, names: Names) -> Finding:
    try:
        for parent in records.parents(domain):
            where = f"_dmarc.{parent}"
            texts = await names.texts(where)
            if any(map(records.is_dmarc, texts)):
                return records.dmarc(domain, where, texts)
    except NoAnswerError as error:
        return _unanswered("DMARC", error)
    return records.dmarc(domain, f"_dmarc.{domain}", [])


async def _exchanges(domain: str, names: Names) -> Finding:
    """Whether what comes back, and what readers write, can arrive."""
    check, advice = "MX", f"an MX record of {domain} that names the server of the mailbox"
    try:
        servers = await names.exchanges(domain)
        if servers == [""]:
            return bad(check, f"{domain} says that it takes no mail (null MX)", advice)
        if not servers:
            if await names.has_address(domain):
                return warn(check, f"{domain} has no MX record, only an address", advice)
            return bad(check, f"{domain} takes no mail: neither MX nor address", advice)
        lost = [server for server in servers if not await names.has_address(server)]
    except NoAnswerError as error:
        return _unanswered(check, error)
    if lost:
        return bad(check, f"{domain}: {', '.join(lost)} has no address", "mend the MX record")
    return ok(check, f"mail to {domain} goes to {', '.join(servers)}")


def _unanswered(check: str, error: NoAnswerError) -> Finding:
    return warn(check, f"no answer: {error}", "look again, or ask whoever runs the name servers")
