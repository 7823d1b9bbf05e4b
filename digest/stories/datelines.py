"""What agencies print before the news, and readers need not see.

"UPDATE 2-" counts an agency's versions, 【ワシントン＝共同】 and "TOKYO (Reuters) -" say where its
reporter sat. What a label says of the news itself (【新型車】) stays.
"""

import re

LABELS = 3  # before one title; what has more of them is no title

# Versions and urgency. Capitals only: "Update 2 of the app" and "Breaking point" are titles.
_LABEL = re.compile(
    r"(?:UPDATE|WRAPUP|RPT|REFILE|CORRECTED|CORRECTION|BRIEF|TABLE|FACTBOX|TIMELINE|EXCLUSIVE"
    r"|BREAKING|FLASH|URGENT|ADVISORY)(?: ?\d{1,2})? ?[-:–—]{1,2} ?"
    r"|(?:速報|独自|更新|訂正|再送|続報|詳報)[:：] ?"
    r"|[【\[［](?:速報|独自|更新|訂正|再送|続報|詳報|動画|写真|有料|会員限定)[】\]］] ?"
)
_WIRE = (
    r"共同|時事|ロイター|AFP|AP|ブルームバーグ|Bloomberg|Reuters|Kyodo|Jiji"
    r"|通信|新聞|支局|特派員|記者"
)
_JAPANESE = re.compile(
    rf"[【\[［][^】\]］【\[［]{{0,24}}(?:{_WIRE})(?:社)?[^】\]］【\[［]{{0,6}}[】\]］] ?[-－–—]? ?"
    r"|[\[［][^\]］]{1,12}[ 　]?[0-9０-９]{1,2}日[^\]］]{0,12}[\]］] ?[-－–—]? ?"
)
_CITY = r"[A-Z][A-Z.'’/-]+(?:[ ,][ ]?[A-Z][A-Z.'’/-]+){0,3}"
_DAY = r"(?:, [A-Z][a-z]{2,8}\.? \d{1,2})"
_AGENCY = r"(?: ?\([A-Z][^()]{1,30}\))"
_ENGLISH = re.compile(
    rf"(?:{_CITY}(?:, [A-Z][a-z]+\.?)?(?:{_DAY}{_AGENCY}?|{_AGENCY})"
    r"|TOKYO|WASHINGTON|NAGOYA|OSAKA|YOKOHAMA|DETROIT|BEIJING|SHANGHAI|LONDON|NEW YORK|SEOUL"
    r"|BANGKOK|NEW DELHI|JAKARTA|PARIS|BERLIN|FRANKFURT|MEXICO CITY) ?[-–—]{1,2} "
)


def without_label(title: str) -> str:
    """A title without what its agency put before it; the title itself where nothing is left."""
    bare = title
    for _ in range(LABELS):
        found = _LABEL.match(bare) or _JAPANESE.match(bare)
        if found is None:
            break
        bare = bare[found.end() :].lstrip()
    return bare or title


def without_dateline(text: str) -> str:
    """A summary without the place, day and agency that it begins with."""
    found = _JAPANESE.match(text) or _ENGLISH.match(text)
    bare = "" if found is None else text[found.end() :].lstrip()
    return bare or text
