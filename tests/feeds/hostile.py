"""A feed server that does everything wrong, as a process of its own: `HostileServer`.

It listens on an address of loopback for each kind of fault, since one host is asked for one feed at
a time. `FAULTS` is the table of kinds. Each has a name (which is its path), the reason why it is
there, what the server does, and what must stand in the feed's state afterwards: a pattern for the
error, or None where the feed is read all the same. `URLS` is the table of addresses that must not
be connected to; the feed's own URL and a redirect from an honest server lead there in turn.

The kinds, by what they try to break:

- the deadline: a limit for each read is never met by a server that always sends a little;
- the limit on bodies: no length, a false one, chunks, and noise around the chunks that no reader
  of bodies ever sees;
- the limits on headers: one without an end, headers without an end, answers before the answer;
- redirects: without an end, in a circle, out of http, to addresses of ours;
- inflation: bombs, and bodies that were cut off and would be half a feed;
- XML: entities that grow, entities and document types that are fetched from elsewhere (the canary
  counts who comes), depth, attributes, numbers of elements and items, items within items;
- text: encodings without sense, what is no text, words without an end;
- feedparser: what it takes a minute for.
"""

import asyncio
import gzip
import ipaddress
import json
import subprocess
import sys
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Self

from tests.feeds.builders import NOW, rss

Act = Callable[[asyncio.StreamWriter, str], Awaitable[None]]

DEADLINE = "no complete answer within"
LARGE = "larger than|far more bytes"
IMPROPER = "not proper HTTP"
BROKEN = "broke in the middle"
PRIVATE = "not a public address"
ENTITIES = "XML entities of its own"
GIVEN_UP = "too much time or memory|took over|nested more than|too much memory"

MANY = 64 * 1024  # bytes that an endless server writes at once
CANARY = "127.8.8.8"
HONEST_HOSTS = 8


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One kind of fault."""

    name: str
    why: str
    act: Act
    error: str | None  # None: it is read all the same


# --- what a server may do --------------------------------------------------------------------


def sends(raw: bytes) -> Act:
    """These bytes, and the connection closed."""

    async def act(writer: asyncio.StreamWriter, _: str) -> None:
        writer.write(raw)
        await writer.drain()

    return act


def answers(body: bytes | str, *headers: str, status: str = "200 OK") -> Act:
    """A proper answer. CANARY in the body becomes the canary's address."""
    data = body.encode() if isinstance(body, str) else body

    async def act(writer: asyncio.StreamWriter, canary: str) -> None:
        whole = data.replace(b"CANARY", canary.encode())
        lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(whole)}"]
        writer.write("\r\n".join([*lines, "", ""]).encode() + whole)
        await writer.drain()

    return act


