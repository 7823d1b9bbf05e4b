"""The small language in which feeds say what to keep and drop, and alerts what to watch for.

    company:nissan and (topic:recall_safety or "fuel pump") and not lang:ja
    company:* and owners>=3 and new

`and` binds closer than `or`, `not` closest. A rule is parsed once into a tree; `str(rule)` prints
text that parses to the same tree.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, NoReturn, assert_never

from digest.model import CompanyId, TopicId
from digest.stories.tokens import lower, normalise

ANY = "*"

Field = Literal["company", "topic", "outlet", "lang", "kind"]
Comparison = Literal[">=", "<=", ">", "<", "="]
Age = Literal["new", "update"]

_FIELDS: tuple[Field, ...] = ("company", "topic", "outlet", "lang", "kind")
_DEEPEST = 50  # levels of brackets and `not`


class RuleError(ValueError):
    """A rule that cannot be read: where, from 0, and what was expected there."""

    def __init__(self, rule: str, position: int, expected: str) -> None:
        self.rule = rule
        self.position = position
        self.expected = expected
        super().__init__(f"at character {position + 1}: {expected}")


@dataclass(frozen=True, slots=True)
class Has:
    """`company:nissan`, `topic:*`: a tag or property of this value, or any."""

    field: Field
    value: str

    def __str__(self) -> str:
        bare = re.fullmatch(_BARE_VALUE, self.value)
        return f"{self.field}:{self.value if bare else _quote(self.value)}"


@dataclass(frozen=True, slots=True)
class Says:
    """`"fuel pump"`: the words stand in the title or summary."""

    words: str

    def __str__(self) -> str:
        return _quote(self.words)


@dataclass(frozen=True, slots=True)
class Owners:
    """`owners>=3`: so many independent outlets tell it."""

    comparison: Comparison
    count: int

    def __str__(self) -> str:
        return f"owners{self.comparison}{self.count}"


@dataclass(frozen=True, slots=True)
class Is:
    """`new` or `update`: the story is told for the first time, or again."""

    age: Age

    def __str__(self) -> str:
        return self.age


@dataclass(frozen=True, slots=True)
class Not:
    """`not rule`."""

    rule: "Rule"

    def __str__(self) -> str:
        return f"not {_bracketed(self.rule, And, Or)}"


@dataclass(frozen=True, slots=True)
class And:
    """`left and right`."""

    left: "Rule"
    right: "Rule"

    def __str__(self) -> str:
        return f"{_bracketed(self.left, Or)} and {_bracketed(self.right, And, Or)}"


@dataclass(frozen=True, slots=True)
class Or:
    """`left or right`."""

    left: "Rule"
    right: "Rule"

    def __str__(self) -> str:
        return f"{self.left} or {_bracketed(self.right, Or)}"


Rule = Has | Says | Owners | Is | Not | And | Or


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a rule is asked about: an entry, or a story with all its reports."""

    companies: frozenset[CompanyId] = frozenset()  # subjects
    topics: frozenset[TopicId] = frozenset()
    outlets: frozenset[str] = frozenset()  # names
    langs: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    text: str = ""
    owners: int = 1
    new: bool = True


def matches(rule: Rule, facts: Facts) -> bool:  # noqa: PLR0911  # one a kind of rule
    """Whether the facts meet the rule."""
    match rule:
        case Has():
            return _has(rule, facts)
        case Says(words):
            return _says(words, facts.text)
        case Owners(comparison, count):
            return _COMPARISONS[comparison](facts.owners, count)
        case Is(age):
            return facts.new == (age == "new")
        case Not(inner):
            return not matches(inner, facts)
        case And(left, right):
            return matches(left, facts) and matches(right, facts)
        case Or(left, right):
            return matches(left, facts) or matches(right, facts)
        case _:
            assert_never(rule)


def names_in(rule: Rule) -> frozenset[str]:
    """The companies, topics and kinds of feeds that a rule names, as "company:nissan"."""
    match rule:
        case Has("company" | "topic" | "kind" as field, value) if value != ANY:
            return frozenset({f"{field}:{value}"})
        case Not(inner):
            return names_in(inner)
        case And(left, right) | Or(left, right):
            return names_in(left) | names_in(right)
        case _:
            return frozenset()


def _has(rule: Has, facts: Facts) -> bool:
    values: frozenset[str]
    match rule.field:
        case "company":
            values = frozenset(facts.companies)
        case "topic":
            values = frozenset(facts.topics)
        case "outlet":
            values = frozenset(_fold(outlet) for outlet in facts.outlets)
            return bool(values) if rule.value == ANY else _fold(rule.value) in values
        case "lang":
            values = facts.langs
        case "kind":
            values = facts.kinds
        case _:
            assert_never(rule.field)
    return bool(values) if rule.value == ANY else rule.value in values


_COMPARISONS: Mapping[Comparison, Callable[[int, int], bool]] = MappingProxyType(
    {
        ">=": operator.ge,
        "<=": operator.le,
        ">": operator.gt,
        "<": operator.lt,
        "=": operator.eq,
    }
)


def _fold(text: str) -> str:
    return lower(normalise(text))


def _says(words: str, text: str) -> bool:
    """Whole Latin words, anything else as it stands; case and width do not matter."""
    wanted, told = _fold_words(words), _fold_text(text)
    if wanted not in told:  # as nearly always, and a search by pattern takes a hundred times that
        return False
    left = r"(?<![a-z0-9])" if wanted[:1].isascii() and wanted[:1].isalnum() else ""
    right = r"(?![a-z0-9])" if wanted[-1:].isascii() and wanted[-1:].isalnum() else ""
    return re.search(f"{left}{re.escape(wanted)}{right}", told) is not None


