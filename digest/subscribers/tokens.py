"""The secrets that let somebody confirm or leave without a password.

Tokens that a mail carries are HMACs of what they are for, so that the same mail can be made again
after a crash. Confirmation tokens are random, kept only as a hash and used once. All are lower-case
base32: mail servers fold the case of plus-addresses.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from digest.model import DeliveryId, SegmentId, SubscriberId


class Purpose(StrEnum):
    """What a token is good for; a token of one purpose is worthless for another."""

    LEAVE = "leave"
    BOUNCE = "bounce"
    MESSAGE = "message"
    PREFERENCES = "preferences"
    VIEW = "view"
    FORM = "form"


PREFERENCES_GOOD_FOR = timedelta(days=90)  # each issue brings a new link


# 5 bytes of number, 2 of counter and 13 of signature (104 bits): 32 characters without padding,
# which leaves a mailbox 25 of the 64 octets of a local part (RFC 5321, 4.5.3.1.1).
_NUMBER_BYTES = 5
_COUNTER_BYTES = 2
_SIGNATURE_BYTES = 13
LENGTH = 32

_RANDOM_BYTES = 20  # 160 bits, 32 characters

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)

# A Message-ID carries its delivery's key in the clear behind a signature of 80 bits. Some mail
# programs make a file name of it, and it should fit a header line: other keys are only signed.
_KEY_SIGNATURE = 16  # characters
_LONGEST_KEY = 64
_KEY = re.compile(r"[A-Za-z0-9_-]+(?:[/.][A-Za-z0-9_-]+)*", re.ASCII)

_ALPHABET = b"abcdefghijklmnopqrstuvwxyz234567".ljust(256, b"?")  # RFC 4648, 6, in lower case
_BLOCK = 64  # bytes that SHA-256 takes at a time


@dataclass(frozen=True, slots=True)
class Expired:
    """A token of ours that was good once."""


def _step(width: int) -> tuple[int, int, int]:
    """Masks of every first and every second group of so many bits, and how far the second moves."""
    apart = width * 8 // 5
    low = sum(((1 << width) - 1) << 2 * apart * place for place in range(80 // width))
    return low, low << width, apart - width


# Each step halves the groups, until 160 bits are 32 bytes of five bits each.
_STEPS = tuple(map(_step, (80, 40, 20, 10, 5)))


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


def preferences_token(secret: bytes, subscriber: SubscriberId, issued: datetime) -> str:
    """The token that shows and changes what a reader gets, for PREFERENCES_GOOD_FOR at most.

    It is the same all day (in UTC), so that the same mail can be made again.
    """
    last = (issued + PREFERENCES_GOOD_FOR - _EPOCH) // _DAY  # it ends as this day begins
    return _make(secret, Purpose.PREFERENCES, subscriber, last)


def whose_preferences(secret: bytes, token: str, now: datetime) -> SubscriberId | Expired | None:
    """Whose preferences token this is, or None if we did not make it."""
    found = _read(secret, Purpose.PREFERENCES, token)
    if found is None:
        return None
    number, last = found
    return SubscriberId(number) if now < _EPOCH + last * _DAY else Expired()


@lru_cache(maxsize=64)
def view_token(secret: bytes, segment: SegmentId) -> str:
    """The token that shows a segment as a page. All its readers have the same one."""
    return _make(secret, Purpose.VIEW, segment, 0)


def which_segment(secret: bytes, token: str) -> SegmentId | None:
    """Which segment this shows, or None if we did not make it."""
    number = _check(secret, Purpose.VIEW, token)
    return None if number is None else SegmentId(number)


def form_token(secret: bytes, shown: datetime) -> str:
    """The time at which a form was shown, such that nobody can name another one."""
    return _make(secret, Purpose.FORM, (shown - _EPOCH) // _SECOND, 0)


def when_shown(secret: bytes, token: str) -> datetime | None:
    """When the form with this token was shown, or None if we did not make it."""
    seconds = _check(secret, Purpose.FORM, token)
    return None if seconds is None else _EPOCH + seconds * _SECOND


def message_token(secret: bytes, key: str) -> str:
    """The name of a delivery's message, for its Message-ID: always the same, and not to be guessed.

    It carries the delivery's key rather than its number, because a restored backup gives the same
    numbers once more.
    """
    signature = _key_signature(secret, key)
    return f"{signature}.{key.replace('/', '=')}" if _fits(key) else signature


def which_message(secret: bytes, token: str) -> str | None:
    """The key of the delivery that this names, or None if we did not make it or it carries none."""
    signature, _, carried = token.partition(".")
    key = carried.replace("=", "/")
    if not token.isascii() or not _fits(key):
        return None
    return key if hmac.compare_digest(signature, _key_signature(secret, key)) else None


def new_confirmation() -> str:
    """A random token for one confirmation."""
    return _text(secrets.token_bytes(_RANDOM_BYTES))


def confirmation_hash(token: str) -> str:
    """How a confirmation token is stored: whoever reads the database cannot confirm with it."""
    return hashlib.sha256(token.lower().encode()).hexdigest()


def address_hash(secret: bytes, key: str) -> str:
    """What the suppression list keeps of an address (given as its key) instead of the address."""
    return _sign(secret, "address", key.encode()).hex()


def _make(secret: bytes, purpose: Purpose, number: int, counter: int) -> str:
    payload = number.to_bytes(_NUMBER_BYTES) + counter.to_bytes(_COUNTER_BYTES)
    return _text(payload + _sign(secret, purpose, payload)[:_SIGNATURE_BYTES])


def _check(secret: bytes, purpose: Purpose, token: str) -> int | None:
    """The number of a token of ours whose counter says nothing."""
    found = _read(secret, purpose, token)
    return None if found is None else found[0]


def _read(secret: bytes, purpose: Purpose, token: str) -> tuple[int, int] | None:
    """Number and counter of a token, or None if we did not make it for this purpose."""
    if len(token) != LENGTH:
        return None
    try:
        raw = base64.b32decode(token, casefold=True)
    except (binascii.Error, ValueError):
        return None
    payload, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _sign(secret, purpose, payload)[:_SIGNATURE_BYTES]):
        return None
    return int.from_bytes(payload[:_NUMBER_BYTES]), int.from_bytes(payload[_NUMBER_BYTES:])


def _fits(key: str) -> bool:
    return len(key) <= _LONGEST_KEY and _KEY.fullmatch(key) is not None


def _key_signature(secret: bytes, key: str) -> str:
    signature = _sign(secret, Purpose.MESSAGE, key.encode())[:_RANDOM_BYTES]
    return _text(signature)[:_KEY_SIGNATURE]


def _sign(secret: bytes, purpose: str, payload: bytes) -> bytes:
    """The HMAC-SHA256 (RFC 2104) of a purpose and a payload.

    Three of them go into every message; begun hashes make each take half of `hmac.digest`'s time.
    """
    begun, around = _begun(secret, purpose)
    inner, outer = begun.copy(), around.copy()
    inner.update(payload)
    outer.update(inner.digest())
    return outer.digest()


@lru_cache(maxsize=16)
def _begun(secret: bytes, purpose: str) -> tuple["hashlib._Hash", "hashlib._Hash"]:
    """The inner and the outer hash as they are before any payload."""
    key = secret if len(secret) <= _BLOCK else hashlib.sha256(secret).digest()
    block = key.ljust(_BLOCK, b"\0")
    inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in block)) for pad in (0x36, 0x5C))
    inner.update(purpose.encode() + b"\0")
    return inner, outer


def _text(raw: bytes) -> str:
    """Base32 of 20 bytes, in a third of `base64.b32encode`'s time."""
    bits = int.from_bytes(raw)
    for low, high, far in _STEPS:
        bits = bits & low | (bits & high) << far
    return bits.to_bytes(32).translate(_ALPHABET).decode()
