"""Words that are not the outlet's report: tails of summaries, publishers' suffixes of titles.

A tail matters beyond its looks: "You may also like: BMW …" would tag a story with BMW.
"""

import re
from collections.abc import Iterable, Sequence

from digest.feeds.plaintext import LINK, UNLINK, without_marks
from digest.feeds.tails import (
    DECORATION,
    LONGEST,
    WIRE_LENGTH,
    WIRES,
    is_end,
    is_heading,
    is_insertion,
    is_sentence,
    may_head,
)

SUMMARY_LENGTH = 600  # characters
SUMMARY_SOURCE = 2 * SUMMARY_LENGTH  # characters that are looked at: what lies beyond is not shown
TITLE_LENGTH = 300

# From here on nothing belongs to the report, wherever it stands: sentences of machines, and
# headings in a text that has lost its lines.
_TAIL = re.compile(
    r"(?=[CFLRSTWY(（©\[【《＜<〈■▼◆●▽◇あ合併こ続])"  # first, since it fails soonest
    r"(?:^|(?<=[\s.!?…。！？」）\"”)]))(?:"
    r"You (?:may|might) (?:also )?(?:like|enjoy|be interested in)\s*[:：…]"
    r"|Recommended for you\b"
    r"|This (?:content|article|summary|story) (?:is|was) (?:AI[- ]|(?:automatically |partly )"
    r"?generated (?:by|with|using) (?:an? )?(?:AI|artificial|software|machine))"
    r"|(?:FTC: )?(?:We|This (?:article|page|post|site)) [^.\n]{0,80}"
    r"\b(?i:affiliate (?:ad )?links?)\b"
    r"|(?:Sign|Log) in to (?:join the (?:conversation|discussion|debate)|(?:leave a )?comment"
    r"|continue|read)\b"
    r"|(?:Sign up|Subscribe) (?:for|to) (?:our|the|my)\b[^.\n]{0,60}"
    r"\b(?:newsletters?|channel|alerts)\b"
    r"(?![\"”]?,[\"”]? [^.\n]{0,40}\b(?:said|says|told|tells|adds|added|asks|asked|urges|urged)\b)"
    r"|The (?:post|article|story) [^a-z].{0,400}? (?:appeared first|first appeared) on [^a-z]"
    r"|(?:Copyright\s*(?:©|\([cC]\))?|©|\([cC]\))\s*\d{4}\b"
    r"|\(?This story has not been edited by\b"
    r"|Click here to (?:read|see|view|subscribe)\b(?! ?,)"
    r"|(?:あ|合|併)わせて読みたい(?=$|[\s】》\]）)：:「【]|記事)"
    r"|この記事(?:は|の).{0,12}AI(?:が|で|に|を)"
    r"|続きを読む(?=\s|$)|[(（]関連(?:記事|ニュース)?\s?[:：]"
    r"|(?:[【《\[＜<〈]|[■▼◆●▽◇]\s?)(?:関連記事|関連リンク|関連ニュース|関連|あわせて読みたい)"
    r"(?:[】》\]＞>〉]|\s|$)"
    r")",
    re.MULTILINE,
)
# Headings in a text that has lost its lines. One word may begin an honest sentence.
_HEADING = re.compile(
    r"(?<=[.!?。！？」\"”)])\s+(?:"
    r"(?:Related|Recommended|More|Latest|Popular|Trending) (?:Articles?|Stories|Story|Posts?|News"
    r"|Coverage|Content|Links?|Reading|Topics)(?=\s*[:：]|\s+[A-Z\u3040-\u9fff])"
    r"|(?:Most (?:Read|Popular)|Read (?:Next|Also)|Also Read|See Also)(?=\s*[:：]|\s+[A-Z])"
    r"|(?P<weak>(?i:related|read more|read also|also read|see also)\s*[:：|]"
    r"|関連(?:記事|ニュース)?\s*[:：]"
    r"|You (?:may|might) (?:also )?(?:like|enjoy) (?=[A-Z])))"
)
_DOTS = re.compile(
    r"\s*[\[(（［]\s*(?:…|\.\.\.|・・・|(?i:(?:read )?more)\s*[….]{0,3}"
    r"|続きを?読む?)\s*[\])）］]\s*\Z"
    r"|(?:…|\.\.\.)\s*(?i:(?:read )?more)\s*[»>→]?\Z"
)
_AFTER_DOTS = ("]", ")", "）", "］", "»", ">", "→", "more", "More", "MORE")
_BUTTON = re.compile(  # a last word without a full stop, though no sentence ended before it
    r"\s+(?:Read [Mm]ore|Continue [Rr]eading|Read [Tt]he [Ff]ull (?:[Ss]tory|[Aa]rticle))"
    r"[\s»>→…]*\Z"
)
_SENTENCE_END = re.compile(r"[。！？](?:[」』）)”\"]*)|[.!?](?:[”\"')\]]*)(?=\s)")

