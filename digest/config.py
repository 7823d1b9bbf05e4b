"""feeds.toml and the environment become Settings, or one ConfigError with every problem.

Defaults < feeds.toml < environment (`DIGEST_SECTION__KEY`).
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import tomli_w
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from digest import settings as s
from digest.errors import ConfigError, Problem
from digest.feedstoml import FeedTable, FileTable, MailTable, feed_id
from digest.mail.senders import freemail_problem, parse_sender
from digest.model import FeedId, TopicId
from digest.stories.lexicon import Lexicon
from digest.stories.rules import Rule, names_in, parse
from digest.tomllines import find_line

FILE = "feeds.toml"
LEXICON_TABLES = ("company", "topic", "concept", "outlet")


def load(project: Path, environment: Mapping[str, str], *, needed: bool = True) -> s.Settings:
    """The settings of a project folder; all defaults if it has none and that is allowed.

    Raises ConfigError with every problem found.
    """
    path = project / FILE
    text = _read(path) if needed or path.exists() else ""
    return _load_text(text, project, environment)


def _load_text(text: str, project: Path, environment: Mapping[str, str]) -> s.Settings:
    raw = _parse(text)
    problems = _override(raw, environment)
    parsed: FileTable | None = None
    try:
        parsed = FileTable.model_validate(raw)
    except ValidationError as error:
        problems += [_problem(e, text) for e in error.errors(include_url=False)]
    problems += _repeated_feeds(raw, text)
    if parsed is not None:
        problems += _mail_problems(parsed, project, text)
    if parsed is None or problems:
        raise ConfigError(problems)
    return _settings(parsed, project)


def append_feed(project: Path, table: Mapping[str, Any]) -> None:
    """Append a [[feeds]] block to feeds.toml, whose comments and order stay as they are.

    Raises ConfigError, and writes nothing, if the file would not be valid with it.
    """
    path = project / FILE
    before = path.read_text(encoding="utf-8")
    after = f"{before.rstrip()}\n\n[[feeds]]\n{tomli_w.dumps(table)}"
    _load_text(after, project, {})
    temporary = path.with_name(f".{FILE}.part")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(after)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def check_words(settings: s.Settings, lexicon: Lexicon) -> list[Problem]:
    """Names in the settings that the lexicon does not know."""
    text = (settings.project / FILE).read_text(encoding="utf-8")
    problems = [
        Problem(
            "digest.sections",
            repr(topic),
            f"a topic of the lexicon: {', '.join(lexicon.topics)}",
            find_line(text, ["digest", "sections"]),
        )
        for topic in settings.sections
        if topic not in lexicon.topics
    ]
    for number, feed in enumerate(settings.feeds):
        for key, rules in (("keep", feed.keep), ("drop", feed.drop)):
            for rule in map(parse, rules):
                problems += [
                    Problem(
                        f"feeds[{number}].{key}",
                        repr(name),
                        "a company or topic of the lexicon",
                        find_line(text, ["feeds", number, key]),
                    )
                    for name in _unknown_names(rule, lexicon)
                ]
    return problems


def _unknown_names(rule: Rule, lexicon: Lexicon) -> list[str]:
    known = {f"company:{c}" for c in lexicon.companies} | {f"topic:{t}" for t in lexicon.topics}
    return [name for name in names_in(rule) if name not in known]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        allowed = (
            f"there is none in {path.parent}; `digest init` writes one, --project names another"
        )
        raise ConfigError([Problem(FILE, "", allowed)]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(FILE, "", f"cannot be read: {error}")]) from error


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        raise ConfigError([Problem("TOML", "", str(error), int(at[1]) if at else None)]) from error


def _override(raw: dict[str, Any], environment: Mapping[str, str]) -> list[Problem]:
    """Lay `DIGEST_MAIL__PASSWORD=…` over `[mail] password`; values are TOML or plain text."""
    problems = []
    for name, value in environment.items():
        if not name.startswith("DIGEST_") or "__" not in name:
            continue
        *tables, key = name.removeprefix("DIGEST_").lower().split("__")
        target: Any = raw
        for table in tables:
            target = target.setdefault(table, {}) if isinstance(target, dict) else None
        if not isinstance(target, dict):
            found = "not a table"
            problems.append(Problem(name, found, "DIGEST_SECTION__KEY", file="environment"))
            continue
        try:
            target[key] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            target[key] = value
    return problems


def _problem(error: ErrorDetails, text: str) -> Problem:
    location: Sequence[str | int] = [p for p in error["loc"] if p != "[key]"]
    key = ""
    for part in location:
        key += f"[{part}]" if isinstance(part, int) else f".{part}"
    found = error["input"]
    allowed = error["msg"].removeprefix("Value error, ")
    match error["type"]:
        case "extra_forbidden":
            shown, allowed = "a key that is not known", "remove it, or mend its name"
        case "missing":
            shown, allowed = "nothing", "it is needed"
        case _:
            shown = repr(found) if isinstance(found, str | int | float | bool) else "something else"
    if location and location[-1] == "password":
        shown = "a secret"
    return Problem(key.removeprefix("."), shown, allowed, find_line(text, location))


def _repeated_feeds(raw: Mapping[str, Any], text: str) -> list[Problem]:
    feeds = raw.get("feeds")
    problems = []
    urls: dict[str, int] = {}
    ids: dict[str, int] = {}
    for number, feed in enumerate(feeds if isinstance(feeds, list) else []):
        url = feed.get("url") if isinstance(feed, dict) else None
        if not isinstance(url, str):
            continue  # reported as a wrong value already
        name = str(feed.get("id") or _feed_id_or(url))
        for key, value, seen in (("url", url, urls), ("id", name, ids)):
            first = seen.setdefault(value, number)
            if first != number:
                problems.append(
                    Problem(
                        f"feeds[{number}].{key}",
                        repr(value),
                        f"each feed once; feeds[{first}] has it too",
                        find_line(text, ["feeds", number, key]),
                    )
                )
                break  # the same URL gives the same id: one problem, not two
    return problems


def _feed_id_or(url: str) -> str:
    try:
        return feed_id(url)
    except ValueError:  # reported as a bad URL already
        return url


def _mail_problems(parsed: FileTable, project: Path, text: str) -> list[Problem]:
    mail = parsed.mail
    problems = []
    _, address = parse_sender(mail.sender)
    if mail.smtp is not None:
        freemail = freemail_problem(address, mail.smtp.host)
        if freemail:
            line = find_line(text, ["mail", "from"])
            problems.append(Problem("mail.from", repr(mail.sender), freemail, line))
    if mail.password_file is not None:
        try:
            _password(mail, project)
        except (OSError, UnicodeDecodeError) as error:
            line = find_line(text, ["mail", "password_file"])
            allowed = f"a file with the password: {error}"
            problems.append(Problem("mail.password_file", repr(mail.password_file), allowed, line))
    return problems


def _password(mail: MailTable, project: Path) -> str | None:
    if mail.password is not None or mail.password_file is None:
        return mail.password
    return (project / mail.password_file).read_text(encoding="utf-8").strip()


def _settings(parsed: FileTable, project: Path) -> s.Settings:
    head = parsed.digest
    return s.Settings(
        project=project,
        title=head.title,
        zone=head.timezone,
        language=head.language,
        catch_up=head.catch_up,
        max_stories=head.max_stories,
        sections=tuple(map(TopicId, head.sections)),
        lexicon=None if head.lexicon == "built-in" else project / head.lexicon,
        editions={
            name: s.Edition(name=name, schedule=schedule, zone=head.timezone)
            for name, schedule in head.editions.items()
        },
        operator=parsed.operator.address,
        mail=_mail(parsed.mail, project),
        inbox=_inbox(parsed, project),
        fetch=s.FetchSettings(
            interval=parsed.fetch.interval, allow_hosts=frozenset(parsed.fetch.allow_hosts)
        ),
        feeds=tuple(map(_feed, parsed.feeds)),
        user_lexicon={name: getattr(parsed, name) for name in LEXICON_TABLES},
    )


def _mail(mail: MailTable, project: Path) -> s.MailSettings:
    name, address = parse_sender(mail.sender)
    return s.MailSettings(
        from_name=name,
        from_address=address,
        server=mail.smtp,
        username=mail.username,
        password=_password(mail, project),
        connections=mail.connections,
        per_second=mail.rate,
        resend_unknown=mail.on_unknown == "resend",
        resend_after=mail.resend_after,
        postal_address=mail.postal_address,
    )


def _inbox(parsed: FileTable, project: Path) -> s.InboxSettings:
    return s.InboxSettings(
        maildir=project / parsed.inbox.maildir,
        address=parsed.inbox.address or parse_sender(parsed.mail.sender)[1],
        plus_addressing=parsed.inbox.plus_addressing,
    )


def _feed(feed: FeedTable) -> s.Feed:
    return s.Feed(
        id=FeedId(feed.id) if feed.id else feed_id(feed.url),
        url=feed.url,
        title=feed.title or (urlsplit(feed.url).hostname or feed.url),
        lang=feed.lang,
        kind=feed.kind,
        weight=feed.weight,
        enabled=feed.enabled,
        keep=tuple(feed.keep),
        drop=tuple(feed.drop),
    )
