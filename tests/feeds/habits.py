"""Documents with the habits of the wild that a text file would not show: odd bytes, odd names.

Each is made here, so that its bytes can be read; what it should give is in its golden file.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

KANA = "トヨタ、日産と提携へ。「軽」の電気自動車を2028年に発売する。"
VENDOR = "①㈱アイシン、Ⅲ型の髙性能部品を発売"  # characters that JIS lacks
KANJI = "日産社長交代"
CHINESE = "丰田汽车宣布在中国生产新的电动汽车"
DATE = "<pubDate>Mon, 16 Nov 2026 06:00:00 +0900</pubDate>"
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'
CONTENT = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'


class Habit(NamedTuple):
    """A document as a server gives it."""

    body: bytes
    content_type: str = ""


def rss(inside: str, label: str = "", attributes: str = "", start: str = "") -> str:
    declared = f' encoding="{label}"' if label else ""
    return (
        f'<?xml version="1.0"{declared}?>{start}<rss version="2.0" {attributes}><channel>'
        f"<title>T</title><link>https://site.example/</link>{inside}</channel></rss>"
    )


def one(title: str, label: str = "") -> str:
    return rss(
        f"<item><title>{title}</title><link>https://site.example/1</link>{DATE}</item>", label
    )


def item(inside: str, link: str = "https://site.example/1") -> str:
    return f"<item><link>{link}</link>{inside}{DATE}</item>"


def atom(inside: str, attributes: str = "") -> str:
    return f'<feed {ATOM} {attributes}><title>T</title><link href="https://site.example/"/>{inside}</feed>'


def json_feed(items: str) -> str:
    return (
        '{"version": "https://jsonfeed.org/version/1", "title": "T",'
        f' "home_page_url": "https://site.example/", "items": [{items}]}}'
    )


def iso_2022_jp(text: str) -> bytes:
    """As Japanese mail programs write it: vendors' characters in the rows that JIS left free."""
    written = text.encode("iso2022_jp", "backslashreplace")
    return written.replace(rb"\u2460", b"\x1b$B-!\x1b(B").replace(rb"\u3231", b"\x1b$B-j\x1b(B")


ENCODINGS: dict[str, Habit] = {
    "utf8-bom-twice": Habit(b"\xef\xbb\xbf\xef\xbb\xbf" + one(KANA, "UTF-8").encode()),
    "utf8-says-utf16": Habit(one(KANA, "UTF-16").encode(), "text/xml; charset=utf-16"),
    "utf8-says-sjis-in-header": Habit(one(KANA).encode(), "text/xml; charset=Shift_JIS"),
    "utf8-one-western-byte": Habit(
        one(KANA).encode().replace("提".encode(), b"\x92"), "application/rss+xml"
    ),
    "utf8-surrogates-and-cut-characters": Habit(
        one("a\U0001f600b" + KANA)
        .encode()
        .replace("\U0001f600".encode(), b"\xed\xa0\xbd\xed\xb8\x80")
        .replace("発".encode(), b"\xe7\x99")
    ),
    "utf16-no-bom": Habit(("\n" + one(KANA, "UTF-16")).encode("utf-16-le")),
    "utf16-be-bom-says-utf8": Habit(
        b"\xfe\xff" + one(KANA, "UTF-8").encode("utf-16-be"), "text/xml; charset=utf-8"
    ),
    "utf32": Habit(one(KANA).encode("utf-32")),
    "sjis-says-gb2312": Habit(one(KANA, "gb2312").encode("cp932")),
    "sjis-says-utf8-after-much-ascii": Habit(
        rss("<!-- " + "ascii " * 20_000 + "-->" + item(f"<title>{KANA}</title>"), "UTF-8").encode(
            "cp932"
        )
    ),
    "sjis-vendor": Habit(one(VENDOR, "MS_Kanji").encode("cp932")),
    "sjis-half-width": Habit(one("ﾄﾖﾀが新型ｶｰﾅﾋﾞを発売", "csWindows31J").encode("cp932")),
    "sjis-broken-pair-before-a-tag": Habit(
        one(KANA, "Shift_JIS").encode("cp932").replace(b"</title>", b"\x83</title>")
    ),
    "sjis-kanji-only-undeclared": Habit(one(KANJI).encode("cp932"), "text/xml"),
    "eucjp-kanji-only-header": Habit(one(KANJI).encode("euc_jp"), "text/xml; charset=x-euc-jp"),
    "eucjp-vendor": Habit(
        one("1" + VENDOR[1:].replace("㈱", "2").replace("Ⅲ", "3").replace("髙", "4"), "EUC-JP")
        .encode("euc_jp")
        .replace(b"1\xa5", b"\xad\xa1\xa5", 1)
        .replace(b"12\xa5", b"\xad\xa1\xad\xea\xa5")
        .replace(b"3\xb7", b"\xad\xb7\xb7")
        .replace(b"4\xc0", b"\xfc\xe2\xc0")
    ),
    "eucjp-says-iso8859-1-in-both": Habit(
        one(KANA, "ISO-8859-1").encode("euc_jp"), "text/xml; charset=iso-8859-1"
    ),
    "iso2022jp-vendor": Habit(iso_2022_jp(one("①㈱アイシン、新型部品を発売", "ISO-2022-JP"))),
    "iso2022jp-undeclared": Habit(one(KANA).encode("iso2022_jp")),
    "gb2312": Habit(one(CHINESE, "gb2312").encode("gb2312")),
    "gbk-header": Habit(one(CHINESE).encode("gbk"), "text/xml; charset=GBK"),
    "big5": Habit(one("豐田汽車宣布在台灣生產新的電動車", "Big5").encode("big5")),
    "euckr": Habit(one("현대자동차와 도요타", "euc-kr").encode("euc_kr")),
    "windows1252-quotes-undeclared": Habit(one("Toyota’s “plan” – déjà vu").encode("cp1252")),
    "iso8859-2": Habit(one("Škoda, Toyota i Łódź", "ISO-8859-2").encode("iso8859_2")),
    "koi8r": Habit(one("Тойота закроет завод", "KOI8-R").encode("koi8_r")),
    "control-characters": Habit(one("a\x00b\x01c\x0b\x1bd\ufffe&#0;&#11;&#xFFFF;e").encode()),
    "json-utf16": Habit(json_feed(f'{{"id": "1", "title": "{KANA}"}}').encode("utf-16-le")),
    "json-sjis": Habit(json_feed(f'{{"id": "1", "title": "{KANA}"}}').encode("cp932")),
}

