"""Which words of the lexicon feeds.toml names, and which of them the lexicon does not know.

What few commands need is imported where they need it: the lexicon takes a second to read.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from digest import settings as s
from digest.config import FILE, parse_toml, read
from digest.english import meant
from digest.errors import ConfigError, Problem
from digest.feedstoml import BUILT_IN, LEXICON_TABLES
from digest.model import FeedKind
from digest.tomllines import find_line

if TYPE_CHECKING:
    from digest.stories.lexicon import Lexicon
    from digest.stories.rules import Rule


def lexicon_of(settings: s.Settings) -> "Lexicon":
    """The lexicon that the settings ask for. Raises ConfigError with every problem."""
    from digest.stories.load import load_lexicon

    return load_lexicon(settings.lexicon, settings.user_lexicon, _text(settings))


def own_lexicon_texts(settings: s.Settings) -> list[tuple[str, str]]:
    """The operator's files that tables of the lexicon stand in, by name, each with its text."""
    from digest.stories.load import own_texts

    return own_texts(settings.lexicon, _text(settings))


def _text(settings: s.Settings) -> str:
    path = settings.project / FILE
    return path.read_text(encoding="utf-8") if path.exists() else ""


def fitting_lexicon(settings: s.Settings) -> "Lexicon":
    """The same, which knows every word that the settings name. Raises ConfigError if not."""
    lexicon = lexicon_of(settings)
    problems = check_words(settings, lexicon)
    if problems:
        raise ConfigError(problems)
    return lexicon


def uses_only_built_in(settings: s.Settings) -> bool:
    """Whether all words are surely right: those of the built-in lexicon, and none of the project's.

    Told by the ids in its files alone, in a fiftieth of the time that reading them takes. Where it
    is False, `fitting_lexicon` knows.
    """
    from digest.stories.ids import built_in_ids

    if settings.lexicon is not None or any(settings.user_lexicon.values()):
        return False
    texts = [text for feed in settings.feeds for text in (*feed.keep, *feed.drop)]
    texts += [rule.match for rule in settings.alerts.rules]
    names = {name for rule in _rules(texts) for name in _names_in(rule)}
    names |= {f"topic:{topic}" for topic in settings.sections}
    names -= {f"kind:{kind}" for kind in FeedKind}
    return not names or names <= built_in_ids()


def check_words(settings: s.Settings, lexicon: "Lexicon") -> list[Problem]:
    """Names in the settings that the lexicon does not know."""
    text = (settings.project / FILE).read_text(encoding="utf-8")
    feeds = [{"keep": feed.keep, "drop": feed.drop} for feed in settings.feeds]
    problems = _unknown_words(settings.sections, feeds, lexicon, text)
    rules = [{"match": rule.match} for rule in settings.alerts.rules]
    problems += _unknown_in_rules("alerts", ("match",), rules, lexicon, text)
    if problems and settings.lexicon is not None:
        allowed = (
            "these sections, keep and drop name words of the built-in lexicon, which a folder"
            " replaces whole: name those of the folder, or leave these keys out"
        )
        from digest.stories.load import written

        line = find_line(text, ["digest", "lexicon"])
        problems.append(Problem("digest.lexicon", written(settings.lexicon, text), allowed, line))
    return problems


def check_lexicon(project: Path) -> list[Problem]:
    """What is wrong with the words and the lexicon tables of a file that is wrong elsewhere too.

    Looks at what can be looked at: everything else has been reported by `load`.
    """
    from digest.stories.load import load_lexicon

    try:
        text = read(project / FILE)
        raw = parse_toml(text)
        tables = {name: raw[name] for name in LEXICON_TABLES if _is_tables(raw.get(name))}
        head = raw.get("digest")
        lexicon = load_lexicon(_folder(project, head), tables, text)
    except ConfigError as error:
        return [p for p in error.problems if (p.key, p.file) not in {(FILE, FILE), ("TOML", FILE)}]
    sections = head.get("sections") if isinstance(head, dict) else None
    feeds, alerts = raw.get("feeds"), raw.get("alerts")
    problems = _unknown_words(
        sections if isinstance(sections, list) else [],
        feeds if _is_tables(feeds) else [],
        lexicon,
        text,
    )
    rules = alerts if _is_tables(alerts) else []
    return problems + _unknown_in_rules("alerts", ("match",), rules, lexicon, text)


def _folder(project: Path, head: object) -> Path | None:
    """The folder that the unchecked [digest] table names for a lexicon."""
    named = head.get("lexicon") if isinstance(head, dict) else None
    return project / named if isinstance(named, str) and named not in {"", BUILT_IN} else None


def _is_tables(value: object) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _unknown_words(
    sections: Iterable[object],
    feeds: Iterable[Mapping[str, Any]],
    lexicon: "Lexicon",
    text: str,
) -> list[Problem]:
    there_are = f": {', '.join(lexicon.topics)}"
    problems = [
        Problem(
            "digest.sections",
            repr(topic),
            f"a topic of the lexicon{meant(str(topic), lexicon.topics) or there_are}",
            find_line(text, ["digest", "sections"]),
        )
        for topic in sections
        if topic not in lexicon.topics
    ]
    return problems + _unknown_in_rules("feeds", ("keep", "drop"), feeds, lexicon, text)


def _unknown_in_rules(
    table: str,
    keys: Iterable[str],
    given: Iterable[Mapping[str, Any]],
    lexicon: "Lexicon",
    text: str,
) -> list[Problem]:
    """Names that the rules of such tables use and the lexicon does not know."""
    return [
        Problem(
            f"{table}[{number}].{key}",
            repr(name),
            f"a company or topic of the lexicon, or a kind of feed{hint}",
            find_line(text, [table, number, key]),
        )
        for number, each in enumerate(given)
        for key in keys
        for rule in _rules(each.get(key, ()))
        for name, hint in unknown_names(rule, lexicon).items()
    ]


def _rules(texts: object) -> "list[Rule]":
    """The rules that can be read; those that cannot are reported as wrong values."""
    from digest.stories.rules import parse

    found = []
    for text in texts if isinstance(texts, list | tuple) else (texts,):
        with suppress(ValueError):
            found.append(parse(str(text)))
    return found


def _names_in(rule: "Rule") -> frozenset[str]:
    from digest.stories.rules import names_in

    return names_in(rule)


def unknown_names(rule: "Rule", lexicon: "Lexicon") -> dict[str, str]:
    """The companies and topics that a rule names and the lexicon does not know; wrong kinds.

    Each with what may be meant by it, as `meant` says that.
    """
    known: dict[str, Collection[str]] = {
        "company": lexicon.companies,
        "topic": lexicon.topics,
        "kind": tuple(FeedKind),
    }
    found = {}
    for name in sorted(_names_in(rule)):
        what, _, word = name.partition(":")
        if word not in known[what]:
            found[name] = meant(word, known[what])
    return found
