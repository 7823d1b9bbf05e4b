import gzip as gzip_format
import zlib

import pytest

from digest.feeds.inflate import MAX_MEMBERS, InflateError, inflate

TEXT = b"<rss>" + bytes(range(256)) * 20
LIMIT = 10_000


def packed(data: bytes) -> bytes:
    return gzip_format.compress(data, mtime=0)


def bare(data: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(data) + machine.flush()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (packed(TEXT), "gzip"),
        (packed(TEXT), "X-GZIP"),
        (packed(TEXT), "identity, gzip"),
        (packed(TEXT), ""),  # a .gz file
        (packed(TEXT[:100]) + packed(TEXT[100:]), "gzip"),
        (packed(TEXT) + b"\0\0 padding", "gzip"),
        (packed(b"") * (MAX_MEMBERS - 1) + packed(TEXT), "gzip"),
        (zlib.compress(TEXT), "deflate"),
        (bare(TEXT), "deflate"),
    ],
)
def test_every_spelling_of_compression_gives_the_body(body: bytes, encoding: str) -> None:
    assert inflate(body, encoding, LIMIT) == TEXT


@pytest.mark.parametrize(
    ("body", "encoding", "reason"),
    [
        (packed(b"0" * 50_000_000), "gzip", "too large"),
        (b"".join([packed(b"0" * 4000)] * 3), "gzip", "too large"),
        (zlib.compress(b"0" * 50_000_000), "deflate", "too large"),
        (packed(b"") * (MAX_MEMBERS + 1), "gzip", "more than 16 members"),
        (packed(b"") * 100_000, "", "more than 16 members"),
        (packed(TEXT)[:-20], "gzip", "ends too early"),
        (packed(TEXT)[:-8] + bytes(8), "gzip", "damaged"),
        (b"<rss/>", "gzip", "not the gzip"),
        (TEXT, "br", "did not ask"),
        (TEXT, "zstd", "did not ask"),
        (packed(packed(TEXT)), "gzip, gzip", "did not ask"),
    ],
)
def test_a_bomb_or_half_a_body_is_an_error(body: bytes, encoding: str, reason: str) -> None:
    with pytest.raises(InflateError, match=reason):
        inflate(body, encoding, LIMIT)


def test_an_empty_body_stays_empty() -> None:
    assert inflate(b"", "gzip", LIMIT) == b""
