"""Well-formed XML to a tree, within limits, with nothing expanded and nothing loaded.

expat hands each element to the tree's builder without a call of ours, which would take longer than
all the rest; the length of the text bounds what that can come to, and depth and attributes are
checked before anything is made of it. Names come out short, in lower case and without the many
spellings of namespaces: "title", "atom:link", "dc:date"; an unknown namespace gives "?:name".
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from html.entities import html5
from itertools import chain
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from digest.feeds.parsed import Malformed, NotAFeed

MAX_CHARACTERS = 2 * 1024 * 1024
BEGINNING = 3 * MAX_CHARACTERS // 4  # of that many at most, the others are the end
MAX_ITEMS = 500  # of one document; so many of its first and of its last are kept to choose from
MAX_DEPTH = 100
MAX_ATTRIBUTES = 100  # of one element

ITEM_TAGS = frozenset({"item", "atom:entry"})
_CLOSES = ("</item>", "</entry>")
_OPENS = re.compile(r"<(?:item|entry)\b")

_SEPARATOR = " "  # cannot stand in a name; may stand in a namespace, hence rpartition
_PREFIXES = {
    "": "",
    "purl.org/rss/1.0": "",
    "my.netscape.com/rdf/simple/0.9": "",
    "channel.netscape.com/rdf/simple/0.9": "",
    "backend.userland.com/rss": "",
    "backend.userland.com/rss2": "",
    "blogs.law.harvard.edu/tech/rss": "",
    "cyber.law.harvard.edu/rss/rss.html": "",
    "www.w3.org/2005/atom": "atom:",
    "purl.org/atom/ns#": "atom:",
    "purl.org/dc/elements/1.1": "dc:",
    "purl.org/dc/terms": "dcterms:",
    "purl.org/rss/1.0/modules/content": "content:",
    "purl.org/rss/1.0/modules/syndication": "sy:",
    "www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    "www.w3.org/xml/1998/namespace": "xml:",
    "www.w3.org/1999/xhtml": "xhtml:",
    "search.yahoo.com/mrss": "media:",
    "video.search.yahoo.com/mrss": "media:",
    "rssnamespace.org/feedburner/ext/1.0": "feedburner:",
}


_ROOTS = {"rss": "", "channel": "", "feed": "atom:", "item": ""}  # what their namespace must mean
_CUT_SHORT = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)


class _TooMuchError(Exception):
    """A limit is exceeded; its text says which."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A document's root and its complete items, in order: its first and its last MAX_ITEMS."""

    root: Element
    items: list[Element]
    cut: bool  # there was more than we read
    namespace: str  # of what stands directly in the root
    whole: bool = True  # False: the document ended before its end


class _Names:
    """Short names for those of one document, as expat gives them."""

    def __init__(self, root: Element) -> None:
        """Believe the name of the outermost elements more than their namespace.

        Feeds leave it out, misspell it, or give RSS the one of Atom.
        """
        self.namespace = ""  # of what stands directly in the root
        self._prefixes: dict[str, str] = {}  # of this document, before those that we know
        self._learn(root.tag, believed=False)
        for child in root:
            self.namespace = self.namespace or child.tag.rpartition(_SEPARATOR)[0]
            self._learn(child.tag, believed=True)
        self._elements: dict[str, str] = {}
        self._attributes: dict[str, str] = {}

    def _learn(self, name: str, *, believed: bool) -> None:
        """`believed`: its namespace, if that is one we know."""
        namespace, _, local = name.rpartition(_SEPARATOR)
        meaning, known = _ROOTS.get(local.lower()), _prefix(namespace)
        if meaning is None or known == meaning or (believed and known != "?:"):
            return
        self._prefixes.setdefault(namespace, meaning)

    def shorten(self, root: Element) -> None:
        """Give the whole tree its short names. Raises _TooMuchError if it goes beyond a limit."""
        level, depth = [root], 1
        while level:
            if depth > MAX_DEPTH:
                raise _TooMuchError(f"its elements are nested more than {MAX_DEPTH} deep")
            short = self._elements
            for element in level:
                name = element.tag
                element.tag = short.get(name) or self._short(name)
                if element.keys():
                    element.attrib = self._shorter(element.attrib)
            level, depth = [*chain.from_iterable(level)], depth + 1

    def _short(self, name: str) -> str:
        namespace, _, local = name.rpartition(_SEPARATOR)
        prefix = self._prefixes.get(namespace)
        prefix = _prefix(namespace) if prefix is None else prefix
        short = self._elements[name] = prefix + local.lower()
        return short

    def _shorter(self, attributes: dict[str, str]) -> dict[str, str]:
        if len(attributes) > MAX_ATTRIBUTES:
            raise _TooMuchError(f"an element has more than {MAX_ATTRIBUTES} attributes")
        known = self._attributes
        return {known.get(n) or self._attribute(n): value for n, value in attributes.items()}

    def _attribute(self, name: str) -> str:
        namespace, _, local = name.rpartition(_SEPARATOR)
        short = self._attributes[name] = _prefix(namespace) + local.lower()
        return short