_BEFORE_PUBLISHER = re.compile(r"(?:\s[-–—]|\s*[|｜])\s*$")
_AGENCY_AFTER = re.compile(
    rf"(?:\s+[-–—|｜]\s+(?:{WIRES})|\s*[(（\[【](?:{WIRES})[)）\]】])$", re.IGNORECASE
)
_CLOSING, _OPENING = (")", "）", "]", "】"), "(（[【"
_NAME_MARKS = (" - ", " – ", " — ", "|", "｜")
_AROUND_NAME = " -–—|｜()（）[]【】"
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_SMALL_WORDS = frozenset(("and", "the", "und", "des", "del", "les", "for"))
_SUFFIX = re.compile(r"\s+[-–—|｜]\s+(?P<publisher>[^-–—|｜]{2,60}(?:-[^-–—|｜\s]{1,30})?)$")


# Almost no summary holds any of these, and looking for them costs a tenth of the expressions.
_TAIL_HINTS = (
    *("you m", "recommended for", "generated", "ai-", "in to ", "newsletter", "channel"),
    *("alerts", "affiliate", "appeared", "edited by", "click here", "copyright", "(c)"),
)
_WIDE_TAIL_HINTS = ("©", "わせて", "関連", "この記事", "続きを")
_HEADING_HINTS = (
    *("related", "recommended ", "more ", "latest ", "popular", "trending ", "most read"),
    *("read next", "also", "you m"),
)
_WIDE_HEADING_HINTS = ("関連",)
_BOUNDARIES = (". ", "! ", "? ", '." ', ".) ")
_ALL_BOUNDARIES = ("。", "！", "？", "…", "」 ", ".” ", *_BOUNDARIES)


def summary(lines: str, title: str, length: int = SUMMARY_LENGTH) -> str:
    """A summary of at most so many characters on one line, from text of several lines.

    Tails are cut, and the title where it is only repeated as the first line. Links may be marked
    as `plaintext.to_marked_lines` does: a list of links at the end is a tail too.
    """
    lines = lines[: 2 * length]
    blocks = lines.split("\n")
    if LINK in lines or UNLINK in lines:
        _drop_links(blocks)
        lines = without_marks("\n".join(blocks))
        blocks = lines.split("\n")
    if _repeats(blocks[0], title):
        del blocks[0]
    text = "\n".join(_before_heading(blocks))
    # Small letters of all alphabets would take longer than all the rest; what goes brings only
    # what was apart together.
    small = text.encode("ascii", "ignore").decode().lower()
    wide = len(small) < len(text)
    may_have_heading = _has(small, _HEADING_HINTS) or (wide and _has(text, _WIDE_HEADING_HINTS))
    if _has(small, _TAIL_HINTS) or (wide and _has(text, _WIDE_TAIL_HINTS)):
        text = _before_tail(text)
    if may_have_heading:
        text = _before_inner_heading(text)
    return cut(_without_ends(text.replace("\n", " ")).strip(), length)


def _has(text: str, hints: tuple[str, ...]) -> bool:
    return any(map(text.__contains__, hints))


def _drop_links(blocks: list[str]) -> None:
    """Drop the links that stand alone at the end, with their heading, unless all are links."""
    kept, links = len(blocks), 0
    while kept and (_is_link(blocks[kept - 1]) or is_end(without_marks(blocks[kept - 1]))):
        kept -= 1
        links += _is_link(blocks[kept])
    if kept > 1 and links and may_head(blocks[kept - 1], links):
        kept -= 1
    if kept:
        del blocks[kept:]


_WHOLE_LINK = re.compile("\x01[^\x01\x02]*(?:\x02|$)")


def _is_link(block: str) -> bool:
    """Whether a line is a headline that leads elsewhere, not a linked paragraph."""
    if LINK not in block or without_marks(block).endswith((".", "。")):
        return False
    return not _WHOLE_LINK.sub("", block).strip(DECORATION + "0123456789")


def _repeats(block: str, title: str) -> bool:
    """Whether a line is the title again, perhaps cut short."""
    bare = block.rstrip(" .…。")
    if bare == title.rstrip(" .…。"):
        return True
    return len(bare) >= 15 and block.endswith(("…", "...")) and title.startswith(bare)


