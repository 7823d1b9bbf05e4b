"""The lines around a report that are not part of it, told by their shape.

A page's furniture speaks a small language: labels ("Related articles", "おすすめ記事") that head
lists of other pages, invitations ("Read the full story", "写真を見る"), credits and notices. The
patterns compose that language's words instead of listing its phrases, and each must fit a whole
line or last sentence, so that a report may use the same words. What ends like a sentence is taken
for one, unless nothing but such words is in it.

All patterns are of small letters, and meet small letters only: ignoring case is slow.
"""

import re
from functools import lru_cache

LONGEST = 200  # characters; furniture is short

DECORATION = (
    " \t-–—―~〜・·•|｜/／:：;,、>»→▶►▷▸▼▽▲△◆◇■□●○◎★☆※＊*#＞＜<«←⇒➡➤…‥.()（）[]［］【】《》〈〉"
    "「」『』〔〕{}“”\"'!！?？✔✅🔗📷👉"
)
_OPEN, _CLOSE = r"[【《\[［＜<〈〔(（]", r"[】》\]］＞>〉〕)）]"

# --- labels ----------------------------------------------------------------------------------

_WHICH = (
    r"(?:related|recommended|suggested|similar|popular|trending|latest|recent|top|other|more"
    r"|featured|sponsored|further|previous|next|most (?:read|popular|viewed|shared)"
    r"|must[- ]?read|editors?['’]?s?['’]?)"
)
_WHAT = (
    r"(?:articles?|stories|story|posts?|news|coverage|contents?|links?|reading|topics?|tags?"
    r"|headlines?|videos?|reads?|picks?|choices?|companies|keywords?|reports?|pages?)"
)
_WHOM = (
    r"(?: (?:now|today|this week|for you|on this (?:topic|story|subject)"
    r"|(?:from|on|about|in|by) (?:the )?[^.。]{1,30}))?"
)
_ALSO = r"you (?:may|might) (?:also )?(?:like|enjoy|be interested in)(?: these| this)?"
_INVITED = r"(?:read (?:next|also|more)|also read|see also)"
_ALONE = (
    rf"(?:related|recommended|trending(?: now)?|comments?|thoughts|up next|{_INVITED}|{_ALSO}"
    r"|keep reading"
    r"|what to read next|don['’]t miss|in other news|in case you missed it|most (?:read|popular)"
    r"|more (?:from|on|about|in|like) [^.。]{1,40}|share your thoughts[^.。]{0,40})"
)
_WHICH_JA = (
    "(?:関連|おすすめ|オススメ|お勧め|お薦め|人気|注目|最新|新着|次|前|ほか|他|その他|特集|話題"
    "|編集部"
    "|よく読まれている|読まれている|今週|本日|あなたへ)(?:する|した|の|な)?"
)
_WHAT_JA = (
    "(?:記事|ニュース|リンク|情報|タグ|キーワード|銘柄|サイト|トピックス?|コンテンツ|動画|ワード"
    "|企業|ランキング|ページ|投稿|一覧|カテゴリー?)"
)
_ALONE_JA = (
    "(?:関連|おすすめ|オススメ|(?:アクセス)?ランキング|ピックアップ|コメント(?:一覧)?"
    "|(?:あわせて|合わせて|併せて)(?:読みたい|読む|どうぞ|チェック)(?:記事)?"
    "|こちら(?:の記事)?も(?:おすすめ|オススメ|どうぞ|あわせて[^。]{0,8})|次に読(?:む|みたい)(?:記事)?)"
)
_LABEL = (
    rf"(?:{_WHICH} (?:{_WHICH} )?{_WHAT}{_WHOM}|{_ALONE}"
    rf"|(?:{_WHICH_JA}){{1,3}}{_WHAT_JA}{{1,3}}|{_ALONE_JA})"
)
_HEADING = re.compile(_LABEL)

# A label and a headline on one line.
_TAGGED = (
    rf"(?:{_LABEL}|tags?|filed under|categor(?:y|ies)|topics?|(?:next|previous)(?: article)?|read"
    r"|watch|タグ|カテゴリー?|キーワード|(?:次|前)の?記事)"
)
_INSERTION = re.compile(rf"{_OPEN}{_TAGGED}{_CLOSE}.*|{_TAGGED}\s?[:：|｜].*")

# Buttons and notices that mean nothing wherever they stand.
_LONE = re.compile(
    r"advertisements?|sponsored(?: content)?|share(?: this)?(?: (?:article|story|post))?"
    r"|share (?:on|via) .{1,20}|tweet|print|facebook|twitter|photo gallery|pr|広告|スポンサーリンク"
    r"|シェア(?:する)?|ツイート(?:する)?|ポスト(?:する)?|いいね|ブックマーク|(?:facebook|twitter|x|line)で"
    r"(?:シェア|送る|ポスト)(?:する)?|公式.{1,12}をフォロー",
)

