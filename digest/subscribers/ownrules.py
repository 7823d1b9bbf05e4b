"""A reader's own alert rules: what they type, with names of ours in it, or why not.

The language is that of stories/rules.py. Companies and topics may be called what people call them,
and quotes be those that phones make; what is kept is the rule as that language prints it.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto

from digest.issues.widths import width
from digest.model import FeedKind
from digest.stories.rules import ANY, And, Has, Not, Or, Rule, RuleError, parse

MOST_RULES = 10
LONGEST_RULE = 200  # characters
_PLACE = 72  # columns of a rule that is shown with a mark

# The id of a company or topic that somebody names, or None: ("company", "日産") is "nissan".
IdOf = Callable[[str, str], str | None]

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»「」『』〝〟", '"'))


class Fault(Enum):
    """What is wrong with a rule."""

    UNREADABLE = auto()
    UNKNOWN = auto()  # a company, topic or kind of feed in it
    LONG = auto()
    ONE_MORE = auto()  # there are MOST_RULES already
    ABSENT = auto()  # it was to be removed, and there is none such
    NO_WISH = auto()  # a word where none, breaking, rules or a rule was expected
    ONLY_ALERTS = auto()  # fewer alerts for somebody whose rhythm is alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRule:
    """A rule that cannot be taken, and where and why."""

    words: str  # as it was read
    fault: Fault
    position: int = 0  # of the character where it goes wrong, from 0
    expected: str = ""  # there, in English, in words of ours


def tidy(text: str) -> str:
    """A rule as it is read: one width, one case, plain quotes, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_QUOTES).casefold().split())


def read_rule(text: str, id_of: IdOf) -> str | BadRule:
    """A rule in the words that it is kept in."""
    words = tidy(text)
    if len(words) > LONGEST_RULE:
        return BadRule(words=words, fault=Fault.LONG, position=LONGEST_RULE)
    try:
        kept = str(_named(parse(words), words, id_of))
    except RuleError as error:
        return BadRule(
            words=words,
            fault=Fault.UNREADABLE,
            position=error.position,
            expected=error.expected,
        )
    except _UnknownNameError as error:
        return BadRule(words=words, fault=Fault.UNKNOWN, position=error.position)
    return kept if len(kept) <= LONGEST_RULE else BadRule(words=kept, fault=Fault.LONG)


class _UnknownNameError(Exception):
    def __init__(self, position: int) -> None:
        super().__init__()
        self.position = position


def _named(rule: Rule, words: str, id_of: IdOf) -> Rule:
    """The same rule by our ids."""
    match rule:
        case Has("company" | "topic" | "kind" as field, value) if value != ANY:
            id_ = _kind(value) if field == "kind" else id_of(field, value)
            if id_ is None:
                said = re.search(rf'{field}\s*:\s*"?({re.escape(value)})', words)
                raise _UnknownNameError(said.start(1) if said else 0)
            return Has(field, id_)
        case Not(inner):
            return Not(_named(inner, words, id_of))
        case And(left, right):
            return And(_named(left, words, id_of), _named(right, words, id_of))
        case Or(left, right):
            return Or(_named(left, words, id_of), _named(right, words, id_of))
        case _:
            return rule


def _kind(value: str) -> str | None:
    return value if value in [*FeedKind] else None


def wished(rule: BadRule) -> BadRule:
    """What is wrong with a line "alerts: loud": a single word tries to be a wish, not a rule."""
    if rule.fault is Fault.UNREADABLE and re.fullmatch(r"[\w-]+", rule.words):
        return replace(rule, fault=Fault.NO_WISH)
    return rule


def added(rules: tuple[str, ...], text: str, id_of: IdOf) -> tuple[str, ...] | BadRule:
    """These rules and one more; the same where it is among them."""
    found = read_rule(text, id_of)
    if isinstance(found, BadRule) or found in rules:
        return found if isinstance(found, BadRule) else rules
    if len(rules) >= MOST_RULES:
        return BadRule(words=found, fault=Fault.ONE_MORE)
    return (*rules, found)


def removed(
    rules: tuple[str, ...], which: str, numbered: tuple[str, ...], id_of: IdOf
) -> tuple[str, ...] | BadRule:
    """These rules without one: by its words, or by its number in `numbered`, from 1."""
    number = int(which) if which.isascii() and which.isdigit() else 0
    found = numbered[number - 1] if 0 < number <= len(numbered) else read_rule(which, id_of)
    if isinstance(found, BadRule) or found not in numbered:
        return BadRule(words=tidy(which), fault=Fault.ABSENT)
    return tuple(rule for rule in rules if rule != found)


_ENGLISH = {
    Fault.UNREADABLE: "this rule cannot be read from character {place} on; expected: {expected}",
    Fault.UNKNOWN: "the name at character {place} is none of a company, topic or kind that we know",
    Fault.LONG: "this rule is longer than {longest} characters",
    Fault.ONE_MORE: "there are {most} rules already; remove one first",
    Fault.ABSENT: "there is no such rule to remove",
    Fault.NO_WISH: "alerts are none, breaking or rules; a rule of your own is such as {example}",
    Fault.ONLY_ALERTS: (
        "your rhythm is alerts: what breaks, and what meets rules of your own; choose another"
        " rhythm for less of them, or write unsubscribe"
    ),
}
_JAPANESE = {
    Fault.UNREADABLE: "条件の{place}文字目から先を読み取れません（例：{example}）",
    Fault.UNKNOWN: "条件の{place}文字目の名前が、会社・トピック・種類の一覧にありません",
    Fault.LONG: "条件が{longest}文字を超えています",
    Fault.ONE_MORE: "条件はすでに{most}件あります。先にどれかを削除してください",
    Fault.ABSENT: "削除する条件が見つかりません",
    Fault.NO_WISH: "速報に指定できるのは、なし・重大・条件のいずれかです（条件の例：{example}）",
    Fault.ONLY_ALERTS: (
        "頻度が「速報」のため、重大なニュースとご自分の条件の両方をお届けしています。"
        "減らすには別の頻度を選ぶか、「配信停止」とお送りください"
    ),
}
EXAMPLE = "company:nissan and topic:recall_safety"


def described(bad: BadRule, language: str) -> str:
    """What is wrong with a rule, in a language; none of its words are told."""
    return (_JAPANESE if language == "ja" else _ENGLISH)[bad.fault].format(
        place=bad.position + 1,
        expected=bad.expected,
        example=EXAMPLE,
        longest=LONGEST_RULE,
        most=MOST_RULES,
    )


def pointed(bad: BadRule) -> str:
    """The rule with a mark under the character where it goes wrong; "" where there is none.

    Of a rule that is wider than a line, what stands around that character.
    """
    if bad.fault not in {Fault.UNREADABLE, Fault.UNKNOWN}:
        return ""
    words, at = bad.words, bad.position
    start, end = 0, len(words)
    if width(words) > _PLACE:
        while width(words[start:at]) > _PLACE // 2:
            start += 1
        while width(words[start:end]) > _PLACE:
            end -= 1
    return f"{words[start:end]}\n{' ' * width(words[start:at])}^"
