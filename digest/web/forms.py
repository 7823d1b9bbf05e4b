"""What the fields of a form say. They come from anybody: each is looked for by name and checked.

Forms are url-encoded, as browsers send ours, or multipart, as RFC 8058 allows mail programs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import HTTP
from enum import StrEnum
from urllib.parse import parse_qsl

from digest.model import AlertWish, Choice, CompanyId, Preferences, TopicId
from digest.subscribers import tokens
from digest.subscribers.addresses import normalise
from digest.subscribers.importing import LANGUAGES, Vocabulary
from digest.subscribers.ownrules import LONGEST_RULE, MOST_RULES, BadRule, added

MAX_FIELDS = 500  # every company and topic ticked is far less
LONGEST_FIELD = 2 * MOST_RULES * LONGEST_RULE  # characters of the rules, with room for a mistake

ADDRESS = "address"
LANGUAGE = "language"
RHYTHM = "rhythm"
COMPANY = "company"
TOPIC = "topic"
SHOWN = "shown"  # when the form was shown, signed
BAIT = "comment"  # a person does not see it; what fills every field does
ALERTS = "alerts"
RULES = "rules"  # one a line
DO = "do"  # which of a page's buttons
WEEKS = "weeks"

ONE_CLICK = ("List-Unsubscribe", "One-Click")

QUICKEST = timedelta(seconds=2)  # in which a person fills in a form
LONGEST = timedelta(hours=24)  # that a form may stand open

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class NotAForm:
    """A body that is none of the forms that we read."""

    status: int  # of HTTP


class Button(StrEnum):
    """The buttons of the page of preferences."""

    SAVE = "save"
    PAUSE = "pause"
    RESUME = "resume"
    MUTE = "mute"
    UNMUTE = "unmute"


class Trouble(StrEnum):
    """What a person has to mend before a form can be taken."""

    NO_ADDRESS = "no address"
    WRONG_ADDRESS = "wrong address"
    UNKNOWN_CHOICE = "unknown choice"
    BAD_RULE = "bad rule"
    NO_RULE = "no rule"
    TOO_QUICK = "too quick"
    TOO_OLD = "too old"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no rule for alerts."""

    number: int  # from 1, of the field
    rule: BadRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form as somebody filled it in, and what is wrong with it."""

    address: str
    preferences: Preferences
    troubles: tuple[Trouble, ...] = ()
    rules: str | None = None  # as they were typed; None: there was no field for them
    bad_line: BadLine | None = None  # the first of them that cannot be taken


def read_form(content_type: str, body: bytes) -> Fields | NotAForm:
    """The fields of a form by their names."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in {"application/x-www-form-urlencoded", ""}:  # some programs name no type
        try:
            pairs = parse_qsl(
                body.decode("ascii", errors="replace"),
                keep_blank_values=True,
                max_num_fields=MAX_FIELDS,
            )
        except ValueError:
            return NotAForm(400)
    elif kind == "multipart/form-data":
        found = _multipart(content_type, body)
        if found is None:
            return NotAForm(400)
        pairs = found
    else:
        return NotAForm(415)
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def _multipart(content_type: str, body: bytes) -> list[tuple[str, str]] | None:
    if not content_type.isascii() or not content_type.isprintable():
        return None
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = message_from_bytes(head + body, policy=HTTP)
    if not message.is_multipart() or message.defects:
        return None
    parts = list(message.iter_parts())
    if len(parts) > MAX_FIELDS:
        return None
    pairs = []
    for part in parts:
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            pairs.append((name, value.decode(errors="replace")))
    return pairs


def is_one_click(fields: Fields) -> bool:
    """Whether a mail program, or our own button, says that a reader wants to leave (RFC 8058)."""
    name, value = ONE_CLICK
    return [each.strip() for each in fields.get(name, ())] == [value]  # some end it with a line


def is_baited(fields: Fields) -> bool:
    """Whether something filled in the field that no person sees."""
    return any(value.strip() for value in fields.get(BAIT, ()))


