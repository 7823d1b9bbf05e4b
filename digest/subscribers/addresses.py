"""What counts as an email address, and when two are the same.

Syntax only (RFC 5321, 6531): no name server is asked, so the answer is the same everywhere and
tells nobody who subscribes.
"""

import unicodedata

import email_validator
from email_validator import EmailNotValidError, validate_email

# The library leaves this list to its users. Mail inside a house often lives under .local or
# localhost, and nothing here asks a name server.
email_validator.SPECIAL_USE_DOMAIN_NAMES = ["arpa", "invalid", "onion"]

_SHOWN = 80  # characters of a wrong address that an error repeats


def normalise(address: str) -> str:
    """The one form in which an address is kept: its domain in lower-case ASCII (IDNA).

    Raises ValueError, with a sentence for the person who typed it, if it is not an address.
    """
    text = address.strip()
    if any(unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"} for c in text):
        # An invisible character is pasted along, or tries to start a header line of its own.
        raise ValueError(f"{_shown(text)} is not an email address: it has invisible characters")
    try:
        found = validate_email(
            text, check_deliverability=False, globally_deliverable=False, strict=True
        )
    except EmailNotValidError as error:
        raise ValueError(f"{_shown(text)} is not an email address: {error}") from error
    if "." not in found.ascii_domain and found.ascii_domain != "localhost":
        raise ValueError(
            f"{_shown(text)} is not an email address: {found.domain} lacks its ending,"
            " such as .com or .jp"
        )
    return f"{found.local_part}@{found.ascii_domain}"


def address_key(address: str) -> str:
    """How addresses are compared: two with equal keys are one mailbox in practice.

    RFC 5321 lets a server tell Taro@ from taro@; hardly any does, and people type both.
    """
    return fold(normalise(address))


def fold(address: str) -> str:
    """The key of an address that is in its normal form already, as all that are kept are."""
    return unicodedata.normalize("NFKC", address).casefold()


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