# --- ends ------------------------------------------------------------------------------------

_PAGE = r"(?:more|rest|full|whole|entire|original|complete|here|article|story|post|details?)"
_STEP = (
    r"(?:the|this|our|your|its|of|on|about|at|in|for|page|content|report|release|website|site|text"
    rf"|version|news|information|with|multimedia|online|now|{_PAGE})"
)
_READ = r"(?:read|view|see|watch|learn|find out|discover|show|visit)"
_PORTAL = (
    r"(?:now|today|here|to|for|or|and|our|the|your|a|free|read|continue|reading|access|full|more"
    r"|article|story|subscribe|sign in|log in|register|newsletters?|account|view|see|this|content"
    r"|keep|unlock|leave|comment|join|conversation|discussion)"
)
_SITES = r"(?:twitter|x|facebook|instagram|linkedin|youtube|google news|threads|bluesky)"
_NAV_JA = (
    "(?:この|元の|元|全|すべての|他の|次の|もっと|さらに|くわしく|詳しく|続き|全文|記事|本文|原文"
    "|詳細"
    "|写真|画像|動画|映像|ギャラリー|一覧|コメント|プレスリリース|リリース|ニュース|ページ|サイト"
    "|下記|以下|url|の|を|は|へ|も|から)"
)
_GO_JA = (
    "(?:こちら(?:から|へ)?(?:を(?:ご覧|見る)(?:ください)?)?|読む|見る|ご覧(?:ください|になれます)?"
    "|表示(?:する)?|書く|へ|詳しく)"
)
# These may end like a sentence.
_END = re.compile(
    rf"{_READ}(?= .*\b{_PAGE}\b)(?: {_STEP}){{1,9}}|(?:continue|keep) reading|read on"
    r"|full (?:story|article|text)|this is a preview|leave a (?:comment|reply)"
    r"|(?:please )?(?:click|tap) (?:here|on the link)(?: (?:to|for) [^,.]{1,60})?"
    rf"|(?:please )?(?:log ?in|sign ?in|sign ?up|subscribe|register)(?: {_PORTAL}){{1,12}}"
    r"|(?:log|sign) ?in|(?:[^\s:：]{1,12}\s?[:：]\s?)?https?://\S+"
    r"|already a (?:subscriber|member)\b.{0,40}"
    r"|to (?:read|continue|see|view|access)\b.{0,60}\b(?:subscribe|log ?in|sign ?(?:in|up)"
    r"|register|become a (?:member|subscriber))\b.{0,30}"
    rf"|(?:follow|like) [^,.]{{1,30}} on {_SITES}(?:(?:,| and|,? or) {_SITES}){{0,4}}"
    r"|(?:記事)?の?無断(?:転載|複製|使用)[^。]{0,30}?(?:禁じます|禁じる|禁ず|禁じております"
    r"|禁止(?:です|(?:いた)?し(?:ます|ております))?"
    r"|(?:お断り|ご?遠慮)[^。、]{0,10})"
    r"|(?:reporting|writing|editing|additional reporting|compiled|translated) by [^()]{1,190}"
    rf"|{_NAV_JA}{{1,8}}{_GO_JA}(?:[(（]\d{{1,4}}枚?)?|記事全文|全文表示|コメント[(（]\d+"
    "|(?:この記事は|この先は|続きは).{0,40}(?:会員|有料(?:会員|記事|版)|ログイン|購読).{0,40}"
    "|(?:有料)?会員(?:限定|専用)(?:記事|です)?|残り[:：]?\\s?\\d+\\s?文字.{0,30}"
    "|(?:登録|ログイン|購読)すると.{0,20}(?:読|閲覧|ご覧).{0,12}"
    "|投稿.{1,200}に最初に(?:表示|投稿|掲載)されました",
)
# These may not.
_OPEN_END = re.compile(
    rf"{_READ}(?= .*\b{_PAGE}\b)(?: {_STEP}){{1,9}}[ :]{{1,2}}\S.{{0,80}}"
    r"|(?:please )?(?:click|tap)(?: here)?(?: (?:to|for|on) .{1,60})?"
    r"|(?:continue|keep) reading\b.{0,190}|(?:subscribe|sign up|register) now|\d{1,5} comments?"
    r"|comments? \(\d+"
    r"|(?:photos?|images?|source|credit|video|via|(?:photo|image) credit"
    r"|写真|画像|出典|提供|情報提供"
    r"|記事提供|取材|撮影|構成|編集|引用元|参照)\s?[:：/／＝=]\s?.{1,40}"
    r"|(?:photo|image)s? (?:by|courtesy of|via) .{1,40}|写真(?:撮影|提供)? .{1,20}",
)
_SYNDICATED = re.compile(
    r"\b(?:(?:appeared|published) first|(?:first|originally) (?:appeared|published))"
    r" (?:on|in|at|by) (?:the )?(?P<where>\S.{0,80})$",
    re.IGNORECASE,
)
# What a sentence about its own page begins with; a report may say that something "appeared first in
# May", too.
_OF_ITSELF = re.compile(
    r"(?:this|the|an? (?:\w+ )?version of (?:this|the)) "
    r"(?:article|story|post|piece|column|report|interview|content|entry|text)\b"
    r"|(?:first|originally) (?:appeared|published)\b"
    r"|.*[ぁ-鿿]\W{0,3}(?:first appeared|appeared first) on\b"  # after a Japanese headline
)
_AROUND_END = DECORATION + "。"
_LAST_WORDS = ("all rights reserved", "to your inbox")

