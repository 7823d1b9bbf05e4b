"""Mends the common faults of XML in feeds, so that few documents need the lenient parser."""

import re

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FAULT = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
    # A tag begins with a letter, and ends before the next one begins.
    r"|<(?![A-Za-z_:/!?])|<(?=[A-Za-z_:][^<>]*<)"
    r"|&(?!(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)"
    r"|&#(?:([0-9]{1,7})|x([0-9A-Fa-f]{1,6}));",
    re.DOTALL,
)
_START = re.compile(r"<\?xml\s|<(?:rss|rdf:RDF)\b", re.IGNORECASE)
_END = re.compile(r"</(?:rss|feed|rdf:RDF|RDF)\s*>", re.IGNORECASE)


def repair(text: str) -> str:
    """Mend the common faults: bare & and <, impossible characters, words around the feed."""
    text = _NOT_XML.sub("", text)
    start = _START.search(text, 0, 20_000)  # after what a failing server printed first
    text = text[start.start() :] if start else text
    last = None
    for last in _END.finditer(text):  # noqa: B007  # the last one is wanted
        pass
    return _FAULT.sub(_mend, text[: last.end()] if last else text)


def _mend(found: re.Match[str]) -> str:
    whole = found[0]
    if whole == "&":
        return "&amp;"
    if whole == "<":
        return "&amp;lt;"  # which is no tag to a reader of HTML either
    if whole.startswith("<"):
        return whole
    code = int(found[1]) if found[1] else int(found[2], 16)
    legal = code <= 0x10FFFF and not _NOT_XML.match(chr(code))
    return whole if legal else ""
