"""Documents as outlets write them, in every format: for the golden, differential and fuzz tests.

Made from a seed, so that the same documents come out everywhere.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

START = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)

_MAKERS = (
    *("Toyota", "Nissan", "Honda", "Mazda", "Subaru", "Denso", "Aisin", "Hino Motors"),
    *("トヨタ", "日産自動車", "ホンダ", "マツダ", "スズキ", "デンソー", "アイシン", "三菱自動車"),
)
_ENGLISH = (
    "{} to close two plants as sales in the U.S. & Europe fall",
    "{}'s solid-state battery is “ready”, says chief engineer",
    "Exclusive: {} weighs a stake in a chip maker – sources",
    "{} recalls 12,345 cars: fuel pump may fail",
    "Analysts ask whether {} can sell 1.5 million hybrids",
)
_JAPANESE = (
    "{}、新型「軽」EVを2028年に発売　価格は200万円台から",
    "{}が国内2工場を閉鎖へ、人員は１割減",
    "【速報】{}と部品大手、電池で提携（共同開発）",
    "{}の4〜9月期、純利益３割減　関税が重荷",
    "追浜工場の跡地、{}が①住宅 ②物流で協議",
)
_PARAGRAPHS = (
    "The company said on Monday that the plan would cost 400 billion yen and end in 2029.",
    'Shares rose 3.1%; its partner <a href="https://example.org/?a=1&amp;b=2">declined</a>.',
    "“We have <em>no</em> choice,” the chief executive told reporters at the plant in Kanda.",
    "同社は16日、計画を発表した。投資額は4000億円で、2029年までに終える。",
    "社長は<strong>「ほかに道はない」</strong>と話した。<br />部品会社にも説明を始めた。",
)  # fmt: skip
_TAILS = (
    "",
    "",
    '<p>The post <a href="https://trade.example/x">A plan</a> appeared first on Trade Paper.</p>',
    '<p><a href="https://trade.example/x">Continue reading</a></p>',
    '<p>関連記事</p><ul><li><a href="/1">BMWが値上げ</a></li></ul>',
)


class Piece(NamedTuple):
    """What an outlet has to tell."""

    number: int
    title: str
    paragraphs: tuple[str, ...]
    tail: str
    published: datetime

    @property
    def link(self) -> str:
        """Its page, as the outlet links it."""
        return f"https://trade.example/news/{self.number}?utm_source=rss&utm_medium=feed"

    @property
    def markup(self) -> str:
        """Its text as HTML."""
        picture = '<img src="https://trade.example/i.jpg" alt="A plant" width="600" />'
        return picture + "".join(f"<p>{words}</p>\n" for words in self.paragraphs) + self.tail


def pieces(seed: int, count: int = 50) -> list[Piece]:
    """What one outlet tells in a while, the newest first."""
    random = Random(seed)  # noqa: S311  # not a secret
    titles = _JAPANESE if seed % 2 else _ENGLISH
    return [
        Piece(
            number=seed * 1000 + number,
            title=random.choice(titles).format(random.choice(_MAKERS)),
            paragraphs=tuple(random.choices(_PARAGRAPHS, k=random.randint(1, 5))),
            tail=random.choice(_TAILS),
            published=START - timedelta(minutes=37 * number + seed),
        )
        for number in range(count)
    ]


def rss_2(told: list[Piece]) -> str:
    """RSS 2.0 as WordPress writes it: CDATA, the whole text beside the summary."""
    items = "".join(
        f"""<item>
