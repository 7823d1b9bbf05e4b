"""HTML to plain text, in linear time whatever the markup.

Not html.parser: on the Pythons that we support, 30 kB of "<a <a <a" hold it for 15 s. Not a
sanitiser either: what comes out is text, and is escaped wherever it is shown. So a tag is found by
one regular expression, of which every alternative runs to the end of the text when its closing is
missing, so that nothing is looked at twice.
"""

import html
import re

MAX_MARKUP = 50_000  # characters of markup; a summary never needs more
FIRST_MARKUP = 4_000  # characters that are looked at first; they are nearly always enough
PASSES = 3  # some feeds escape twice, the worst three times

# Around the words of a link, in the lines of to_marked_lines().
LINK, UNLINK = "\x01", "\x02"

_ATTRIBUTES = r"""(?:[^>"']++|"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))*+(?:>|\Z)"""
_TAG = re.compile(
    rf"""<(?:
        (/?(?:p|br|a|b|i|div|span|strong|em|img|li|ul|figure|h[1-6]))(?=[\s/>]){_ATTRIBUTES}
      | !--.*?(?:--!?>|\Z)                                      # a comment
      | (?P<hidden>(?i:script|style|template|iframe|noscript|noembed|noframes|object|select
          |textarea|svg|math))\b.*?(?:</(?i:(?P=hidden))\b[^>]*+(?:>|\Z)|\Z)  # with its inside
      | (?i:rt|rp)\b[^>]*+(?:>|\Z)[^<]*+                        # readings of kanji
      | (/?[a-zA-Z][a-zA-Z0-9:._-]*+){_ATTRIBUTES}
      | [!?/][^>]*+(?:>|\Z)                                     # <!doctype, <?php, </3
    )""",
    re.VERBOSE | re.DOTALL,
)
_INLINE = frozenset(
    (
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em"),
        *("font", "i", "ins", "kbd", "mark", "nobr", "q", "rb", "rp", "rt", "rtc", "ruby", "s"),
        *("samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var"),
        "wbr",
    )
)
# <TM.N>: how news agencies write a stock's code. No element is written so.
_STOCK = re.compile(r"<[A-Z0-9]{1,8}\.[A-Z]{1,3}>")
# What is left of markup that was escaped once too often.
_KNOWN_TAG = (
    r"</?(?:p|br|a|b|i|em|strong|div|span|img|ul|ol|li|h[1-6]|table|figure|font"
    r"|blockquote|script|style|iframe|svg)\b[^<>]*>"
)
_LEFT_TAG = re.compile(_KNOWN_TAG, re.IGNORECASE)
_ESCAPED = re.compile(
    _KNOWN_TAG
    + r"|&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,7}|#x[0-9a-f]{1,6}|[lr][sd]quo|[nm]dash|hellip);",
    re.IGNORECASE,
)
# Nothing that a reader could see: control characters, direction marks, joiners of zero width,
# private use (icons of somebody's font), surrogates, noncharacters, tags.
_HIDDEN = (
    "\x03-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufeff\uffa0"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)
_INVISIBLE = re.compile(f"[\x00-\x02{_HIDDEN}]")
_INVISIBLE_BUT_MARKS = re.compile(f"[\x00{_HIDDEN}]")
# Characters of windows-1252 under the numbers that they have there: &#146; is ’ to every browser.
_C1 = re.compile("[\x80-\x9f]")
# Lines that a program wrapped between two Japanese characters, where a space would be wrong.
_JAPANESE = "ぁ-ゖァ-ヺー々一-鿿"
_WRAP = re.compile(rf"\n(?<=[{_JAPANESE}、]\n)[ \t]*(?=[{_JAPANESE}])")
_WRAP_IN_SENTENCE = re.compile(rf"\n(?<=[がではとにのもを、]\n)[ \t]*(?=[{_JAPANESE}])")
_BLOCK = re.compile(r"<(?:br|p|div|li)\b", re.IGNORECASE)
_FILLERS = re.compile("[\u115f\u1160\u3164\uffa0]")  # the invisible ones that count as letters


def to_lines(markup: str) -> str:
    """The text of some HTML, one line a block, with no invisible characters."""
    return _fold(without_marks(_without_tags(markup[:MAX_MARKUP])))


