"""Whom mail may come from: reading the From setting, and which addresses of ours cannot work."""

import unicodedata
from collections.abc import Mapping
from email.utils import getaddresses
from types import MappingProxyType

from digest.subscribers import tokens
from digest.subscribers.addresses import normalise

# What stands behind the name of a mailbox in our plus-addresses: "+confirm-TOKEN" is the longest of
# those of the inbox, "+TOKEN" that of bounces. A local part has at most 64 octets (RFC 5321,
# 4.5.3.1.1).
LONGEST_MAILBOX = 64 - len("+confirm-") - tokens.LENGTH
LONGEST_BOUNCES = 64 - len("+") - tokens.LENGTH

# Providers whose addresses anybody can have. Their DMARC policies have mail from elsewhere refused
# or filed as spam. Each as its domains, with all below them, and the hosts of its own submission
# servers, through which such a From is right.
_PROVIDERS: tuple[tuple[str, str], ...] = (
    ("gmail.com googlemail.com", "google.com gmail.com googlemail.com"),
    (
        (
            "yahoo.com yahoo.ca yahoo.co.in yahoo.co.uk yahoo.com.ar yahoo.com.au yahoo.com.br"
            " yahoo.com.hk yahoo.com.mx yahoo.com.sg yahoo.com.tw yahoo.de yahoo.es yahoo.fr"
            " yahoo.in yahoo.it myyahoo.com rocketmail.com ymail.com aol.com aol.de aol.co.uk"
            " aim.com"
        ),
        "yahoo.com aol.com",
    ),
    ("yahoo.co.jp ymail.ne.jp", "yahoo.co.jp"),
    ("icloud.com me.com mac.com", "me.com icloud.com"),
    (
        (
            "outlook.com outlook.jp outlook.de outlook.fr outlook.es outlook.it outlook.co.th"
            " outlook.kr hotmail.com hotmail.co.jp hotmail.co.uk hotmail.de hotmail.es hotmail.fr"
            " hotmail.it live.com live.jp live.ca live.cn live.co.uk live.com.au live.de live.fr"
            " live.it live.nl msn.com passport.com windowslive.com"
        ),
        "office365.com outlook.com live.com",
    ),
    ("docomo.ne.jp", "spmode.ne.jp docomo.ne.jp"),
    ("au.com ezweb.ne.jp dion.ne.jp uqmobile.jp", "au.com ezweb.ne.jp dion.ne.jp uqmobile.jp"),
    (
        "softbank.ne.jp i.softbank.jp vodafone.ne.jp disney.ne.jp",
        "softbank.ne.jp softbank.jp",
    ),
    ("yahoo.ne.jp ymobile.ne.jp ymobile1.ne.jp", "ymobile.ne.jp ymobile.jp yahoo.co.jp"),
    ("rakumail.jp", "rakumail.jp rakuten.co.jp"),
    ("nifty.com", "nifty.com"),
    ("biglobe.ne.jp", "biglobe.ne.jp"),
    ("ocn.ne.jp", "ocn.ne.jp ocn.jp"),
    ("so-net.ne.jp", "so-net.ne.jp"),
    ("plala.or.jp", "plala.or.jp"),
    ("gmx.net gmx.de gmx.at gmx.ch gmx.com web.de mail.com", "gmx.net gmx.com web.de mail.com"),
    ("t-online.de", "t-online.de"),
    ("orange.fr wanadoo.fr", "orange.fr"),
    ("laposte.net", "laposte.net"),
    # Its bridge runs beside the mail program.
    ("proton.me protonmail.com pm.me", "protonmail.ch proton.me localhost 127.0.0.1"),
    ("fastmail.com fastmail.fm", "fastmail.com messagingengine.com"),
    ("zoho.com zohomail.com", "zoho.com"),
    ("naver.com", "naver.com"),
    ("daum.net hanmail.net", "daum.net"),
    ("qq.com foxmail.com", "qq.com"),
    ("163.com 126.com yeah.net", "163.com 126.com yeah.net"),
    ("mail.ru bk.ru inbox.ru list.ru", "mail.ru"),
    ("yandex.ru yandex.com ya.ru", "yandex.ru yandex.com"),
)
_SERVERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        domain: tuple(servers.split())
        for domains, servers in _PROVIDERS
        for domain in domains.split()
    }
)


def parse_sender(text: str) -> tuple[str, str]:
    """Name and address of a From such as "Kuruma Weekly <weekly@example.org>".

    Raises ValueError with what is allowed.
    """
    found = getaddresses([text])
    if len(found) != 1 or not found[0][1] or any(unicodedata.category(c) == "Cc" for c in text):
        raise ValueError('a name and an address such as "Kuruma Weekly <weekly@example.org>"')
    ((name, address),) = found
    return name, normalise(address)


def freemail_problem(address: str, host: str) -> str | None:
    """Why this From cannot work through this server, or None.

    Mail from a free provider's domain passes DMARC only through that provider's own servers.
    """
    domain = address.rpartition("@")[2].casefold()
    own = next((_SERVERS[name] for name in _with_parents(domain) if name in _SERVERS), None)
    server = host.casefold().rstrip(".")
    if own is None or not set(own).isdisjoint(_with_parents(server)):
        return None
    return (
        f"an address in a domain of your own: mail from {domain} is trusted only from that"
        f" provider's servers, and {host} is none of them"
    )


def mailbox_problem(address: str, *, plus: bool) -> str | None:
    """Why the list cannot have this address, or None. `plus`: with plus-addresses of it."""
    local = address.rpartition("@")[0]
    if not address.isascii():
        return "an address in ASCII: most servers take no other from a sender (SMTPUTF8)"
    if plus and len(local) > LONGEST_MAILBOX:
        return (
            f"at most {LONGEST_MAILBOX} characters before the @, so that its plus-addresses have at"
            " most 64; or [inbox] plus_addressing = false"
        )
    return None


def bounces_problem(address: str, mailbox: str, *, plus: bool) -> str | None:
    """Why mail that comes back cannot come to this address beside the mailbox, or None."""
    local = address.rpartition("@")[0]
    if not plus:
        return "left out where plus_addressing = false: it would lead no bounce to its message"
    if address.casefold() == mailbox.casefold():
        return "another address than the mailbox; left out, bounces come to its plus-addresses"
    if "+" in local:
        return 'an address without a "+": a token is added to it'
    if not address.isascii():
        return mailbox_problem(address, plus=plus)
    if len(local) > LONGEST_BOUNCES:
        return f"at most {LONGEST_BOUNCES} characters before the @, so that a token fits behind it"
    return None


def _with_parents(domain: str) -> list[str]:
    """A domain and those that it is under: "a.b.jp", "b.jp", "jp"."""
    labels = domain.split(".")
    return [".".join(labels[place:]) for place in range(len(labels))]