def _prefix(namespace: str) -> str:
    bare = namespace.lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    return _PREFIXES.get(bare, "?:")


def _refuse_entity(name: str, is_parameter: bool, value: str | None, *_: object) -> None:  # noqa: FBT001  # expat's signature
    """Let a document declare what HTML declares, as old feeds do, and nothing else."""
    if is_parameter or value is None or html5.get(f"{name};") != value:
        raise _TooMuchError("it declares XML entities of its own, which are not read")


def read_tree(text: str) -> Tree | Malformed | NotAFeed:
    """The document as a tree, as far as MAX_CHARACTERS reach.

    Of a document that was cut off, the complete items are the tree; half an item is none. Of one
    that is too long its end is read too, where the newest items may be.
    """
    if len(text) > MAX_CHARACTERS:
        found = _read(_without_middle(text))
        if isinstance(found, Tree):
            return replace(found, cut=True)
    return _read(text)


def _without_middle(text: str) -> str:
    """A document that is too long, as its beginning and its end, cut between two items.

    Where no item ends or begins it is left as it is.
    """
    begin = max(text.rfind(close, 0, BEGINNING) + len(close) for close in _CLOSES)
    end = _OPENS.search(text, len(text) - (MAX_CHARACTERS - BEGINNING))
    return text[:begin] + text[end.start() :] if end and begin > max(map(len, _CLOSES)) else text


def _read(text: str) -> Tree | Malformed | NotAFeed:
    builder, cut = TreeBuilder(), len(text) > MAX_CHARACTERS
    try:
        fault = _build(builder, text[:MAX_CHARACTERS], whole=not cut)
        unfinished = _finish(builder)
        root: Element | None = builder.close()
        if root is None:
            return Malformed(fault or "not well-formed XML: it has no element")
        names = _Names(root)
        names.shorten(root)
    except _TooMuchError as error:
        return NotAFeed(str(error))
    except (expat.ExpatError, UnicodeEncodeError) as error:
        return Malformed(f"not well-formed XML: {error}")
    items = [item for item in _items(root) if item not in unfinished]
    if fault and not items:
        return Malformed(fault)
    last = items[MAX_ITEMS:][-MAX_ITEMS:]
    return Tree(
        root,
        [*items[:MAX_ITEMS], *last],
        cut=cut or bool(last),
        namespace=names.namespace,
        whole=not fault,
    )


def _build(builder: TreeBuilder, text: str, *, whole: bool) -> str:
    """Build what a text says; gives what is wrong with one that only ends too early, or ""."""
    try:
        _parser(builder).Parse(text, whole)
    except expat.ExpatError as error:
        if error.code not in _CUT_SHORT:
            raise
        return f"not well-formed XML: {error}"
    return ""


def _parser(builder: TreeBuilder) -> expat.XMLParserType:
    def stand_in(name: str, _is_parameter: bool) -> None:  # noqa: FBT001  # expat's signature
        """For an entity that only a DTD could explain: HTML's, or its own letters."""
        builder.data(html5.get(f"{name};", f"&{name};"))

    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = _refuse_entity
    # As if there were a DTD that we do not read: HTML's entities are skipped, not errors.
    parser.UseForeignDTD(True)  # noqa: FBT003  # positional only
    parser.SkippedEntityHandler = stand_in
    return parser


def _finish(builder: TreeBuilder) -> list[Element]:
    """End the elements of a document that was cut off, and give them."""
    unfinished: list[Element] = []
    with suppress(IndexError):  # there is none left
        while True:
            unfinished.append(builder.end(""))
    return unfinished


def _items(root: Element) -> Iterator[Element]:
    """The items in their order. An item within an item is its text."""
    ahead = [root]
    while ahead:
        element = ahead.pop()
        if element.tag in ITEM_TAGS:
            yield element
        else:
            ahead.extend(reversed(element))