SHAPES: dict[str, str] = {
    "rss091-entities-declared": rss(
        item("<title>R&eacute;sum&eacute;&nbsp;&amp; caf&eacute;</title>"),
        start='<!DOCTYPE rss [<!ENTITY nbsp "&#160;"><!ENTITY eacute "&#233;">]>',
    ),
    "rss091-doctype-public": rss(
        item("<title>R&eacute;sum&eacute; &copy;</title>"),
        start='<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"'
        ' "http://my.netscape.com/publish/formats/rss-0.91.dtd">',
    ),
    "rss-capitals": one("A")
    .replace("rss", "RSS")
    .replace("item>", "ITEM>")
    .replace("channel>", "Channel>")
    .replace("pubDate>", "PUBDATE>")
    .replace("title>", "Title>"),
    "rss-in-atom-namespace": one("A").replace("<rss ", f"<rss {ATOM} "),
    "rss-in-unknown-namespace": one("A").replace("<rss ", '<rss xmlns="urn:x" '),
    "rdf-without-namespace": (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><channel><title>T</title>'
        "</channel><item><title>A</title><link>https://site.example/1</link></item></rdf:RDF>"
    ),
    "rdf-one-page-for-all": (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        f' xmlns="http://purl.org/rss/1.0/" {DC}><channel rdf:about="x">'
        "<title>発表</title></channel>"
        + "".join(
            f'<item rdf:about="https://go.example/press/"><title>発表{n}</title>'
            f"<link>https://go.example/press/</link><dc:date>2026-11-1{n}</dc:date></item>"
            for n in range(3)
        )
        + "</rdf:RDF>"
    ),
    "anchors": rss(
        "".join(item(f"<title>発表{n}</title>", f"https://go.example/p.html#no{n}") for n in "123")
        + item("<title>single</title>", "https://go.example/q.html#top")
        + item("<title>program</title>", "https://go.example/#!/news/1")
        + item("<title>counted</title>", "https://go.example/r.html#xtor=RSS-1")
    ),
    "prefixes-undeclared": rss(
        item(
            "<title>A</title><dc:creator>x</dc:creator>"
            "<content:encoded><![CDATA[<p>body</p>]]></content:encoded>"
        )
    ),
    "entities-and-escapes": rss(
        item(
            "<title><![CDATA[<b>A</b> &amp; B &#8217; C]]></title>"
            "<description>&lt;p&gt;x &amp;amp; y &amp;nbsp; &amp;lt;b&amp;gt;z&amp;lt;/b&amp;gt;"
            "&lt;/p&gt;&lt;script&gt;evil()&lt;/script&gt;</description>"
        )
        + item("<title>AT&T &copy; R&D &mdash; &unheard;</title>", "https://site.example/2?a=1&b=2")
    ),
    "ruby-tables-and-lists": rss(
        item(
            "<title><![CDATA[<ruby>追浜<rp>（</rp><rt>おっぱま</rt><rp>）</rp></ruby>工場]]></title>"
            "<description><![CDATA[<table><tr><td>A</td><td>B</td></tr></table><ul><li>one<li>two"
            "</ul>three<br>four\u200b\u202efive<style>p{}</style>]]></description>"
        )
    ),
    "media": rss(
        item(
            "<title>A</title><media:group><media:title>no</media:title>"
            "<media:content url='x'/><media:description>Told by media.</media:description>"
            "</media:group>"
        ),
        attributes=MEDIA,
    ),
    "content-for-an-empty-summary": rss(
        item(
            "<title>Nissan shuts plants</title><description>&lt;img src='x'/&gt;</description>"
            "<content:encoded><![CDATA[<p>Nissan shuts plants</p><p>Two of them.</p>]]>"
            "</content:encoded>"
        ),
        attributes=CONTENT,
    ),
    "tails": rss(
        item(
            "<title>A</title><description><![CDATA[<p>Two plants close.</p><p>From our shelves</p>"
            "<ul><li><a href='/b'>BMW raises prices</a><li><a href='/c'>VW too</a></ul>"
            "<p>The post <a href='/a'>A</a> appeared first on <a href='/'>T</a>.</p>"
            "]]></description>"
        )
        + item(
            "<title>日産、２工場閉鎖</title><description><![CDATA[２工場を閉じる。<br>（ロイター）<br>"
            "【関連記事】<br><a href='/b'>BMWが値上げ</a><br>続きを読む]]></description>",
            "https://site.example/2",
        )
    ),
    "guid-is-the-link": rss(
        f"<item><title>A</title><guid>https://site.example/a?utm_source=x</guid>{DATE}</item>"
        f"<item><title>B</title><guid isPermaLink='true'>/b</guid>{DATE}</item>"
        f"<item><title>C</title><guid isPermaLink='false'>c-1</guid>{DATE}</item>"
    ),
    "links": rss(
        item("<title>A</title>", " \n https://SITE.example:443/日産 x?q=車&amp;fbclid=1 ")
        + item("<title>B</title>", "//site.example/b")
        + item("<title>C</title>", "https://日産.example/c")
        + item("<title>D</title>", "www.site.example/d")
        + item("<title>E</title>", "javascript:alert(1)")
        + item(
            "<title>F</title>", "https://www.google.com/url?url=https://site.example/f&amp;ct=ga"
        )
    ),
    "dates": rss(
        "".join(
            f"<item><title>{date or 'none'}</title><pubDate>{date}</pubDate></item>"
            for date in (
                *(
                    "Mon,16 Nov 26 07:30 JST",
                    "Tue, 16 Nov 2026 07:30:00 PST",
                    "2026年11月16日 7時30分",
                ),
                *(
                    "令和8年11月16日",
                    "２０２６／１１／１６ ０７：３０",
                    "Nov. 16, 2026",
                    "1794787200",
                ),
                *("2026-11-15T24:00:00+09:00", "20261116T073000+0900", "2099-01-01", "soon", ""),
            )
        )
    ),
    "dates-second-best": rss(
        item("<title>A</title><dc:date>2026-11-15T01:00:00Z</dc:date>").replace(
            DATE, "<pubDate>0000-00-00</pubDate>"
        ),
        attributes=DC,
    ),
    "words-around": "<br />\n<b>Warning</b>: x in <b>/y.php</b> on line <b>1</b><br />\n"
    + one("A")
    + "\n<script>ad()</script>",
    "cut-off": rss(item("<title>A</title>") + item("<title>Only half")).partition("</channel>")[0][
        :-40
    ],
    "atom10-bases-and-types": atom(
        '<entry xml:base="2026/"><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A '
        "<em>b"
        '</em> &amp; c</div></title><link rel="self" href="self"/><link rel="alternate" type='
        '"application/pdf" href="a.pdf"/><link rel="alternate" type="text/html" href="a.html"/>'
        "<id>urn:a</id><updated>2026-11-16T02:00:00Z</updated><published>2026-11-16T01:00:00Z"
        '</published><summary type="text">5 &lt; 6</summary></entry>'
        '<entry><title type="html">B &amp;amp; &lt;i&gt;c&lt;/i&gt;</title><id>urn:b</id>'
        '<content type="text/html" src="/b"/><updated>2026-11-16T02:00:00Z</updated></entry>',
        'xml:base="https://site.example/news/" xml:lang="en"',
    ),
    "atom-without-namespace": atom(
        "<entry><title>A</title><id>1</id><link href='https://site.example/1'/></entry>"
    ).replace(ATOM, ""),
    "atom-prefixed": '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>T</a:title><a:entry>'
    "<a:title>A</a:title><a:id>1</a:id><a:link href='https://site.example/1'/></a:entry></a:feed>",
    "json10": json_feed(
        '{"id": 1, "url": "/a", "title": "A < B & C", "content_text": "x\\n\\ny",'
        ' "date_published": "2026-11-16T01:00:00-05:00"},'
        '{"id": "2", "external_url": "https://x.example/", "content_html": "<p>Only content</p>"},'
        '{"id": "3", "title": "C", "summary": "C", "content_text": "More\tof C.",'
        ' "date_published": 1794787200}'
    ),
}

HABITS: Mapping[str, Habit] = MappingProxyType(
    ENCODINGS | {name: Habit(text.encode()) for name, text in SHAPES.items()}
)