def floods(head: bytes, unit: bytes, pause: float = 0.0) -> Act:
    """The head, and then the unit for ever: as fast as it goes, or one at a time."""
    block = unit if pause else unit * (MANY // len(unit) + 1)

    async def act(writer: asyncio.StreamWriter, _: str) -> None:
        writer.write(head)
        while True:
            writer.write(block)
            await writer.drain()
            await asyncio.sleep(pause)

    return act


def redirects(location: str, status: str = "302 Found", body: bytes = b"") -> Act:
    return answers(body, f"Location: {location}", status=status)


async def says_nothing(writer: asyncio.StreamWriter, _: str) -> None:
    await writer.wait_closed()


async def resets(writer: asyncio.StreamWriter, _: str) -> None:
    writer.write(OK + b"Content-Length: 5000\r\n\r\n<rss>")
    await writer.drain()
    writer.transport.abort()


# --- documents -------------------------------------------------------------------------------

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
EMPTY = OK + b"Content-Length: 0\r\n\r\n"
FEED = rss("Nissan to close two plants")
RANDOM = bytes(n * n * 7919 >> 8 & 0xFF for n in range(50_000))


def channel(inside: str, before: str = "") -> str:
    return f"{before}<rss version='2.0'><channel><title>T</title>{inside}</channel></rss>"


def item(inside: str) -> str:
    return f"<item><guid>1</guid><pubDate>{format_datetime(NOW)}</pubDate>{inside}</item>"


def json_feed(items: str) -> str:
    return f'{{"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [{items}]}}'


def packed(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
DEEP_WORDS = item("<title>Toyota</title><description>" + "<b>" * 90 + "x" * 900_000 + "</b>" * 90)

HTTP = (
    Fault(name="silence", why="accepts and never answers", act=says_nothing, error=DEADLINE),
    Fault(
        name="slow-headers",
        why="each byte of a header is progress to a limit for reads",
        act=floods(OK + b"X: ", b"y", 0.05),
        error=DEADLINE,
    ),
    Fault(
        name="drip",
        why="so is each byte of a body",
        act=floods(OK + b"\r\n", b"<", 0.05),
        error=DEADLINE,
    ),
    Fault(
        name="endless-body",
        why="without a length nothing says that there is an end",
        act=floods(OK + b"\r\n", b"<item>"),
        error=LARGE,
    ),
    Fault(
        name="huge-length",
        why="a length that nobody should allocate",
        act=sends(OK + b"Content-Length: 1000000000000\r\n\r\n<rss>"),
        error=LARGE,
    ),
    Fault(
        name="absurd-length",
        why="a length beyond any integer of the parser",
        act=sends(OK + b"Content-Length: " + b"9" * 60 + b"\r\n\r\n<rss>"),
        error=IMPROPER,
    ),
    Fault(
        name="endless-header",
        why="one line without an end",
        act=floods(OK + b"X: ", b"y"),
        error=IMPROPER,
    ),
    Fault(
        name="endless-headers",
        why="lines without an end",
        act=floods(OK, b"X: y\r\n"),
        error=IMPROPER,
    ),
    Fault(
        name="endless-status",
        why="the first line without an end",
        act=floods(b"HTTP/1.1 200 ", b"y"),
        error=IMPROPER,
    ),
    Fault(
        name="endless-blank",
        why="blank lines before an answer are skipped, uncounted",
        act=floods(b"", b"\r\n"),
        error=f"{LARGE}|{IMPROPER}",
    ),
    Fault(
        name="endless-continue",
        why="answers before the answer are skipped, uncounted; each costs us more than the server",
        act=floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        error=f"{LARGE}|{DEADLINE}",
    ),
    Fault(
        name="chunk-extension",
        why="an extension of a chunk is no body and no header, and is thrown away uncounted",
        act=floods(CHUNKED + b"1;", b"a"),
        error=LARGE,
    ),
    Fault(
        name="chunk-zeros",
        why="the digits of a chunk's size, the same",
        act=floods(CHUNKED, b"0"),
        error=f"{LARGE}|{IMPROPER}|{BROKEN}",
    ),
    Fault(
        name="tiny-chunks",
        why="a byte in each chunk is six times as much work as it is body",
        act=floods(CHUNKED, b"1;a=b\r\na\r\n"),
        error=f"{LARGE}|{DEADLINE}",
    ),
    Fault(
        name="endless-trailer",
        why="headers may come after the body too",
        act=floods(CHUNKED + b"1\r\na\r\n0\r\n", b"X: y\r\n"),
        error=f"{IMPROPER}|{LARGE}|{BROKEN}",
    ),
    Fault(
        name="chunk-overflow",
        why="a chunk's size beyond any integer",
        act=sends(CHUNKED + b"F" * 40 + b"\r\n<rss>"),
        error=f"{IMPROPER}|{BROKEN}",
    ),
    Fault(
        name="half-a-chunk",
        why="the connection ends inside of a chunk",
        act=sends(CHUNKED + b"FF\r\n<rss>"),
        error=BROKEN,
    ),
    Fault(
        name="half-a-body",
        why="half a feed must not pass for one",
        act=sends(OK + b"Content-Length: 5000\r\n\r\n" + FEED[:100]),
        error=BROKEN,
    ),
    Fault(name="reset", why="the connection is reset inside of the body", act=resets, error=BROKEN),
    Fault(
        name="nothing",
        why="closed without an answer",
        act=sends(b""),
        error="closed the connection without an answer",
    ),
    Fault(
        name="ssh",
        why="another protocol",
        act=sends(b"SSH-2.0-OpenSSH_9.2\r\n"),
        error=IMPROPER,
    ),
    Fault(
        name="no-headers",
        why="HTTP/0.9: the body and nothing else",
        act=sends(FEED),
        error=IMPROPER,
    ),
    Fault(
        name="control-characters",
        why="the server's words reach a terminal and a log",
        act=sends(b"HTTP/1.1 200 \x1b[31mred\r\nX\x00\x1b]0;title\x07: y\r\n\r\n"),
        error=IMPROPER,
    ),
    Fault(
        name="upgrade",
        why="after 101 everything that comes is kept for a protocol that nobody speaks",
        act=floods(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", b"a"),
        error=f"101|{IMPROPER}",
    ),
    Fault(
        name="second-answer",
        why="a second answer that nobody asked for must not be taken for another feed's",
        act=sends((OK + b"Content-Length: %d\r\n\r\n" % len(FEED) + FEED) + EMPTY * 2000),
        error=None,
    ),
    Fault(
        name="hostile-headers",
        why="what we keep of headers is kept for years",
        act=answers(
            FEED,
            "ETag: " + "e" * 8000,
            "Last-Modified: \xff\xfe",
            "Content-Type: text/xml; charset=zlib_codec",
            "Cache-Control: max-age=" + "9" * 4000,
            "Retry-After: " + "9" * 4000,
        ),
        error=None,
    ),
)

REDIRECTS = (
    Fault(name="circle", why="to itself", act=redirects("/circle"), error="more than 5 redirects"),
    Fault(
        name="endless-way",
        why="a new address each time",
        act=redirects("?and-on"),
        error="more than 5 redirects",
    ),
    Fault(
        name="redirect-endless-body",
        why="the body of a redirect, which nobody reads",
        act=floods(b"HTTP/1.1 302 Found\r\nLocation: /second-answer\r\n\r\n", b"x"),
        error=None,
    ),
    Fault(
        name="redirect-slow",
        why="a second request must not have a second deadline",
        act=redirects("/silence"),
        error=DEADLINE,
    ),
    Fault(
        name="redirect-file",
        why="out of http",
        act=redirects("file:///etc/passwd"),
        error="only http and https",
    ),
    Fault(
        name="redirect-canary",
        why="to a port of ours that is not opened",
        act=redirects(f"http://{CANARY}:22/"),
        error="port 22",
    ),
    Fault(
        name="redirect-endless-url",
        why="an address as long as a header may be",
        act=redirects("http://trade.example:1/" + "a" * 8000),
        error="port 1 |not a URL",
    ),
    Fault(
        name="redirect-no-url",
        why="brackets that are no address",
        act=redirects("http://[::1"),
        error="no URL",
    ),
)

PACKED = (
    Fault(
        name="gzip-bomb",
        why="100 kB that want to be 100 MB",
        act=answers(packed(bytes(100_000_000)), "Content-Encoding: gzip"),
        error="too large once inflated",
    ),
    Fault(
        name="gzip-bomb-unsaid",
        why="the same as a file, without a header that says so",
        act=answers(packed(bytes(100_000_000))),
        error="too large once inflated",
    ),
    Fault(
        name="deflate-bomb",
        why="the same in the other format",
        act=answers(zlib.compress(bytes(100_000_000)), "Content-Encoding: deflate"),
        error="too large once inflated",
    ),
    Fault(
        name="gzip-members",
        why="each member copies what follows it",
        act=answers(packed(b"") * 50_000, "Content-Encoding: gzip"),
        error="more than 16 members",
    ),
    Fault(
        name="gzip-two-members",
        why="a feed packed in two pieces is a feed",
        act=answers(packed(FEED[:90]) + packed(FEED[90:]), "Content-Encoding: gzip"),
        error=None,
    ),
    Fault(
        name="gzip-gzip",
        why="packed twice and said so",
        act=answers(packed(packed(FEED)), "Content-Encoding: gzip, gzip"),
        error="did not ask",
    ),
    Fault(
        name="gzip-gzip-unsaid",
        why="packed twice and said once: nothing is unpacked that was not said",
        act=answers(packed(packed(FEED)), "Content-Encoding: gzip"),
        error="neither XML nor JSON|web page",
    ),
    Fault(
        name="gzip-cut",
        why="half a feed, which unpacks without complaint",
        act=answers(packed(FEED)[:-30], "Content-Encoding: gzip"),
        error="ends too early",
    ),
    Fault(
        name="gzip-damaged",
        why="its checksum is wrong",
        act=answers(packed(FEED)[:-8] + bytes(8), "Content-Encoding: gzip"),
        error="damaged",
    ),
    Fault(
        name="gzip-lie",
        why="said to be packed and is not",
        act=answers(FEED, "Content-Encoding: gzip"),
        error="not the gzip",
    ),
    Fault(
        name="brotli",
        why="an encoding that we did not ask for",
        act=answers(FEED, "Content-Encoding: br"),
        error="did not ask",
    ),
)

DOCUMENTS = (
    Fault(
        name="billion-laughs",
        why="ten entities of ten entities, nine deep",
        act=answers(
            channel(item("<title>&l9;</title>"), f"<!DOCTYPE rss [<!ENTITY l0 'lol'>{LAUGHS}]>")
        ),
        error=ENTITIES,
    ),
    Fault(
        name="quadratic",
        why="one long entity, used often",
        act=answers(
            channel(
                item("<title>" + "&a;" * 50_000 + "</title>"),
                f"<!DOCTYPE rss [<!ENTITY a '{'a' * 50_000}'>]>",
            )
        ),
        error=ENTITIES,
    ),
    Fault(
        name="external-entity",
        why="an entity that is a file or an address",
        act=answers(
            channel(
                item("<title>&file; &web;</title>"),
                "<!DOCTYPE rss [<!ENTITY file SYSTEM 'file:///etc/passwd'>"
                "<!ENTITY web SYSTEM 'CANARY/entity'>]>",
            )
        ),
        error=ENTITIES,
    ),
    Fault(
        name="parameter-entity",
        why="an entity that declares others from elsewhere",
        act=answers(
            channel(
                item("<title>x</title>"), "<!DOCTYPE rss [<!ENTITY % p SYSTEM 'CANARY/p'> %p;]>"
            )
        ),
        error=ENTITIES,
    ),
    Fault(
        name="external-dtd",
        why="a document type from elsewhere, which old feeds have; it is not fetched",
        act=answers(
            channel(
                item("<title>Honda &eacute;</title>"),
                "<?xml version='1.0'?><!DOCTYPE rss PUBLIC '-//X//DTD//EN' 'CANARY/rss.dtd'>"
                "<?xml-stylesheet href='CANARY/style.xsl' type='text/xsl'?>",
            )
        ),
        error=None,
    ),
    Fault(
        name="xinclude",
        why="another document's text in this one's",
        act=answers(
            channel(
                item(
                    "<title>Mazda <xi:include xmlns:xi='http://www.w3.org/2001/XInclude'"
                    " href='CANARY/inside' parse='text'/></title>"
                )
            )
        ),
        error=None,
    ),
    Fault(
        name="external-broken",
        why="the same references where only feedparser reads on",
        act=answers(
            "<?xml version='1.0'?><?xml-stylesheet href='CANARY/x'?>"
            "<!DOCTYPE rss SYSTEM 'CANARY/d'>"
            + channel(item("<title>Subaru <b>x</title><link>CANARY/link</link>"))
        ),
        error=None,
    ),
    Fault(
        name="deep",
        why="elements without an end, one in another",
        act=answers("<rss><channel>" + "<a>" * 200_000),
        error=GIVEN_UP,
    ),
    Fault(
        name="attributes",
        why="one element with 30,000 attributes",
        act=answers(channel("<a " + " ".join(f"a{n}=''" for n in range(30_000)) + "/>")),
        error="more than 100 attributes",
    ),
    Fault(
        name="items",
        why="20,000 items; the first are read",
        act=answers(
            channel(
                "".join(
                    f"<item><title>{n}</title><pubDate>{format_datetime(NOW)}</pubDate></item>"
                    for n in range(20_000)
                )
            )
        ),
        error=None,
    ),
    Fault(
        name="items-in-items",
        why="each holds all that is in it: 45 times two million characters",
        act=answers(
            channel(
                "<item><title>Suzuki</title><description>" * 45
                + "<![CDATA["
                + "<" * 900_000
                + "]]>"
                + "</description></item>" * 45
            )
        ),
        error=None,
    ),
    Fault(
        name="deep-words",
        why="a summary of a million characters, 90 elements deep, that does not end",
        act=answers(channel(DEEP_WORDS)),
        error=None,
    ),
    Fault(
        name="ampersands",
        why="every one of a million characters needs mending",
        act=answers(channel(item("<title>Toyota & Honda</title>") + "&" * 1_000_000)),
        error=None,
    ),
    Fault(
        name="escaped-again",
        why="markup that was escaped over and over",
        act=answers(
            channel((item("<title>T " + "&amp;amp;amp;lt;b&amp;amp;gt;" * 120 + "</title>")) * 300)
        ),
        error=None,
    ),
    Fault(
        name="long-words",
        why="a title, a link, an identity and a date as long as a document may be",
        act=answers(
            channel(
                item(f"<title>{'T' * 300_000}</title><link>http://x.example/{'a' * 300_000}</link>")
                + f"<item><title>t</title><guid>{'g' * 300_000}</guid>"
                f"<pubDate>{'1 ' * 150_000}</pubDate></item>"
            )
        ),
        error=None,
    ),
    Fault(
        name="json-deep",
        why="lists in lists",
        act=answers("[" * 1_000_000),
        error="nested too deeply|not a JSON Feed",
    ),
    Fault(
        name="json-many",
        why="small values take many times their length in memory",
        act=answers(json_feed("[]," * 300_000 + '{"id": "1", "title": "Isuzu"}')),
        error=None,
    ),
    Fault(
        name="json-half-characters",
        why="JSON may spell half of a character; no file and no database takes it",
        act=answers(
            json_feed('{"id": "\\ud800", "title": "Hino \\udfff", "url": "http://x/\\ud800"}')
        ),
        error=None,
    ),
    Fault(
        name="half-characters",
        why="UTF-16 of nothing but half characters",
        act=answers(b"\xff\xfe" + b"\x00\xd8" * 500_000),
        error="neither XML nor JSON|not well-formed",
    ),
    Fault(
        name="invisible",
        why="a million characters that no XML may hold",
        act=answers(channel(item("<title>Daihatsu</title>") + "\x01" * 1_000_000)),
        error=None,
    ),
    Fault(
        name="noise",
        why="bytes without sense",
        act=answers(RANDOM * 10),
        error="neither|not well-formed|empty",
    ),
    Fault(
        name="codec",
        why="the name of something that Python would gladly decode",
        act=answers(b"<?xml version='1.0' encoding='zlib_codec'?>" + FEED.partition(b"?>")[2]),
        error=None,
    ),
    Fault(name="empty", why="an empty body", act=answers(b""), error="empty"),
    Fault(
        name="page",
        why="a web page where the feed was",
        act=answers("<!doctype html><title>Moved</title>"),
        error="web page",
    ),
    Fault(
        name="feedparser-items",
        why="what it takes longer for than it may",
        act=answers("<rss><channel>" + "<item><title>x<b></title></item>" * 60_000),
        error=GIVEN_UP,
    ),
    Fault(
        name="feedparser-deep",
        why="the same with elements in elements",
        act=answers("<rss><channel><item><title>x<b></title>" + "<item>" * 300_000),
        error=GIVEN_UP,
    ),
)

FAULTS = {fault.name: fault for fault in (*HTTP, *REDIRECTS, *PACKED, *DOCUMENTS)}

# Addresses that must not be connected to, and the words that say so.
URLS = {
    "http://127.0.0.1/": PRIVATE,
    "http://localhost/": PRIVATE,
    "http://localhost./": PRIVATE,
    "http://LOCALHOST/": PRIVATE,
    "http://0.0.0.0/": PRIVATE,
    "http://10.0.0.1/": PRIVATE,
    "http://169.254.169.254/latest/meta-data/": PRIVATE,
    "http://100.100.100.200/": PRIVATE,
    "http://127.1/": f"{PRIVATE}|not a canonical",
    "http://2130706433/": f"{PRIVATE}|not a canonical",
    "http://0x7f000001/": f"{PRIVATE}|not a canonical",
    "http://0177.0.0.1/": f"{PRIVATE}|not a canonical",
    "http://127.0.0.1.nip/": "not known|no connection",
    "http://224.0.0.1/": PRIVATE,
    "http://255.255.255.255/": PRIVATE,
    "http://[::1]/": PRIVATE,
    "http://[::]/": PRIVATE,
    "http://[::ffff:127.0.0.1]/": PRIVATE,
    "http://[::127.0.0.1]/": PRIVATE,
    "http://[64:ff9b::7f00:1]/": PRIVATE,
    "http://[2002:7f00:1::]/": PRIVATE,
    "http://[2001::1]/": PRIVATE,
    "http://[fe80::1%25lo]/": f"{PRIVATE}|not a URL",
    "http://[ff02::1]/": PRIVATE,
    "http://[fd00:ec2::254]/": PRIVATE,
    "http://user:secret@127.0.0.1/": "user name or password",
    "http://trade.example@127.0.0.1/": "user name or password",
    "http://127.0.0.1:22/": "port 22",
    "http://127.0.0.1:65536/": "not a URL|no URL",
    "http://trade.example:6379/": "port 6379",
    "ftp://127.0.0.1/": "only http and https",
    "file:///etc/passwd": "only http and https",
    "gopher://127.0.0.1/": "only http and https",
    "unix:///run/docker.sock": "only http and https",
    "http://private.example/": PRIVATE,  # names that the tests' resolver knows
    "http://both.example/": PRIVATE,
    "http://mapped.example/": PRIVATE,
}


# --- the process -----------------------------------------------------------------------------


def host_of(number: int) -> str:
    """The address of the fault with this number."""
    return str(ipaddress.IPv4Address("127.9.0.1") + number)


class HostileServer:
    """The process with all of it. Use it as a context manager."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.feeds.hostile"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = self._ask(None)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def _ask(self, words: str | None) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if words is not None:
            print(words, file=self._process.stdin, flush=True)
        return int(json.loads(self._process.stdout.readline()))

    @property
    def canary(self) -> int:
        """How often somebody came to the address to which nothing should ever lead."""
        return self._ask("canary")

    @property
    def canary_url(self) -> str:
        return f"http://{CANARY}:{self.port}"

    def url(self, fault: Fault) -> str:
        return f"http://{host_of(list(FAULTS).index(fault.name))}:{self.port}/{fault.name}"

    def honest_url(self, number: int) -> str:
        """A feed with one entry, on a host of its own."""
        return f"http://{host_of(1000 + number)}:{self.port}/honest/{number}"

    def redirect_url(self, number: int, there: str) -> str:
        """An honest server that has been told to lead `there`."""
        return f"http://{host_of(2000 + number)}:{self.port}/to/{there}"

    @property
    def hosts(self) -> frozenset[str]:
        """All but the canary, for `allow_hosts`."""
        return frozenset(f"{host}:{self.port}" for host in _hosts())


def _hosts() -> list[str]:
    numbers = (
        *range(len(FAULTS)),
        *range(1000, 1000 + HONEST_HOSTS),
        *range(2000, 2000 + len(URLS)),
    )
    return [host_of(number) for number in numbers]


class _Site:
    def __init__(self) -> None:
        self.canaries = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            if writer.get_extra_info("sockname")[0] == CANARY:
                self.canaries += 1
            asked = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
            await self._act(asked)(writer, f"http://{CANARY}:{self.port}")
        writer.close()

    def _act(self, asked: str) -> Act:
        kind, _, rest = asked[1:].partition("/")
        if kind == "honest":
            return answers(rss(f"Honest news {rest}"), 'ETag: "1"')
        if kind == "to":
            return redirects(rest)
        fault = FAULTS.get(asked[1:].partition("?")[0])
        return answers(b"", status="404 Not Found") if fault is None else fault.act


async def _main() -> None:
    site = _Site()
    first = await asyncio.start_server(site.serve, CANARY, 0)
    site.port = first.sockets[0].getsockname()[1]
    await asyncio.start_server(site.serve, _hosts(), site.port, backlog=8)
    print(site.port, flush=True)  # noqa: T201  # to the process that asks
    while await asyncio.to_thread(sys.stdin.readline):
        print(site.canaries, flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(_main())
