"""Well-formed XML to a tree, within limits, with nothing expanded and nothing loaded.

expat calls us for every element, so that depth, number and attributes are checked before anything
is kept. Names come out short, in lower case and without the many spellings of namespaces: "title",
"atom:link", "dc:date"; an unknown namespace gives "?:name".
"""

import re
from collections import deque
from dataclasses import dataclass, replace
from html.entities import html5
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from digest.feeds.parsed import Malformed, NotAFeed

MAX_CHARACTERS = 2 * 1024 * 1024
BEGINNING = 3 * MAX_CHARACTERS // 4  # of that many at most, the others are the end
MAX_ITEMS = 500  # of one document; so many of its first and of its last are kept to choose from
MAX_DEPTH = 100
MAX_ATTRIBUTES = 100  # of one element
MAX_ELEMENTS = 100_000

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


class _EnoughError(Exception):
    """As many elements as we take have been read."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A document's root and its complete items, in order: its first and its last MAX_ITEMS."""

    root: Element
    items: list[Element]
    cut: bool  # there was more than we read
    namespace: str  # of what stands directly in the root
    whole: bool = True  # False: the document ended before its end


class _Building:
    """The handlers of one parse."""

    def __init__(self) -> None:
        self.builder = TreeBuilder()
        self._open, self._close = self.builder.start, self.builder.end
        self.root: Element | None = None
        self.first: list[Element] = []
        self.last: deque[Element] = deque(maxlen=MAX_ITEMS)
        self.namespace = ""
        self._depth = 0
        self._elements = 0
        self._open_items = 0
        self._names: dict[str, str] = {}
        self._attribute_names: dict[str, str] = {}
        self._prefixes: dict[str, str] = {}  # of this document, before those that we know

    def start(self, name: str, attributes: list[str]) -> None:
        # Half of all that reading a feed takes is spent here: no call that can be spared.
        self._depth = depth = self._depth + 1
        self._elements = elements = self._elements + 1
        if depth > MAX_DEPTH:
            raise _TooMuchError(f"its elements are nested more than {MAX_DEPTH} deep")
        if elements > MAX_ELEMENTS:
            raise _EnoughError
        if depth <= 2:
            self._learn_namespace(name)
        short = self._names.get(name) or self._short(name)
        if short in ITEM_TAGS:
            self._open_items += 1
        element = self._open(short, self._attributes(attributes) if attributes else {})
        if depth == 1:
            self.root = element

    def end(self, name: str) -> None:
        self._depth -= 1
        element = self._close(name)  # the builder knows which
        if element.tag in ITEM_TAGS:
            self._open_items -= 1
            if self._open_items:
                return  # an item within an item is its text: as often as it is deep, otherwise
            if len(self.first) < MAX_ITEMS:
                self.first.append(element)
                return
            if len(self.last) == MAX_ITEMS:
                self.last[0].clear()  # the tree still holds it, now without its content
            self.last.append(element)

    def skipped(self, name: str, _is_parameter: bool) -> None:  # noqa: FBT001  # expat's signature
        """Stand in for an entity that only a DTD could explain: HTML's, or its own letters."""
        self.builder.data(html5.get(f"{name};", f"&{name};"))

    def _attributes(self, flat: list[str]) -> dict[str, str]:
        if len(flat) > 2 * MAX_ATTRIBUTES:
            raise _TooMuchError(f"an element has more than {MAX_ATTRIBUTES} attributes")
        known = self._attribute_names
        keys = [known.get(name) or self._attribute(name) for name in flat[::2]]
        return dict(zip(keys, flat[1::2], strict=True))

    def _attribute(self, name: str) -> str:
        namespace, _, local = name.rpartition(_SEPARATOR)
        short = self._attribute_names[name] = _prefix(namespace) + local.lower()
        return short

    def _learn_namespace(self, name: str) -> None:
        """Believe the name of the outermost elements more than their namespace.

        Feeds leave it out, misspell it, or give RSS the one of Atom.
        """
        namespace, _, local = name.rpartition(_SEPARATOR)
        if self._depth == 2 and not self.namespace:
            self.namespace = namespace
        meaning = _ROOTS.get(local.lower())
        known = _prefix(namespace)
        if meaning is None or (self._depth == 2 and known != "?:"):
            return
        if known != meaning and namespace not in self._prefixes:
            self._prefixes[namespace] = meaning
            self._names.clear()

    def _short(self, name: str) -> str:
        namespace, _, local = name.rpartition(_SEPARATOR)
        prefix = self._prefixes.get(namespace)
        prefix = _prefix(namespace) if prefix is None else prefix
        short = self._names[name] = prefix + local.lower()
        return short


def _prefix(namespace: str) -> str:
    bare = namespace.lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    return _PREFIXES.get(bare, "?:")


def _refuse_entity(name: str, is_parameter: bool, value: str | None, *_: object) -> None:  # noqa: FBT001  # expat's signature
    """Let a document declare what HTML declares, as old feeds do, and nothing else."""
    if is_parameter or value is None or html5.get(f"{name};") != value:
        raise _TooMuchError("it declares XML entities of its own, which are not read")


def read_tree(text: str) -> Tree | Malformed | NotAFeed:
    """The document as a tree, as far as MAX_CHARACTERS and MAX_ELEMENTS reach.

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
    building = _Building()
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    parser.ordered_attributes = True
    parser.StartElementHandler = building.start
    parser.EndElementHandler = building.end
    parser.CharacterDataHandler = building.builder.data
    parser.EntityDeclHandler = _refuse_entity
    # As if there were a DTD that we do not read: HTML's entities are skipped, not errors.
    parser.UseForeignDTD(True)  # noqa: FBT003  # positional only
    parser.SkippedEntityHandler = building.skipped
    cut = len(text) > MAX_CHARACTERS
    whole = True
    try:
        parser.Parse(text[:MAX_CHARACTERS], not cut)
    except _EnoughError:
        cut = True
    except _TooMuchError as error:
        return NotAFeed(str(error))
    except expat.ExpatError as error:
        if building.root is None or not building.first or error.code not in _CUT_SHORT:
            return Malformed(f"not well-formed XML: {error}")
        whole = False
    if building.root is None:
        return Malformed("not well-formed XML: it has no element")
    cut = cut or bool(building.last)
    items = [*building.first, *building.last]
    return Tree(building.root, items, cut, building.namespace, whole)
