"""Feeds for bench/poll.py, and the server that offers them, one loopback address a feed.

Run as `python bench/poll_server.py --feeds 500 --entries 50`: prints the port and serves until
stdin ends. `GET /_show?new=N` on 127.0.0.1 makes every feed show N entries that it did not show at
the start, in place of its N oldest.

The documents are made up, the same for the same numbers: Japanese and English, RSS 2.0, Atom and
RDF in turn, one body in ten encoded as Shift_JIS or EUC-JP, entries of the last six days. An event
is told by a few feeds in words of their own; half of the entries are told by one feed alone. Events
and headlines are those of bench/stories_made.py: half of them have nothing to do with cars. What
makes up the length of a summary is invented: words as frequent as in a language (Zipf's law over
20,000), so that a search index has as much to do as it would have with real news.
"""

import argparse
import asyncio
import gzip
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from hashlib import sha256
from xml.sax.saxutils import escape

from stories_made import Press

from digest.stories.load import load_lexicon

SPAN = timedelta(days=6)  # of the entries' dates
MAX_NEW = 10

SYLLABLES = tuple("ka re to mi sa vo li te na gr po si we do ri ch ma bu lo fe".split())  # noqa: SIM905  # legible
# Those that are most frequent in newspapers.
KANJI = (
    "日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回新場金員九入選"
    "立開手米力学問高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題下首意法不来作性的要用制治度務強気小"
    "七成期公野協取都和統以機平総加山思家話世受区領多県続進正安設保改数記院女初北午指権心界支第産結百派点教報済書府活原"
    "先共得解名交資予川向際査勝面委告軍文反元重近千考判認画海参売利組知案道信策集在件団別物側任引使求所次水半品昨論計死"
    "官増係感特情投示変打男基私各始島直両朝革価式確村提運終挙果西勢減台広容必応演電歳住争談能無再位置企真流格有疑口過局"
)
VOCABULARY = 20_000


def _made_up() -> tuple[list[str], list[str]]:
    """The words of both languages, the most frequent first."""
    chance = random.Random(20_000)  # noqa: S311  # made-up text
    english = ["".join(chance.choices(SYLLABLES, k=2 + n % 3)) for n in range(VOCABULARY)]
    japanese = ["".join(chance.choices(KANJI, k=2 + n % 3)) for n in range(VOCABULARY)]
    return english, japanese


WORDS = _made_up()


@dataclass(frozen=True, slots=True)
class Told:
    """One entry as one feed tells it."""

    key: str
    title: str
    summary: str  # HTML
    at: datetime


@dataclass(frozen=True, slots=True)
class Shape:
    """How one feed is written."""

    number: int
    japanese: bool
    kind: str  # "rss", "atom" or "rdf"
    encoding: str

    @property
    def host(self) -> str:
        """Its own address of loopback."""
        return f"127.0.{1 + self.number // 250}.{1 + self.number % 250}"

    @property
    def path(self) -> str:
        """Its path there."""
        return {"rss": "/rss.xml", "atom": "/feed.atom", "rdf": "/index.rdf"}[self.kind]


