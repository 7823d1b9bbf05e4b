"""Whom mail may come from: reading the From setting, and which addresses cannot work there."""

from collections.abc import Mapping
from email.utils import parseaddr
from types import MappingProxyType

from digest.subscribers.addresses import normalise

# Their DMARC policies have mail from elsewhere refused or filed as spam. Each with the hosts of
# the provider's own submission servers, through which such a From is right.
_FREEMAIL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "gmail.com": ("google.com", "gmail.com"),
        "googlemail.com": ("google.com", "gmail.com"),
        "yahoo.co.jp": ("yahoo.co.jp",),
        "ymail.ne.jp": ("yahoo.co.jp",),
        "yahoo.com": ("yahoo.com",),
        "ymail.com": ("yahoo.com",),
        "aol.com": ("aol.com",),
        "icloud.com": ("me.com", "icloud.com"),
        "me.com": ("me.com", "icloud.com"),
        "mac.com": ("me.com", "icloud.com"),
        "outlook.com": ("office365.com", "outlook.com"),
        "outlook.jp": ("office365.com", "outlook.com"),
        "hotmail.com": ("office365.com", "outlook.com"),
        "hotmail.co.jp": ("office365.com", "outlook.com"),
        "live.com": ("office365.com", "outlook.com"),
        "live.jp": ("office365.com", "outlook.com"),
        "msn.com": ("office365.com", "outlook.com"),
        "docomo.ne.jp": ("spmode.ne.jp", "docomo.ne.jp"),
        "au.com": ("au.com", "ezweb.ne.jp"),
        "ezweb.ne.jp": ("au.com", "ezweb.ne.jp"),
        "softbank.ne.jp": ("softbank.ne.jp", "softbank.jp"),
        "i.softbank.jp": ("softbank.ne.jp", "softbank.jp"),
        "gmx.net": ("gmx.net",),
        "gmx.de": ("gmx.net",),
        "web.de": ("web.de",),
        "proton.me": ("protonmail.ch", "proton.me"),
    }
)


def parse_sender(text: str) -> tuple[str, str]:
    """Name and address of a From such as "Kuruma Weekly <weekly@example.org>".

    Raises ValueError with what is allowed.
    """
    name, address = parseaddr(text)
    if not address or any(ord(c) < 32 for c in text):
        raise ValueError('a name and an address such as "Kuruma Weekly <weekly@example.org>"')
    return name, normalise(address)


def freemail_problem(address: str, host: str) -> str | None:
    """Why this From cannot work through this server, or None.

    Mail from a free provider's domain passes DMARC only through that provider's own servers.
    """
    domain = address.rpartition("@")[2].casefold()
    own = _FREEMAIL.get(domain)
    server = host.casefold().rstrip(".")
    if own is None or any(server == name or server.endswith(f".{name}") for name in own):
        return None
    return (
        f"an address in a domain of your own: mail from {domain} is trusted only from that"
        f" provider's servers, and {host} is none of them"
    )