def to_marked_lines(markup: str, enough: int) -> str:
    """Like to_lines, with LINK and UNLINK around the words of links; all or the first `enough`."""
    if len(markup) > FIRST_MARKUP:
        lines = _marked_lines(markup[:FIRST_MARKUP])
        if len(lines) > enough:
            return lines
    return _marked_lines(markup[:MAX_MARKUP])


def to_text(markup: str) -> str:
    """The text of some HTML on one line."""
    if "\n" in markup:
        markup = _WRAP.sub("", markup[:MAX_MARKUP])
    return to_lines(markup).replace("\n", " ")


def without_marks(text: str) -> str:
    """The text without LINK and UNLINK."""
    return text.replace(LINK, "").replace(UNLINK, "")


def visible(text: str) -> str:
    """Plain text without its invisible characters, white space folded."""
    folded = " ".join(text.split())
    return folded if _is_visible(folded) else " ".join(_INVISIBLE.sub("", text).split())


def plain_lines(text: str) -> str:
    """The lines of plain text, in which nothing is markup, with no invisible characters."""
    lines = map(visible, text[:MAX_MARKUP].splitlines())
    return "\n".join(line for line in lines if line)


def _marked_lines(markup: str) -> str:
    text = _without_tags(markup)
    if LINK not in text:
        return _fold(without_marks(text))
    if "<" not in text and "  " not in text and _is_visible(without_marks(text).replace("\n", "")):
        return "\n".join(filter(None, [line.strip(" ") for line in text.split("\n")]))
    return _lines(_without(_INVISIBLE_BUT_MARKS, text))


def _without_tags(markup: str) -> str:
    text = without_marks(markup)
    if "\n" in text and not text.isascii():
        # In HTML a line's end is a space; in text without blocks it may end a paragraph.
        text = (_WRAP if _BLOCK.search(text) else _WRAP_IN_SENTENCE).sub("", text)
    if "<" not in text and "&" not in text:
        return text
    for _ in range(PASSES):
        if "<" in text:
            plain = _without_plain_tags(text)
            text = _TAG.sub(_replace, text) if plain is None else plain
        if "&" in text:
            text = html.unescape(text)
        if ("<" not in text and "&" not in text) or not _ESCAPED.search(text):
            return text
    return _LEFT_TAG.sub(" ", text)


def _without_plain_tags(text: str) -> str | None:
    """What _TAG gives, in half the time; None if any tag needs a closer look."""
    first, *pieces = text.split("<")
    kept = [first]
    for piece in pieces:
        tag, end, rest = piece.partition(">")
        known = _REPLACEMENTS.get(tag)
        if known is None:
            known = _REPLACEMENTS.get(tag.partition(" ")[0])
            if known is None or tag.count('"') % 2 or "'" in tag:
                return None
        if not end:
            return None
        kept += (known, rest)
    return "".join(kept)


def _fold(text: str) -> str:
    if not _is_visible(text):
        return _lines(_without(_INVISIBLE, text))
    return " ".join(text.split())  # visible throughout: no line breaks


def _without(invisible: re.Pattern[str], text: str) -> str:
    """The text without these, and without the tags in which they had hidden."""
    if not _is_visible(without_marks(text).replace("\n", "")):  # quicker to ask than to do
        text = invisible.sub("", _C1.sub(_by_number, text))
    return _LEFT_TAG.sub(" ", text) if "<" in text else text


def _by_number(control: re.Match[str]) -> str:
    return control[0].encode("latin-1").decode("cp1252", "ignore")


def _lines(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return "\n".join(filter(None, lines))


def _is_visible(text: str) -> bool:
    """Whether all can be seen. Quick, and not always right when it says no."""
    return text.isprintable() and (text.isascii() or not _FILLERS.search(text))


def _replace(tag: re.Match[str]) -> str:
    name = tag[1] or tag[3]
    if name is None:
        return "\n" if tag[2] else ""
    known = _REPLACEMENTS.get(name)
    if known is not None:
        return known
    if name.lower().removeprefix("/") in _INLINE:
        return _REPLACEMENTS.get(name.lower(), "")
    return tag[0] if _STOCK.fullmatch(tag[0]) else "\n"


_REPLACEMENTS = {
    **dict.fromkeys(("p", "/p", "br", "div", "/div", "img", "li", "/li", "ul", "/ul"), "\n"),
    **dict.fromkeys(("b", "/b", "i", "/i", "em", "/em", "strong", "/strong", "span", "/span"), ""),
    "a": LINK,
    "/a": UNLINK,
}
