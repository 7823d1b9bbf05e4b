"""Inflating compressed bodies within a limit: a small body may claim gigabytes.

Pure: bytes in, bytes out.
"""

import zlib

_GZIP_MAGIC = b"\x1f\x8b"
_KNOWN = frozenset({"gzip", "x-gzip", "deflate"})
# Honest bodies have one member. Each costs a copy of all that follows it, so that megabytes of
# empty ones would cost seconds.
MAX_MEMBERS = 16


class InflateError(Exception):
    """The body cannot be inflated, or is larger than allowed; its text says which."""


def inflate(body: bytes, encoding: str, limit: int) -> bytes:
    """The body as it was before compression. Raises InflateError.

    `encoding` is the Content-Encoding header. A gzip file sent without that header is inflated
    too. `limit` counts bytes of the result; a cut-off body is an error, never half a feed.
    """
    names = [name for part in encoding.lower().split(",") if (name := part.strip())]
    names = [name for name in names if name != "identity"]
    if not names and body.startswith(_GZIP_MAGIC):
        names = ["gzip"]
    if not names:
        return body
    if len(names) > 1 or names[0] not in _KNOWN:
        raise InflateError(f"the body came encoded as {encoding!r}, which we did not ask for")
    if names[0] == "deflate":
        return _deflated(body, limit)
    return _gunzip(body, limit)


def _gunzip(body: bytes, limit: int) -> bytes:
    whole = bytearray()
    rest = body
    members = 0
    while rest.startswith(_GZIP_MAGIC):  # a gzip file may have several members, RFC 1952
        members += 1
        if members > MAX_MEMBERS:
            raise InflateError(f"the gzip body has more than {MAX_MEMBERS} members")
        data, rest = _one(rest, zlib.MAX_WBITS | 16, limit - len(whole))
        whole += data
    if rest and not whole:
        raise InflateError("the body is not the gzip that its header promises")
    return bytes(whole)


def _deflated(body: bytes, limit: int) -> bytes:
    # RFC 9110 means zlib's format; some servers send bare deflate.
    zlib_header = len(body) >= 2 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    return _one(body, zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS, limit)[0]


def _one(body: bytes, bits: int, limit: int) -> tuple[bytes, bytes]:
    machine = zlib.decompressobj(bits)
    try:
        data = machine.decompress(body, limit + 1)
    except zlib.error as error:
        raise InflateError(f"the compressed body is damaged ({error})") from error
    if len(data) > limit:
        raise InflateError("the body is too large once inflated")
    if not machine.eof:
        raise InflateError("the compressed body ends too early")
    return data, machine.unused_data