WIRES = (
    "reuters|bloomberg|ap|ap news|associated press|afp|kyodo|kyodo news|jiji|jiji press|nikkei"
    "|nikkei asia|cnbc|bbc|bbc news|dow jones|msn|yahoo!? ?news|yahoo!?ニュース|yahoo!? finance"
    "|marketwatch|ロイター|ブルームバーグ|共同通信|共同|時事通信|時事|日本経済新聞|日経|日経新聞"
    "|読売新聞(?:オンライン)?|朝日新聞(?:デジタル)?|毎日新聞|産経(?:新聞|ニュース)"
    "|nhk(?:ニュース)?|afpbb news"
)
WIRE_LENGTH = 40  # characters; with what stands around it no name of theirs is longer
# Their brackets are part of them.
_CREDIT = re.compile(
    rf"{_OPEN}\s?(?:{WIRES})(?:通信|発)?\s?{_CLOSE}"
    r"|(?:©|ⓒ|[(（][cｃ][)）]|copyright ?(?:©|[(（][cｃ][)）]|\d{4}|by\b|:)).{0,190}",
)
_BEFORE_CREDIT = frozenset("【《[［＜<〈〔(（©ⓒcC")  # what a credit may begin with


def is_heading(line: str) -> bool:
    """Whether a line heads a list of other pages: "Related articles", "【関連記事】"."""
    if len(line) > 60 or is_sentence(line):
        return False
    return _HEADING.fullmatch(line.strip(DECORATION).lower()) is not None


def is_insertion(line: str) -> bool:
    """Whether a line is a button, or a label with another page's headline."""
    if len(line) > LONGEST or is_sentence(line):
        return False
    if len(line) <= 30 and _is_button(line):
        return True
    return _INSERTION.fullmatch(line.lstrip(" -・•■▼◆●※*>»").lower()) is not None


def _is_button(line: str) -> bool:
    return _LONE.fullmatch(line.strip(DECORATION).lower()) is not None


@lru_cache(maxsize=256)  # asked of a last line, again as the last sentence, and feeds repeat them
def is_end(words: str) -> bool:
    """Whether a last line or last sentence is an invitation, a credit or a notice."""
    bare = words.strip(_AROUND_END)
    small = bare.lower()
    if is_heading(words) or (len(words) <= 30 and _is_button(words)):
        return True
    if not small or _END.fullmatch(small):
        return True
    if words[0] in _BEFORE_CREDIT and _CREDIT.fullmatch(words.lower()):
        return True
    if small.endswith(_LAST_WORDS) and len(small) <= 100:
        return True
    syndicated = _is_syndicated(bare, small)
    if is_sentence(words):
        return syndicated and _OF_ITSELF.match(small) is not None
    return syndicated or _OPEN_END.fullmatch(small) is not None


def _is_syndicated(words: str, small: str) -> bool:
    """Whether it ends in "appeared first on Some Paper"; the name of a page has a capital."""
    if "appeared" not in small and "published" not in small:  # a tenth of what the search takes
        return False
    found = _SYNDICATED.search(words)
    return found is not None and not ("a" <= found["where"][0] <= "z")


def may_head(line: str, followers: int) -> bool:
    """Whether a line could be the heading of the `followers` links under it, whatever it says."""
    if len(line) > 30 or is_sentence(line):
        return False
    return line.endswith((":", "：")) or (
        followers > 1 and not any(character.isdigit() for character in line)
    )


def is_sentence(line: str) -> bool:
    """Whether a line ends like a sentence, which makes it neither a heading nor an insertion."""
    return line.endswith((".", "。", ".”", '."', "」")) and not line.endswith(("...", "..”"))