def shape(number: int) -> Shape:
    japanese = number % 2 == 1
    kind = ("rss", "rss", "atom", "rdf", "rss", "atom")[number % 6]
    old = japanese and number % 5 == 0
    encoding = ("Shift_JIS", "EUC-JP")[number // 10 % 2] if old else "UTF-8"
    return Shape(number, japanese, kind, encoding)


def word(about: random.Random, *, japanese: bool) -> str:
    """A word of the made-up language; its frequency falls as 1 / rank."""
    return WORDS[japanese][int(VOCABULARY ** about.random()) - 1]


@cache
def press() -> Press:
    """Whoever thinks of the events, and of their headlines."""
    return Press(load_lexicon(None, {}))


def sentence(about: random.Random, *, japanese: bool) -> str:
    words = [word(about, japanese=japanese) for _ in range(about.randrange(6, 14))]
    if japanese:
        return "".join(w + about.choice("のをにがはと") for w in words[:-1]) + words[-1] + "した。"
    return " ".join(words).capitalize() + "."


def told(feed: Shape, place: int, feeds: int, entries: int, start: datetime) -> Told:
    """Entry `place` of a feed; 0 is the oldest of those shown at the start."""
    seed = random.Random(f"{feed.number}/{place}")  # noqa: S311  # made-up text
    shared = seed.random() < 0.5
    # About four feeds tell one event, all within the same few hours.
    event = (
        f"event {place}/{seed.randrange(max(feeds // 8, 1))}"
        if shared
        else f"own {feed.number}/{place}"
    )
    about = random.Random(event)  # noqa: S311
    title, more = press().tell(event, f"{feed.number}/{place}", "ja" if feed.japanese else "en")
    facts = [sentence(about, japanese=feed.japanese) for _ in range(4)]
    own = [sentence(seed, japanese=feed.japanese) for _ in range(seed.randrange(2, 4))]
    words = [more, *seed.sample(facts, 2), *own]
    link = f"https://outlet{feed.number}.example/news/{place}"
    paragraphs = "".join(f"<p>{' '.join(words[n : n + 2])}</p>" for n in range(0, len(words), 2))
    tail = (
        f'<p>続きを読む: <a href="{link}">{title}</a></p>'
        if feed.japanese
        else f'<p>The post <a href="{link}">{escape(title)}</a> appeared first on Outlet.</p>'
    )
    image = f'<img src="https://img{feed.number}.example/{place}.jpg" width="640" alt="">'
    at = start - SPAN + SPAN * ((place + about.random()) / (entries + MAX_NEW))
    return Told(str(place), title, f"{image}{paragraphs}{tail}", at.replace(microsecond=0))


def document(feed: Shape, shown: Sequence[Told]) -> bytes:
    """The feed with these entries, the newest first."""
    lines = [f'<?xml version="1.0" encoding="{feed.encoding}"?>', *_WRITERS[feed.kind](feed, shown)]
    codec = {"Shift_JIS": "cp932", "EUC-JP": "euc_jp", "UTF-8": "utf-8"}[feed.encoding]
    return "\n".join(lines).encode(codec, "xmlcharrefreplace")


def _link(feed: Shape, entry: Told) -> str:
    return escape(
        f"https://outlet{feed.number}.example/news/{entry.key}?utm_source=rss&utm_medium=feed"
    )


def _rss(feed: Shape, shown: Sequence[Told]) -> Iterator[str]:
    yield (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/">'
    )
    yield f"<channel><title>Outlet {feed.number}</title><description/><ttl>60</ttl>"
    yield f"<link>https://outlet{feed.number}.example/</link>"
    for entry in reversed(shown):
        yield f"<item><title>{escape(entry.title)}</title><link>{_link(feed, entry)}</link>"
        yield f"<dc:creator>Desk</dc:creator><pubDate>{format_datetime(entry.at)}</pubDate>"
        yield f'<guid isPermaLink="false">outlet{feed.number}-{entry.key}</guid>'
        yield "<category>Autos</category><category>Industry</category>"
        yield f"<description><![CDATA[{entry.summary}]]></description></item>"
    yield "</channel></rss>"


def _atom(feed: Shape, shown: Sequence[Told]) -> Iterator[str]:
    yield '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
    yield f"<title>Outlet {feed.number}</title><id>urn:outlet:{feed.number}</id>"
    yield f'<link href="https://outlet{feed.number}.example/"/>'
    for entry in reversed(shown):
        yield f'<entry><title type="html">{escape(escape(entry.title))}</title>'
        yield f'<link rel="alternate" type="text/html" href="{_link(feed, entry)}"/>'
        yield f"<id>urn:outlet:{feed.number}:{entry.key}</id>"
        yield f"<updated>{entry.at.isoformat()}</updated><author><name>Desk</name></author>"
        yield f'<summary type="html">{escape(entry.summary)}</summary></entry>'
    yield "</feed>"


def _rdf(feed: Shape, shown: Sequence[Told]) -> Iterator[str]:
    yield (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    )
    yield f'<channel rdf:about="https://outlet{feed.number}.example/">'
    yield f"<title>Outlet {feed.number}</title><link>https://outlet{feed.number}.example/</link>"
    yield "<description/></channel>"
    for entry in reversed(shown):
        yield f'<item rdf:about="{_link(feed, entry)}"><title>{escape(entry.title)}</title>'
        yield f"<link>{_link(feed, entry)}</link><dc:date>{entry.at.isoformat()}</dc:date>"
        yield f"<description>{escape(entry.summary)}</description></item>"
    yield "</rdf:RDF>"


_WRITERS = {"rss": _rss, "atom": _atom, "rdf": _rdf}


class Catalogue:
    """Every feed's present document, as it goes over the wire."""

    def __init__(self, feeds: int, entries: int) -> None:
        self.feeds, self.entries, self.new = feeds, entries, 0
        self.start = datetime.now(UTC)
        self.hosts = [shape(number).host for number in range(feeds)]
        self.answer = cache(self._answer)

    def _answer(self, host: str, new: int, packed: bool) -> tuple[str, bytes, bytes]:  # noqa: FBT001
        feed = shape(self.hosts.index(host))
        shown = [
            told(feed, place, self.feeds, self.entries, self.start)
            for place in range(new, self.entries + new)
        ]
        body = document(feed, shown)
        etag = f'"{sha256(body).hexdigest()[:16]}"'
        if packed:
            body = gzip.compress(body, 6)
        headers = [
            "HTTP/1.1 200 OK",
            f"Content-Type: application/xml; charset={feed.encoding}",
            f"Content-Length: {len(body)}",
            f"ETag: {etag}",
            f"Last-Modified: {format_datetime(self.start, usegmt=True)}",
            "Connection: close",
            *(["Content-Encoding: gzip"] if packed else []),
        ]
        unchanged = f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\nConnection: close\r\n\r\n"
        return etag, ("\r\n".join(headers) + "\r\n\r\n").encode() + body, unchanged.encode()

    def warm(self) -> None:
        """Make every document now: no client is to wait for it."""
        for host in self.hosts:
            for packed in (False, True):
                self.answer(host, self.new, packed)


class Connection(asyncio.Protocol):
    """Answers one request and closes."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer when the request is complete."""
        self._asked += data
        if not self._asked.endswith(b"\r\n\r\n"):
            return
        first, *lines = self._asked.decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (l.partition(":") for l in lines)  # noqa: E741
        }
        path = first.split()[1]
        if path.startswith("/_show?new="):
            self._catalogue.new = int(path.rpartition("=")[2])
            self._catalogue.warm()
            self._write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        host = self._transport.get_extra_info("sockname")[0]
        packed = "gzip" in headers.get("accept-encoding", "")
        etag, whole, unchanged = self._catalogue.answer(host, self._catalogue.new, packed)
        self._write(unchanged if etag in headers.get("if-none-match", "") else whole)

    def _write(self, answer: bytes) -> None:
        assert isinstance(self._transport, asyncio.Transport)  # noqa: S101  # for the type checker
        self._transport.write(answer)
        self._transport.close()


async def serve(feeds: int, entries: int) -> None:
    catalogue = Catalogue(feeds, entries)
    catalogue.warm()
    loop = asyncio.get_running_loop()
    control = await loop.create_server(lambda: Connection(catalogue), "127.0.0.1", 0)
    port = control.sockets[0].getsockname()[1]
    await loop.create_server(lambda: Connection(catalogue), catalogue.hosts, port, backlog=16)
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--feeds", type=int, default=500)
    options.add_argument("--entries", type=int, default=50)
    given = options.parse_args()
    asyncio.run(serve(given.feeds, given.entries))


if __name__ == "__main__":
    main()
