"""What counts as an email address, and when two are the same.

Syntax only (RFC 5321, 6531): no name server is asked, so the answer is the same everywhere and
tells nobody who subscribes.
"""

import re
import unicodedata

_SHOWN = 80  # characters of a wrong address that an error repeats

# What nearly all addresses look like, in their normal form already: short ASCII words, and a domain
# in small letters that ends in one. For them the library need not be imported, which takes as long
# as all the rest of reading feeds.toml.
_COMMON = re.compile(
    r"(?=.{6,80}$)[A-Za-z0-9_-]+(?:[.+][A-Za-z0-9_-]+)*@"
    r"(?:localhost|(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+(?!(?:arpa|invalid|onion)$)[a-z]{2,20})"
)
_LONGEST_COMMON = 60  # characters before the @


def normalise(address: str) -> str:
    """The one form in which an address is kept: its domain in lower-case ASCII (IDNA).

    Raises ValueError, with a sentence for the person who typed it, if it is not an address.
    """
    text = address.strip()
    if any(unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"} for c in text):
        # An invisible character is pasted along, or tries to start a header line of its own.
        raise ValueError(f"{_shown(text)} is not an email address: it has invisible characters")
    if _COMMON.fullmatch(text) and text.index("@") <= _LONGEST_COMMON:
        return text
    return _normalised(text)


def _normalised(text: str) -> str:
    """The same for any address, by the library."""
    import email_validator  # noqa: PLC0415  # see _COMMON

    # The library leaves this list to its users. Mail inside a house often lives under .local or
    # localhost, and nothing here asks a name server.
    email_validator.SPECIAL_USE_DOMAIN_NAMES = ["arpa", "invalid", "onion"]
    try:
        found = email_validator.validate_email(
            text, check_deliverability=False, globally_deliverable=False, strict=True
        )
    except email_validator.EmailNotValidError as error:
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
