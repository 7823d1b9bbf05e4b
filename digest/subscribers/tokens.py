"""The secrets that let somebody confirm or leave without a password.

Tokens that a mail carries are HMACs of what they are for, so that the same mail can be made again
after a crash. Confirmation tokens are random, kept only as a hash and used once. All are lower-case
base32: mail servers fold the case of plus-addresses.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from enum import StrEnum

from digest.model import DeliveryId, SubscriberId


class Purpose(StrEnum):
    """What a token is good for; a token of one purpose is worthless for another."""

    LEAVE = "leave"
    BOUNCE = "bounce"


# 5 bytes of number, 2 of counter and 13 of signature (104 bits): 32 characters without padding,
# which leaves a mailbox 25 of the 64 octets of a local part (RFC 5321, 4.5.3.1.1).
_NUMBER_BYTES = 5
_COUNTER_BYTES = 2
_SIGNATURE_BYTES = 13
LENGTH = 32

_RANDOM_BYTES = 20  # 160 bits, 32 characters


def leave_token(secret: bytes, subscriber: SubscriberId, counter: int = 0) -> str:
    """The token that ends this subscription. It never expires (RFC 8058 links are kept long).

    A higher `counter` gives another token, should one have to be withdrawn.
    """
    return _make(secret, Purpose.LEAVE, subscriber, counter)


def bounce_token(secret: bytes, delivery: DeliveryId) -> str:
    """The token in the envelope sender that leads a bounce back to its delivery."""
    return _make(secret, Purpose.BOUNCE, delivery, 0)


def who_leaves(secret: bytes, token: str) -> SubscriberId | None:
    """Whose leave token this is, or None if we did not make it."""
    number = _check(secret, Purpose.LEAVE, token)
    return None if number is None else SubscriberId(number)


def what_bounced(secret: bytes, token: str) -> DeliveryId | None:
    """Which delivery this bounce token names, or None if we did not make it."""
    number = _check(secret, Purpose.BOUNCE, token)
    return None if number is None else DeliveryId(number)


def new_confirmation() -> str:
    """A random token for one confirmation."""
    return _text(secrets.token_bytes(_RANDOM_BYTES))


def confirmation_hash(token: str) -> str:
    """How a confirmation token is stored: whoever reads the database cannot confirm with it."""
    return hashlib.sha256(token.lower().encode()).hexdigest()


def address_hash(secret: bytes, key: str) -> str:
    """What the suppression list keeps of an address (given as its key) instead of the address."""
    return _sign(secret, "address", key.encode()).hex()


def tag(secret: bytes, purpose: str, text: str) -> str:
    """A name for `text` that nobody can guess and that is always the same: 32 characters."""
    return _text(_sign(secret, purpose, text.encode())[:_RANDOM_BYTES])


def _make(secret: bytes, purpose: Purpose, number: int, counter: int) -> str:
    payload = number.to_bytes(_NUMBER_BYTES) + counter.to_bytes(_COUNTER_BYTES)
    return _text(payload + _sign(secret, purpose, payload)[:_SIGNATURE_BYTES])


def _check(secret: bytes, purpose: Purpose, token: str) -> int | None:
    if len(token) != LENGTH:
        return None
    try:
        raw = base64.b32decode(token, casefold=True)
    except (binascii.Error, ValueError):
        return None
    payload, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _sign(secret, purpose, payload)[:_SIGNATURE_BYTES]):
        return None
    return int.from_bytes(payload[:_NUMBER_BYTES])


def _sign(secret: bytes, purpose: str, payload: bytes) -> bytes:
    return hmac.digest(secret, purpose.encode() + b"\0" + payload, "sha256")


def _text(raw: bytes) -> str:
    return base64.b32encode(raw).decode().lower()
