"""Words that are not the outlet's report: tails of summaries, publishers' suffixes of titles. Pure.

A tail matters beyond its looks: "You may also like: BMW …" would tag a story with BMW.
"""

import re
import unicodedata

SUMMARY_LENGTH = 600  # characters
TITLE_LENGTH = 300

# From here on nothing belongs to the report, wherever it stands.
_TAIL = re.compile(
    r"(?:^|(?<=[\s.!?…。！？」）\"”)]))(?:"
    r"(?:You (?:may|might) (?:also )?(?:like|be interested in)|Recommended for you)\b"
    r"|This (?:content|article|summary|story) (?:is|was)"
    r" (?:AI[- ]|(?:automatically |partly )?generated)"
    r"|(?:Sign|Log) in to (?:join|comment|leave|continue|read)\b"
    r"|(?:Sign up|Subscribe) (?:for|to) (?:our|the|my)\b[^.\n]{0,60}"
    r"\b(?:newsletters?|channel|alerts)\b"
    r"|The post .{1,400} appeared first on\b"
    r"|(?:Follow|Like) us on (?:Twitter|X|Facebook|Instagram|LinkedIn)\b"
    r"|Click here to (?:read|see|view|subscribe)\b"
    r"|あわせて読みたい|合わせて読みたい|こちらの記事も|この記事(?:は|の).{0,12}AI(?:が|で|に|を)"
    r"|【関連記事】|【あわせて読みたい】|\[関連記事\]|＜関連記事＞|■関連記事|▼関連記事"
    r")"
)
# A heading of such a tail: a line of its own, or a heading in a text that has lost its lines.
_HEADING_WORDS = (
    r"(?:Related(?=\s*[:：])"
    r"|Related (?:Articles?|Stories|Story|Posts?|News|Coverage|Content|Links?|Reading|Topics)"
    r"|Read (?:Next|Also)|Also Read|See Also|More Stories|Most (?:Read|Popular)|Share this|Comments"
    r"|関連(?:記事|リンク|ニュース|情報|ワード)|おすすめ記事|人気記事|アクセスランキング)"
)
_HEADING = re.compile(
    rf"(?m)^\W{{0,3}}(?i:{_HEADING_WORDS})\s*[:：]?\s*$"
    rf"|(?m:^)(?i:{_HEADING_WORDS})\s*[:：]"
    rf"|(?<=[.!?。！？」\"”])\s+{_HEADING_WORDS}(?=\s*[:：]|\s+[A-Z\u3040-\u9fff])"
)
# Invitations that mean something only at the very end.
_END = re.compile(
    r"(?:[\s.…。]|^)[\[(（［【<＜«»>→▶⇒…]*\s*(?:"
    r"(?i:Read|See|Learn|View|Find out|Click for|Know)"
    r" (?i:more|the (?:full|whole|rest)[^.\n]{0,40}|full (?:story|article))"
    r"|(?i:Continue reading)[^\n]{0,200}|(?i:Keep reading|Full story|more)(?=\s*[…\]>»→)])"
    r"|続きを(?:読む|見る)|続きはこちら|もっと(?:読む|見る)|全文を読む"
    r"|記事(?:全文|の続き)(?:を読む|はこちら|へ)?"
    r"|詳細はこちら|詳しくはこちら"
    r")[\s\])）］】>＞»→▶⇒….。]*\Z"
    r"|[\[(（［]\s*(?:…|\.\.\.|・・・|&hellip;)\s*[\])）］]\s*\Z"
)
_SENTENCE_END = re.compile(r"[。！？](?:[」』）)”\"]*)|[.!?](?:[”\"')\]]*)(?=\s)")

