"""feeds.toml and the environment become Settings, or one ConfigError with every problem.

Defaults < feeds.toml < environment (`DIGEST_SECTION__KEY`).
"""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from digest import settings as s
from digest.alerttables import alert_problems, alert_settings
from digest.errors import ConfigError, Problem, no_project
from digest.feedstoml import (
    BUILT_IN,
    AdminTable,
    BackupTable,
    FeedTable,
    FileTable,
    MailTable,
    WebTable,
)
from digest.mail.senders import parse_sender
from digest.mailtables import mail_problems, password_of
from digest.model import FeedId, FeedKind, TopicId
from digest.tomladdresses import address_key, feed_id
from digest.tomllines import find_line, problem_at

if TYPE_CHECKING:  # what few commands need is imported where they need it
    from digest.stories.lexicon import Lexicon
    from digest.stories.rules import Rule

FILE = "feeds.toml"
ENVIRONMENT = "environment"
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
    overrides, problems = _override(raw, environment)
    parsed: FileTable | None = None
    try:
        parsed = _validated(raw, overrides)
    except ValidationError as error:
        problems += [_problem(e, text, overrides) for e in error.errors(include_url=False)]
    problems += _repeated_feeds(raw, text)
    if parsed is not None:
        problems += mail_problems(parsed, project, text)
        problems += _review_problems(parsed, text)
        problems += alert_problems(parsed, project, text)
    if parsed is None or problems:
        raise ConfigError(problems)
    return _settings(parsed, project)


def append_feeds(project: Path, tables: Sequence[Mapping[str, Any]]) -> None:
    """Append [[feeds]] blocks to feeds.toml, whose comments and order stay as they are.

    Raises ConfigError, and writes nothing, if the file would not be valid with it.
    """
    import shutil

    import tomli_w

    path = (project / FILE).resolve()  # a link stays a link
    before = path.read_bytes().decode()
    blocks = "".join(f"\n\n[[feeds]]\n{tomli_w.dumps(table)}".rstrip() for table in tables)
    after = f"{before.rstrip()}{blocks}\n"
    _load_text(after, project, {})
    temporary = path.with_name(f".{FILE}.part")
    with temporary.open("wb") as file:
        shutil.copymode(path, temporary)  # it may hold a password
        with suppress(PermissionError):  # root's change must not take it from its reader
            os.chown(temporary, path.stat().st_uid, path.stat().st_gid)
        file.write(after.encode())
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def lexicon_of(settings: s.Settings) -> "Lexicon":
    """The lexicon that the settings ask for. Raises ConfigError with every problem."""
    from digest.stories.load import load_lexicon

    path = settings.project / FILE
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return load_lexicon(settings.lexicon, settings.user_lexicon, text)


def names_only_built_in(settings: s.Settings) -> bool:
    """Whether all words that the settings name are surely known: those of the built-in lexicon.

    Told by the ids in its files alone, in a fiftieth of the time that reading them takes. Where it
    is False, `check_words` knows.
    """
    from digest.stories.ids import built_in_ids

    texts = [text for feed in settings.feeds for text in (*feed.keep, *feed.drop)]
    texts += [rule.match for rule in settings.alerts.rules]
    names = {name for rule in _rules(texts) for name in _names_in(rule)}
    names |= {f"topic:{topic}" for topic in settings.sections}
    names -= {f"kind:{kind}" for kind in FeedKind}
    return not names or (settings.lexicon is None and names <= built_in_ids())


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
        found, line = repr(settings.lexicon.name), find_line(text, ["digest", "lexicon"])
        problems.append(Problem("digest.lexicon", found, allowed, line))
    return problems


def check_lexicon(project: Path) -> list[Problem]:
    """What is wrong with the words and the lexicon tables of a file that is wrong elsewhere too.

    Looks at what can be looked at: everything else has been reported by `load`.
    """
    from digest.stories.load import load_lexicon

    try:
        text = _read(project / FILE)
        raw = _parse(text)
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
    problems = [
        Problem(
            "digest.sections",
            repr(topic),
            f"a topic of the lexicon: {', '.join(lexicon.topics)}",
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
            "a company or topic of the lexicon, or a kind of feed",
            find_line(text, [table, number, key]),
        )
        for number, each in enumerate(given)
        for key in keys
        for rule in _rules(each.get(key, ()))
        for name in unknown_names(rule, lexicon)
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


def unknown_names(rule: "Rule", lexicon: "Lexicon") -> list[str]:
    """The companies and topics that a rule names and the lexicon does not know; wrong kinds."""
    known = {
        *(f"company:{company}" for company in lexicon.companies),
        *(f"topic:{topic}" for topic in lexicon.topics),
        *(f"kind:{kind}" for kind in FeedKind),
    }
    return sorted(_names_in(rule) - known)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise no_project(str(path.parent)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(FILE, "", f"cannot be read: {error}")]) from error


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        raise ConfigError([Problem("TOML", "", str(error), int(at[1]) if at else None)]) from error
    except ValueError as error:  # of Python, which has a limit on digits
        raise ConfigError([Problem("TOML", "", "a number has too many digits")]) from error
    except RecursionError as error:
        raise ConfigError([Problem("TOML", "", "it is nested too deeply")]) from error