\t<title>{escape(piece.title)}</title>
\t<link>{escape(piece.link)}</link>
\t<dc:creator><![CDATA[Staff]]></dc:creator>
\t<pubDate>{format_datetime(piece.published)}</pubDate>
\t<category><![CDATA[Makers]]></category>
\t<guid isPermaLink="false">https://trade.example/?p={piece.number}</guid>
\t<description><![CDATA[<p>{piece.paragraphs[0]}</p>
{piece.tail}]]></description>
\t<content:encoded><![CDATA[{piece.markup}]]></content:encoded>
</item>
"""
        for piece in told
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
\txmlns:content="http://purl.org/rss/1.0/modules/content/"
\txmlns:dc="http://purl.org/dc/elements/1.1/"
\txmlns:atom="http://www.w3.org/2005/Atom"
\txmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel>
<title>Trade Paper</title>
<atom:link href="https://trade.example/feed/" rel="self" type="application/rss+xml" />
<link>https://trade.example</link>
<description>News of the trade</description>
<language>en-US</language>
<sy:updatePeriod>hourly</sy:updatePeriod>
<sy:updateFrequency>1</sy:updateFrequency>
{items}</channel>
</rss>
"""


def rss_2_escaped(told: list[Piece]) -> str:
    """RSS 2.0 with escaped markup and numeric references, one line an item."""
    items = "".join(
        f"<item><title>{escape(piece.title).replace('&amp;', '&#38;')}</title>"
        f"<link>{escape(piece.link)}</link><guid>{escape(piece.link)}</guid>"
        f"<pubDate>{piece.published:%a, %d %b %Y %H:%M} GMT</pubDate>"
        f"<description>{escape(piece.markup)}</description></item>"
        for piece in told
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'><channel><title>Trade</title>"
        f"<link>https://trade.example/</link><ttl>30</ttl>{items}</channel></rss>"
    )


def rss_1(told: list[Piece]) -> str:
    """RSS 1.0 as Japanese outlets write it: headlines, and a date with its zone."""
    listed = "".join(f"<rdf:li rdf:resource={quoteattr(piece.link)}/>" for piece in told)
    items = "".join(
        f"<item rdf:about={quoteattr(piece.link)}>\n<title>{escape(piece.title)}</title>\n"
        f"<link>{escape(piece.link)}</link>\n<description>{escape(piece.paragraphs[0])}"
        f"</description>\n<dc:date>{piece.published + timedelta(hours=9):%Y-%m-%dT%H:%M:%S}+09:00"
        "</dc:date>\n</item>\n"
        for piece in told
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xml:lang="ja">\n'
        '<channel rdf:about="https://trade.example/index.rdf"><title>業界紙</title>'
        f"<link>https://trade.example/</link><items><rdf:Seq>{listed}</rdf:Seq></items></channel>"
        f"\n{items}</rdf:RDF>"
    )


def atom(told: list[Piece]) -> str:
    """Atom 1.0 with a summary in escaped HTML."""
    entries = "".join(
        f"<entry><title type='html'>{escape(escape(piece.title))}</title>"
        f"<link rel='alternate' type='text/html' href={quoteattr(piece.link)}/>"
        f"<id>tag:trade.example,2026:{piece.number}</id>"
        f"<published>{piece.published.isoformat()}</published>"
        f"<updated>{piece.published:%Y-%m-%dT%H:%M:%SZ}</updated>"
        f"<summary type='html'>{escape(piece.markup)}</summary>"
        "<author><name>Staff</name></author></entry>"
        for piece in told
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom'"
        " xml:lang='en'><title>Trade Paper</title><id>tag:trade.example,2026:feed</id>"
        "<link href='https://trade.example/'/><link rel='self' href='https://trade.example/atom'/>"
        f"{entries}</feed>"
    )


def json_feed(told: list[Piece]) -> str:
    """JSON Feed 1.1."""
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Trade Paper",
            "home_page_url": "https://trade.example/",
            "items": [
                {
                    "id": str(piece.number),
                    "url": piece.link,
                    "title": piece.title,
                    "content_html": piece.markup,
                    "date_published": piece.published.isoformat(),
                }
                for piece in told
            ],
        },
        ensure_ascii=False,
    )


WRITERS: tuple[Callable[[list[Piece]], str], ...] = (rss_2, rss_2_escaped, rss_1, atom, json_feed)


def documents(count: int, entries: int = 50) -> Iterator[str]:
    """As many documents as wished, of every kind in turn."""
    for seed in range(count):
        yield WRITERS[seed % len(WRITERS)](pieces(seed, entries))
