"""HTML to plain text, in linear time whatever the markup. Pure.

Not html.parser: on the Pythons that we support, 30 kB of "<a <a <a" hold it for 15 s. Not a
sanitiser either: what comes out is text, and is escaped wherever it is shown. So a tag is found by
one regular expression, of which every alternative runs to the end of the text when its closing is
missing, so that nothing is looked at twice.
"""

import html
import re

MAX_MARKUP = 50_000  # characters of markup; a summary never needs more
PASSES = 3  # some feeds escape twice, the worst three times

_TAG = re.compile(
    r"""<(?:
        !--.*?(?:--!?>|\Z)                                      # a comment
      | (?P<hidden>script|style|template|iframe|noscript|noembed|noframes|object|select|textarea
          |svg|math)\b.*?(?:</(?P=hidden)\b[^>]*+(?:>|\Z)|\Z)   # with all that is inside
      | (?:rt|rp)\b[^>]*+(?:>|\Z)[^<]*+                   # readings of kanji
      | (?P<close>/?)(?P<name>[a-z][a-z0-9:._-]*+)
          (?:[^>"']++|"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))*+(?:>|\Z)
      | [!?/][^>]*+(?:>|\Z)                                     # <!doctype, <?php, </3
    )""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_INLINE = re.compile(
    "a|abbr|acronym|b|bd[io]|big|cite|code|del|dfn|em|font|i|ins|kbd|mark|nobr|q|rb|rp|rt|rtc|ruby|s"
    "|samp|small|span|strike|strong|su[bp]|time|tt|u|var|wbr",
    re.IGNORECASE,
)
# <TM.N>: how news agencies write a stock's code. No element is written so.
_STOCK = re.compile(r"<[A-Z0-9]{1,8}\.[A-Z]{1,3}>")
# What is left of markup that was escaped once too often.
_ESCAPED = re.compile(
    r"</?(?:p|br|a|b|i|em|strong|div|span|img|ul|ol|li|h[1-6]|table|figure|font"
    r"|blockquote|script|style|iframe|svg)\b[^<>]*>"
    r"|&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,7}|#x[0-9a-f]{1,6}|[lr][sd]quo|[nm]dash|hellip);",
    re.IGNORECASE,
)
# Nothing that a reader could see: control characters, direction marks, joiners of zero width,
# private use (icons of somebody's font), surrogates, noncharacters, tags.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)


def to_lines(markup: str) -> str:
    """The text of some HTML, one line a block, with no invisible characters."""
    text = markup[:MAX_MARKUP]
    for _ in range(PASSES):
        if "<" in text or "&" in text:
            text = html.unescape(_TAG.sub(_replace, text))
        if ("<" not in text and "&" not in text) or not _ESCAPED.search(text):
            break
    text = _INVISIBLE.sub("", text.replace("\u2028", "\n").replace("\u2029", "\n"))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def to_text(markup: str) -> str:
    """The text of some HTML on one line."""
    return to_lines(markup).replace("\n", " ")


def visible(text: str) -> str:
    """Plain text without its invisible characters, white space folded."""
    return " ".join(_INVISIBLE.sub("", text).split())


def _replace(tag: re.Match[str]) -> str:
    name = tag["name"]
    if name is None:
        return "\n" if tag["hidden"] else ""
    if _INLINE.fullmatch(name):
        return ""
    return tag[0] if _STOCK.fullmatch(tag[0]) else "\n"