@dataclass(frozen=True, slots=True)
class _Override:
    """A value that came from the environment."""

    variable: str
    text: str


_Path = tuple[str | int, ...]


def _override(
    raw: dict[str, Any], environment: Mapping[str, str]
) -> tuple[Mapping[_Path, _Override], list[Problem]]:
    """Lay `DIGEST_MAIL__PASSWORD=…` over `[mail] password`.

    Numbers, lists and booleans are written as in TOML; everything else is text as it stands.
    """
    overrides: dict[_Path, _Override] = {}
    problems = []
    for name, text in environment.items():
        if not name.startswith("DIGEST_") or "__" not in name:
            continue
        path = tuple(name.removeprefix("DIGEST_").lower().split("__"))
        target: Any = raw
        for table in path[:-1]:
            target = target.setdefault(table, {}) if isinstance(target, dict) else None
        if not isinstance(target, dict):
            problems.append(Problem(name, "not a table", "DIGEST_SECTION__KEY", file=ENVIRONMENT))
            continue
        overrides[path] = _Override(name, text)
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except (ValueError, RecursionError):
            value = text
        target[path[-1]] = text if isinstance(value, str) else value
    return overrides, problems


def _validated(raw: dict[str, Any], overrides: Mapping[_Path, _Override]) -> FileTable:
    """The checked file. A number from the environment is text where text is wanted: a password."""
    try:
        return FileTable.model_validate(raw)
    except ValidationError as error:
        wanted = [e["loc"] for e in error.errors() if e["type"] == "string_type"]
        if not any(path in overrides for path in wanted):
            raise
        for path in wanted:
            if path in overrides:
                target: Any = raw
                for part in path[:-1]:
                    target = target[part]
                target[path[-1]] = overrides[path].text
        return FileTable.model_validate(raw)


def _problem(error: ErrorDetails, text: str, overrides: Mapping[_Path, _Override]) -> Problem:
    problem = problem_at(error, text, FILE)
    override = overrides.get(tuple(error["loc"]))
    if override is not None:
        return replace(problem, key=override.variable, line=None, file=ENVIRONMENT)
    return problem


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
        for key, value, same, seen in (
            ("url", url, address_key(url), urls),
            ("id", name, name, ids),
        ):
            first = seen.setdefault(same, number)
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


def _review_problems(parsed: FileTable, text: str) -> list[Problem]:
    """A draft that nobody is there to see."""
    if parsed.digest.review is None or parsed.operator.address is not None:
        return []
    line = find_line(text, ["digest", "review"])
    allowed = "an [operator] address with it, which drafts are mailed to"
    return [Problem("digest.review", "a review", allowed, line)]


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
        lexicon=None if head.lexicon == BUILT_IN else project / head.lexicon,
        editions={
            name: s.Edition(name=name, schedule=schedule, zone=head.timezone)
            for name, schedule in head.editions.items()
        },
        operator=parsed.operator.address,
        mail=_mail(parsed.mail, project),
        inbox=_inbox(parsed, project),
        web=None if parsed.web is None else _web(parsed.web),
        admin=None if parsed.admin is None else _admin(parsed.admin),
        alerts=alert_settings(parsed, project),
        backup=_backup(parsed.backup, project),
        retention=s.RetentionSettings(
            entries=parsed.retention.entries,
            deliveries=parsed.retention.deliveries,
            logs=parsed.retention.logs,
        ),
        network_state=head.network_state,
        fetch=s.FetchSettings(
            interval=parsed.fetch.interval,
            allow_hosts=frozenset(parsed.fetch.allow_hosts),
            new_feed_window=parsed.fetch.new_feed_window,
            proxy=parsed.fetch.proxy,
        ),
        feeds=tuple(map(_feed, parsed.feeds)),
        review=head.review,
        user_lexicon={name: getattr(parsed, name) for name in LEXICON_TABLES},
    )


def _mail(mail: MailTable, project: Path) -> s.MailSettings:
    name, address = parse_sender(mail.sender)
    return s.MailSettings(
        from_name=name,
        from_address=address,
        server=mail.smtp,
        username=mail.username,
        password=password_of(mail, project),
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
        bounces=parsed.inbox.bounces,
        sender=parse_sender(parsed.mail.sender)[1],
        authserv_id=parsed.inbox.authserv_id,
        imap=parsed.inbox.imap,
        username=parsed.inbox.username,
        password=password_of(parsed.inbox, project),
        folder=parsed.inbox.folder,
    )


def _backup(backup: BackupTable, project: Path) -> s.BackupSettings:
    folder = None if backup.folder is None else project / Path(backup.folder).expanduser()
    return s.BackupSettings(every=backup.every, keep=backup.keep, folder=folder)


def _admin(admin: AdminTable) -> s.AdminSettings:
    host, port = admin.listen
    return s.AdminSettings(host=host, port=port, hosts=frozenset(admin.hosts))


def _web(web: WebTable) -> s.WebSettings:
    host, port = web.listen
    return s.WebSettings(
        host=host, port=port, public_url=web.public_url, proxies=tuple(web.proxies)
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