def _before_heading(blocks: list[str]) -> list[str]:
    """The lines that belong to the report: before the heading of a list of other pages."""
    kept: list[str] = []
    for block in blocks:
        if not is_sentence(block):  # as nearly all are
            if is_heading(block):
                break
            if is_insertion(block):
                continue
        kept.append(block)
    return kept


def _before_tail(text: str) -> str:
    found = _TAIL.search(text)
    return text[: found.start()] if found else text


def _before_inner_heading(text: str) -> str:
    for found in _HEADING.finditer(text):
        if not found["weak"] or not text.endswith((".", "。")):
            return text[: found.start()]
    return text


def _without_ends(text: str) -> str:
    """The text without "Read more" and its like at the end, of which there may be several."""
    text = text.rstrip()
    while text:
        dots = text.endswith(_AFTER_DOTS) and _DOTS.search(text, max(0, len(text) - 30))
        if dots:
            text = text[: dots.start()]
            continue
        start = _last_sentence(text)
        if is_end(text[start:].strip()):
            text = text[:start].rstrip()
            continue
        button = None if text[-1] in ".。" else _BUTTON.search(text, max(0, len(text) - 60))
        if button is None:
            return text
        text = text[: button.start()]
    return text


def _last_sentence(text: str) -> int:
    """Where the last sentence begins; 0 if it is too long to matter."""
    first = max(0, len(text) - LONGEST)
    tail = text[first:-1]
    marks = _BOUNDARIES if tail.isascii() else _ALL_BOUNDARIES
    ends = [tail.rfind(mark) + len(mark) for mark in marks if mark in tail]
    return first + max(ends) if ends else 0


def cut(text: str, length: int) -> str:
    """The text, ended at a sentence or else at a word where it is longer than `length`."""
    if len(text) <= length:
        return text
    ends = [found.end() for found in _SENTENCE_END.finditer(text, 0, length + 1)]
    if ends and length // 2 <= ends[-1] <= length:
        return text[: ends[-1]]
    head = text[: length - 1]
    space = head.rfind(" ")
    return (head[:space] if space >= length // 2 else head).rstrip(" 、,;:") + "…"


def split_publisher(title: str, publisher: str, *, suffixed: bool = True) -> tuple[str, str]:
    """A search feed's title without its " - Publisher", and that publisher.

    `publisher` is what the feed itself names. If it names none, an agency's name is believed, and
    any other that could be one where the document is `suffixed` (see `have_suffixes`).
    """
    if publisher:
        for _ in range(2):  # some outlets' own titles end so too: "… | Foo News - Foo News"
            title = _without_publisher(title, publisher)
        return title, publisher
    agency = _AGENCY_AFTER.search(title, max(0, len(title) - WIRE_LENGTH))
    found = agency or (_SUFFIX.search(title) if suffixed else None)
    if found is None or not title[: found.start()].strip():
        return title, ""
    name = found[0].strip(_AROUND_NAME) if agency else found["publisher"].strip()
    return (title[: found.start()].rstrip(), name) if agency or _is_name(name) else (title, "")


def have_suffixes(titles: Sequence[str]) -> bool:
    """Whether most of a search feed's titles end in what could be a publisher's name.

    Then that is this feed's habit; a single title may end in " - what we know" by itself.
    """
    return 2 * sum(bool(split_publisher(title, "")[1]) for title in titles) > len(titles)


def _is_name(words: str) -> bool:
    """Whether this could be an outlet's name, and is no number and no part of a sentence."""
    if _DOMAIN.fullmatch(words):
        return True
    small = [word for word in words.split() if word.islower() and len(word) > 2]
    said = [word for word in small if word not in _SMALL_WORDS]
    letters = sum(map(str.isalpha, words))
    return letters > 1 and not words.islower() and len(said) < 2


def without_source(title: str, names: Iterable[str]) -> str:
    """A title without an agency's name or one of the outlet's own `names` at its very end."""
    if not title.endswith(_CLOSING) and not any(mark in title for mark in _NAME_MARKS):
        return title
    for name in filter(None, names):
        title = _without_publisher(title, name)
        head = title[: -len(name) - 2]
        if title.endswith(_CLOSING) and title[len(head) + 1 : -1].casefold() == name.casefold():
            title = head.rstrip() or title if title[len(head)] in _OPENING else title
    agency = _AGENCY_AFTER.search(title, max(0, len(title) - WIRE_LENGTH))
    return title[: agency.start()].rstrip() or title if agency else title


def _without_publisher(title: str, publisher: str) -> str:
    head, tail = title[: -len(publisher)], title[-len(publisher) :]
    if tail.casefold() != publisher.casefold():
        return title
    mark = _BEFORE_PUBLISHER.search(head)
    return head[: mark.start()].rstrip() or title if mark else title
