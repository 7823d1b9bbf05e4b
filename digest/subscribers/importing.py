"""Reads lists of subscribers, CSV or TOML, into candidates; every bad row says where it stands.

Whether a candidate may join is for the desk to decide.
"""

import csv
import io
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from digest.model import (
    AlertWish,
    Choice,
    CompanyId,
    Consent,
    Preferences,
    Status,
    TopicId,
)
from digest.subscribers.addresses import normalise
from digest.subscribers.names import Spellings
from digest.subscribers.ownrules import BadRule, added, described
from digest.tomllines import find_line

COLUMNS = (
    "email", "name", "language", "rhythm", "companies", "topics",
    "status", "consent_at", "consent_how", "consent_text",
)  # fmt: skip
FREE_COLUMNS = frozenset({"name", "consent_how", "consent_text"})  # which people write as they like
MORE_COLUMNS = ("alerts", "rules", "paused_until", "muted_until")
LANGUAGES = ("en", "ja")
TABLE = "subscribers"
RULE_ENDS = "\n"  # between rules, which have none
# Who is not asked is recorded as they were elsewhere; the departed, so that they stay so.
RECORDED = (Status.ACTIVE, Status.PAUSED, Status.SUSPENDED, Status.LEFT)
_NEED_CONSENT = frozenset({Status.ACTIVE, Status.PAUSED, Status.SUSPENDED})
_NAME_ENDS = re.compile(r"[,;、；，\t\n]")
_WORD_ENDS = re.compile(r"[\s・/]+")  # where what stands between two of those is no name
_DELIMITERS = (",", ";", "\t")
# With which an export keeps what looks like a formula from being one in a spreadsheet.
_APOSTROPHE = re.compile(r"^'(?='*[=+@\t-])")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was written: its line and its columns."""

    line: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The names that a reader may choose from."""

    rhythms: frozenset[str]
    companies: frozenset[CompanyId]
    topics: frozenset[TopicId]
    spellings: Spellings = field(default_factory=Spellings)  # what people may call them by mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What counts where a row says nothing."""

    preferences: Preferences = field(default_factory=Preferences)
    status: Status = Status.PENDING  # or ACTIVE, with the words of a consent
    consent_words: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A row that can be used."""

    line: int
    address: str
    name: str
    preferences: Preferences
    status: Status  # pending: they are asked
    consent: Consent | None
    paused_until: datetime | None = None
    muted_until: datetime | None = None  # of who is recorded: who is asked gets no alerts yet


def decoded(data: bytes) -> str:
    """The text of a list as spreadsheets write it: UTF-8, UTF-16 with its mark, or Shift_JIS.

    Raises ValueError if it is none of these.
    """
    encodings = ("utf-16",) if data.startswith(_UTF_16) else ("utf-8-sig", "cp932")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            pass
    raise ValueError(
        "the text cannot be read; it must be in UTF-8, in UTF-16 with a byte order mark,"
        " or in Shift_JIS (cp932)"
    )


def read_csv(text: str) -> list[Row]:
    """The rows of a CSV file with a header; empty lines are skipped.

    Its fields are parted by commas, semicolons or tabs: by what parts the header.

    Raises ValueError if the header cannot be used, or the file is no CSV from some line on.
    """
    text = text.removeprefix("\ufeff")
    records = _records(text, _delimiter(text))
    _, first = next(records, (1, []))
    header = [name.strip().lower() for name in first]
    _check_columns(header, "the first line")
    rows = []
    for line, fields in records:
        if any(field.strip() for field in fields):
            # A longer row keeps its surplus under a name of no column, which read_row reports.
            surplus = {"": ",".join(fields[len(header) :])} if len(fields) > len(header) else {}
            values = dict(zip(header, fields, strict=False))
            for name in FREE_COLUMNS & values.keys():
                values[name] = _APOSTROPHE.sub("", values[name], count=1)
            rows.append(Row(line, values | surplus))
    return rows


def _delimiter(text: str) -> str:
    """What parts the header into the most names; a comma if nothing does."""
    header = text.splitlines()[0] if text else ""
    return max(_DELIMITERS, key=header.count)


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV file, each with the line that it ends at."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begins = 1
    try:
        for fields in reader:
            yield reader.line_num, fields
            begins = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"line {begins}: {error}; is there a quote that never ends?") from error


def read_toml(text: str) -> list[Row]:
    """The `[[subscribers]]` tables of a TOML file. Raises ValueError if there are none."""
    tables = tomllib.loads(text).get(TABLE)
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ValueError(f"each reader needs a table [[{TABLE}]] with at least email = …")
    return [
        Row(
            find_line(text, [TABLE, number]) or number + 1,
            {
                str(key): _toml_text(value, RULE_ENDS if key == "rules" else ", ")
                for key, value in table.items()
            },
        )
        for number, table in enumerate(tables)
    ]


def read_row(
    row: Row, vocabulary: Vocabulary, defaults: Defaults, now: datetime
) -> Candidate | BadRow:
    """Check one row; a bad one names everything that is wrong with it."""
    values = {key: value.strip() for key, value in row.values.items()}
    problems: list[str] = []
    if "" in values:
        problems.append("more fields than the header names")
    unknown = sorted(set(values) - {"", *COLUMNS, *MORE_COLUMNS})
    if unknown:
        problems.append(f"no such column: {', '.join(unknown)}")
    address = _address(values.get("email", ""), problems)
    preferences = choose(values, vocabulary, defaults.preferences, problems)
    status = _status(values, defaults, problems)
    consent = _consent(values, status, defaults, now, problems)
    paused = _moment("paused_until", values, problems)
    muted = _moment("muted_until", values, problems)
    if problems:
        return BadRow(row.line, "; ".join(problems))
    return Candidate(
        line=row.line,
        address=address,
        name=" ".join(values.get("name", "").split()),
        preferences=preferences,
        status=status,
        consent=consent,
        paused_until=paused if status is Status.PAUSED else None,
        muted_until=None if status is Status.PENDING else muted,
    )


def choose(
    values: Mapping[str, str], vocabulary: Vocabulary, base: Preferences, problems: list[str]
) -> Preferences:
    """Preferences from columns such as "language" and "topics"; what they leave out is of `base`.

    What is wrong is added to `problems`.
    """
    language = values.get("language", "").lower() or base.choice.language
    if language not in LANGUAGES:
        problems.append(f"language {language!r} is none of {', '.join(LANGUAGES)}")
    rhythm = values.get("rhythm", "").lower() or base.rhythm
    if rhythm not in vocabulary.rhythms:
        problems.append(f"rhythm {rhythm!r} is none of {', '.join(sorted(vocabulary.rhythms))}")
    companies = _names(values.get("companies", ""), vocabulary, "company", problems)
    topics = _names(values.get("topics", ""), vocabulary, "topic", problems)
    return Preferences(
        choice=Choice(
            language=language,
            companies=frozenset(map(CompanyId, companies)) or base.choice.companies,
            topics=frozenset(map(TopicId, topics)) or base.choice.topics,
        ),
        rhythm=rhythm,
        alerts=_alerts(values.get("alerts", ""), base.alerts, problems),
        rules=_rules(values.get("rules", ""), vocabulary, problems) or base.rules,
    )


def _alerts(text: str, base: AlertWish, problems: list[str]) -> AlertWish:
    wish = text.lower() or str(base)
    if wish not in set(AlertWish):
        problems.append(f"alerts {wish!r} is none of {', '.join(AlertWish)}")
        return base
    return AlertWish(wish)


def _rules(text: str, vocabulary: Vocabulary, problems: list[str]) -> tuple[str, ...]:
    rules: tuple[str, ...] = ()
    for line in filter(str.strip, text.split(RULE_ENDS)):
        found = added(rules, line, vocabulary.spellings.id_of)
        if isinstance(found, BadRule):
            problems.append(f"rule {found.words!r}: {described(found, 'en')}")
        else:
            rules = found
    return rules


def _check_columns(names: Sequence[str], where: str) -> None:
    unknown = sorted(set(names) - {*COLUMNS, *MORE_COLUMNS})
    if unknown or "email" not in names:
        wrong = f"unknown: {', '.join(unknown)}" if unknown else "email is missing"
        known = ", ".join((*COLUMNS, *MORE_COLUMNS))
        raise ValueError(f"{where} must name columns of {known} ({wrong})")
    if len(set(names)) != len(names):
        raise ValueError(f"{where} names a column twice")


def _toml_text(value: object, joint: str) -> str:
    match value:
        case list():
            return joint.join(map(str, value))
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value)


def _address(text: str, problems: list[str]) -> str:
    if not text:
        problems.append("email is missing")
        return ""
    try:
        return normalise(text)
    except ValueError as error:
        problems.append(str(error))
        return ""


def _names(text: str, vocabulary: Vocabulary, what: str, problems: list[str]) -> list[str]:
    """The ids of companies or topics, which may be called by any of their names."""
    found: list[str] = []
    for name in filter(None, map(str.strip, _NAME_ENDS.split(text))):
        whole = _id_of(name, vocabulary, what)
        for word in [] if whole else filter(None, _WORD_ENDS.split(name)):
            id_ = _id_of(word, vocabulary, what)
            if id_ is None:
                problems.append(f"{what} {word!r} is not known")
            else:
                found.append(id_)
        found += [whole] if whole else []
    return found


def _id_of(name: str, vocabulary: Vocabulary, what: str) -> str | None:
    known: Collection[str] = vocabulary.companies if what == "company" else vocabulary.topics
    if name.lower() in known:
        return name.lower()
    id_ = vocabulary.spellings.id_of(what, name)
    return id_ if id_ in known else None


def _status(values: Mapping[str, str], defaults: Defaults, problems: list[str]) -> Status:
    status = values.get("status", "").lower() or str(defaults.status)
    if status in {Status.PENDING, *RECORDED}:
        return Status(status)
    known = ", ".join((Status.PENDING, *RECORDED))
    problems.append(f"status {status!r} is not imported, only these are: {known}")
    return defaults.status


def _consent(
    values: Mapping[str, str],
    status: Status,
    defaults: Defaults,
    now: datetime,
    problems: list[str],
) -> Consent | None:
    words = values.get("consent_text") or defaults.consent_words
    at = _moment("consent_at", values, problems)
    if not words and status in _NEED_CONSENT:
        problems.append(f"{status} needs the words that the reader agreed to, in consent_text")
    if not words or status is Status.PENDING:
        return None
    how = values.get("consent_how") or "recorded by the operator"
    return Consent(at=at or now, how=how, words=words)


def _moment(name: str, values: Mapping[str, str], problems: list[str]) -> datetime | None:
    text = values.get(name, "")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        problems.append(f"{name} {text!r} is no date such as 2026-11-16 or 2026-11-16T07:00Z")
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