def timing(fields: Fields, secret: bytes, now: datetime) -> Trouble | None:
    """Whether the form was filled in as fast as only a program does, or stood open for too long."""
    shown = tokens.when_shown(secret, _one(fields, SHOWN))
    if shown is None or not timedelta() <= now - shown + timedelta(seconds=1) <= LONGEST:
        return Trouble.TOO_OLD
    return Trouble.TOO_QUICK if now - shown < QUICKEST else None


def subscription(fields: Fields, vocabulary: Vocabulary, base: Preferences) -> Filled:
    """What the form that asks for a subscription says."""
    address = _one(fields, ADDRESS).strip()[:320]  # no address is longer
    chosen = choice(fields, vocabulary, base)
    troubles = list(chosen.troubles)
    if not address:
        troubles.insert(0, Trouble.NO_ADDRESS)
    else:
        try:
            address = normalise(address)
        except ValueError:
            troubles.insert(0, Trouble.WRONG_ADDRESS)
    return replace(chosen, address=address, troubles=tuple(troubles))


def choice(fields: Fields, vocabulary: Vocabulary, base: Preferences) -> Filled:
    """What a form says of languages, rhythm, companies and topics; `base` stands where it is wrong.

    A name that is not known is not passed over: without it a choice might come to mean all.
    """
    language = _one(fields, LANGUAGE) or base.choice.language
    rhythm = _one(fields, RHYTHM) or base.rhythm
    companies = frozenset(map(CompanyId, fields.get(COMPANY, ())))
    topics = frozenset(map(TopicId, fields.get(TOPIC, ())))
    known = (
        language in LANGUAGES
        and rhythm in {*vocabulary.rhythms, base.rhythm}
        and companies <= vocabulary.companies
        and topics <= vocabulary.topics
    )
    chosen = Preferences(
        choice=Choice(
            language=language if language in LANGUAGES else base.choice.language,
            companies=companies & vocabulary.companies,
            topics=topics & vocabulary.topics,
        ),
        rhythm=rhythm if rhythm in vocabulary.rhythms else base.rhythm,
        alerts=base.alerts,
        rules=base.rules,
    )
    troubles = () if known else (Trouble.UNKNOWN_CHOICE,)
    return Filled(address="", preferences=chosen, troubles=troubles)


def with_alerts(filled: Filled, fields: Fields, vocabulary: Vocabulary) -> Filled:
    """The same with what the form says of alerts and of rules for them, if it asks for them."""
    if RULES not in fields:
        return filled
    wish = _one(fields, ALERTS) or str(filled.preferences.alerts)
    typed = _one(fields, RULES)[:LONGEST_FIELD]
    rules, bad = _rules(typed, vocabulary)
    troubles = list(filled.troubles)
    if wish not in set(AlertWish):
        troubles.append(Trouble.UNKNOWN_CHOICE)
        wish = str(filled.preferences.alerts)
    if bad is not None:
        troubles.append(Trouble.BAD_RULE)
    elif wish == AlertWish.RULES and not rules:
        troubles.append(Trouble.NO_RULE)
    preferences = replace(filled.preferences, alerts=AlertWish(wish), rules=rules)
    return replace(
        filled, preferences=preferences, troubles=tuple(troubles), rules=typed, bad_line=bad
    )


def _rules(text: str, vocabulary: Vocabulary) -> tuple[tuple[str, ...], BadLine | None]:
    """The rules of a field, one a line, and the first line that is none."""
    rules: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            found = added(rules, line, vocabulary.spellings.id_of)
            if isinstance(found, BadRule):
                return rules, BadLine(number, found)
            rules = found
    return rules, None


def _one(fields: Fields, name: str) -> str:
    """The first value of a field."""
    return next(iter(fields.get(name, ())), "")


def button(fields: Fields) -> Button | None:
    """Which of the buttons was pressed, if it is one of ours."""
    pressed = _one(fields, DO)
    return Button(pressed) if pressed in set(Button) else None


def weeks(fields: Fields, allowed: Sequence[int]) -> int | None:
    """For how many weeks, if it is one of those that were offered."""
    return next((each for each in allowed if str(each) == _one(fields, WEEKS)), None)