# Thousands of rules are asked about one text.
_fold_words = lru_cache(maxsize=20_000)(_fold)
_fold_text = lru_cache(maxsize=16)(_fold)


# --- reading -----------------------------------------------------------------------------------

_CONDITION = 'a condition such as company:nissan, topic:ev, "words", owners>=3 or new'
_NEXT = '"and", "or" or the end'
_BARE_VALUE = r"[\w*.-]+"
_TOKEN = re.compile(
    r"""\s*(?:(?P<bracket>[()])
    |(?P<field>company|topic|outlet|lang|kind)\s*:\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>"""
    + _BARE_VALUE
    + r"""))
    |(?P<owners>owners)\s*(?P<comparison>>=|<=|>|<|=)\s*(?P<count>\d{1,6})
    |"(?P<words>(?:[^"\\]|\\.)*)"
    |(?P<word>and|or|not|new|update)(?![\w:])
    |(?P<end>$))""",
    re.VERBOSE,
)


@lru_cache(maxsize=1024)  # hundreds of feeds share a few rules, and each is read more than once
def parse(text: str) -> Rule:
    """Read a rule. Raises RuleError with the place and what was expected there."""
    return _Parser(text).rule()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0

    def rule(self) -> Rule:
        found = self._either()
        if self._now.lastgroup != "end":
            self._fail(_NEXT)
        return found

    @property
    def _now(self) -> re.Match[str]:
        return self._tokens[self._at]

    def _take(self, word: str) -> bool:
        if self._now.group().strip() != word:
            return False
        self._at += 1
        return True

    def _fail(self, expected: str) -> NoReturn:
        raise RuleError(self._text, _start(self._now), expected)

    def _either(self) -> Rule:
        found = self._both()
        while self._take("or"):
            found = Or(found, self._both())
        return found

    def _both(self) -> Rule:
        found = self._single()
        while self._take("and"):
            found = And(found, self._single())
        return found

    def _single(self) -> Rule:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._fail("fewer brackets: the rule is too deep")
        try:
            if self._take("not"):
                return Not(self._single())
            if self._take("("):
                found = self._either()
                if not self._take(")"):
                    self._fail('")"')
                return found
            return self._leaf()
        finally:
            self._depth -= 1

    def _leaf(self) -> Rule:
        token = self._now
        found: Rule
        if token["field"]:
            value = token["bare"] if token["quoted"] is None else _unquote(token["quoted"])
            found = Has(_field(token["field"]), value)
        elif token["owners"]:
            found = Owners(_comparison(token["comparison"]), int(token["count"]))
        elif token["words"] is not None:
            found = Says(_unquote(token["words"]))
        elif token["word"] == "new":
            found = Is("new")
        elif token["word"] == "update":
            found = Is("update")
        else:
            self._fail(_CONDITION)
        if (isinstance(found, Says) and not found.words.strip()) or (
            isinstance(found, Has) and not found.value.strip()
        ):
            self._fail("words between the quotes")
        self._at += 1
        return found


def _tokens(text: str) -> Iterator[re.Match[str]]:
    position = 0
    over = False  # a condition has just ended
    while True:
        match = _TOKEN.match(text, position)
        if match is None:
            raise _misread(text, position, over=over)
        yield match
        over = match.lastgroup in _ENDINGS or match.group().strip() in {")", "new", "update"}
        if match.lastgroup == "end":
            return
        position = match.end()


_ENDINGS = frozenset({"quoted", "bare", "count", "words"})
_NAMED = "company|topic|outlet|lang|kind"
# What people write instead, up to the place where it goes wrong, and what may stand there.
_WRONG: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), expected)
    for pattern, expected in (
        (rf'(?:(?:{_NAMED})\s*:\s*)?(?=")', "a second quote, which ends the words"),
        (rf"(?:{_NAMED})\s*:\s*", 'a value such as nissan or "Nikkei Asia"'),
        (rf"(?:{_NAMED})\b\s*", 'a colon and a value, such as :nissan or :"Nikkei Asia"'),
        (r"owners\s*(?:>=|<=|>|<|=)\s*", "a whole number of at most six digits"),
        (r"owners\b\s*", ">=, <=, >, < or = and a number, such as >=3"),
        (r"(?=(?i:and|or|not|new|update)(?![\w:]))", "small letters: and, or, not, new, update"),
        (r"(?=\w+\s*:)", "company:ID, topic:ID, outlet:NAME, lang:xx or kind:KIND"),
    )
)


def _misread(text: str, position: int, *, over: bool) -> RuleError:
    """The error for text in which no token begins at a position."""
    start = position + len(text[position:]) - len(text[position:].lstrip())
    for wrong, expected in _WRONG:
        found = wrong.match(text, start)
        if found is not None:
            return RuleError(text, found.end(), expected)
    expected = _NEXT if over else _CONDITION
    if text[start].isalnum():
        expected += "; several words stand in quotes" if over else "; words stand in quotes"
    return RuleError(text, start, expected)


def _start(token: re.Match[str]) -> int:
    return token.end() - len(token.group().lstrip())


def _field(text: str) -> Field:
    return next(field for field in _FIELDS if field == text)


def _comparison(text: str) -> Comparison:
    return next(comparison for comparison in _COMPARISONS if comparison == text)


def _quote(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unquote(words: str) -> str:
    return re.sub(r"\\(.)", r"\1", words, flags=re.DOTALL)


def _bracketed(rule: Rule, *looser: type) -> str:
    return f"({rule})" if isinstance(rule, looser) else str(rule)