_WIRES = (
    "reuters|bloomberg|ap|ap news|associated press|afp|kyodo|kyodo news|jiji|jiji press|nikkei"
    "|nikkei asia|cnbc|bbc|bbc news|dow jones|msn|yahoo!? ?news|yahoo!?ニュース|yahoo!? finance"
    "|marketwatch|ロイター|ブルームバーグ|共同通信|共同|時事通信|時事|日本経済新聞|日経|日経新聞"
    "|読売新聞(?:オンライン)?|朝日新聞(?:デジタル)?|毎日新聞|産経(?:新聞|ニュース)"
    "|nhk(?:ニュース)?|afpbb news"
)
_WIRE_MARKS = re.compile(
    rf"\s+[-–—|/:]\s*(?:{_WIRES})(?:\.com|\.co\.jp)?\s*$|\s*[(\[【<](?:{_WIRES})[)\]】>]\s*$"
    rf"|^\s*[(\[【<](?:{_WIRES})[)\]】>]\s*|^(?:update \d+|exclusive|breaking|corrected|refile"
    r"|breakingviews|analysis|速報)\s*[-:]\s*|^【速報】\s*"
)
_SUFFIX = re.compile(r"\s+[-–—|｜]\s+(?P<publisher>[^-–—|｜]{2,60}(?:-[^-–—|｜\s]{1,30})?)$")


# Almost no summary holds any of these, and looking for them costs a tenth of the expressions.
_TAIL_HINTS = (
    *("you may", "you might", "recommended for", "generated", " ai", "sign in", "log in"),
    *("sign up", "subscribe", "appeared first on", "us on ", "click here"),
    *("わせて", "こちらの記事", "この記事", "関連記事"),
)
_HEADING_HINTS = (
    *("related", "read next", "also", "more stories", "most ", "share this", "comments"),
    *("関連", "記事", "ランキング"),
)
_END_HINTS = (
    *("more", "full", "whole", "rest", "reading", "…", "...", "・・・"),
    *("続き", "もっと", "全文", "詳細", "詳しく"),
)
_END_LENGTH = 80  # characters in which an invitation at the end must lie
_END_LENGTH_WITH_TITLE = 260  # "Continue reading" and the title once more


def summary(lines: str, title: str) -> str:
    """A summary of at most SUMMARY_LENGTH characters on one line, from text of several lines.

    Tails are cut, and the title where it is only repeated as the first line.
    """
    text = lines[: 2 * SUMMARY_LENGTH]  # what lies beyond is not shown anyway
    lower = text.lower()
    if _has(lower, _TAIL_HINTS):
        text = _before(_TAIL, text)
    if _has(lower, _HEADING_HINTS):
        text = _before(_HEADING, text)
    first, _, rest = text.partition("\n")
    if first == title:
        text = rest
    return cut(_without_invitation(text.replace("\n", " ")).strip(), SUMMARY_LENGTH)


def _has(text: str, hints: tuple[str, ...]) -> bool:
    return any(hint in text for hint in hints)


def _before(tail: re.Pattern[str], text: str) -> str:
    found = tail.search(text)
    return text[: found.start()] if found else text


def _without_invitation(text: str) -> str:
    """The text without "Read more" and its like at the end, of which there may be several."""
    while True:
        long = "continue reading" in text[-_END_LENGTH_WITH_TITLE:].lower()
        end = text[-_END_LENGTH_WITH_TITLE if long else -_END_LENGTH :]
        if not _has(end.lower(), _END_HINTS):
            return text
        found = _END.search(end)
        if found is None:
            return text
        head = text[: len(text) - len(end) + found.start()]
        # The mark that ended the last sentence belongs to it.
        text = (head + found[0][:1] if found[0][:1] in {".", "…", "。"} else head).rstrip()


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


def split_publisher(title: str, publisher: str) -> tuple[str, str]:
    """A search feed's title without its " - Publisher", and that publisher.

    `publisher` is what the feed itself names; if it names none the suffix is believed.
    """
    found = _SUFFIX.search(title)
    if found is None or not title[: found.start()].strip():
        return title, publisher
    suffix = found["publisher"].strip()
    if publisher and suffix.casefold() != publisher.casefold():
        return title, publisher
    return title[: found.start()].rstrip(), publisher or suffix


def matching_title(title: str, outlet: str = "") -> str:
    """A title as it is compared: NFKC, lower case, without the outlet's or an agency's name."""
    text = " ".join(unicodedata.normalize("NFKC", title).lower().split())
    name = unicodedata.normalize("NFKC", outlet).lower().strip()
    for _ in range(2):  # "UPDATE 2-… (Reuters) - Yahoo News"
        for mark in (" - ", " – ", " — ", " | "):
            if name and text.endswith(mark + name):
                text = text.removesuffix(mark + name)
        text = _WIRE_MARKS.sub("", text) or text
    return text.strip()
