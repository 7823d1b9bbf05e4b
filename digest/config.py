"""feeds.toml and the environment become Settings, or one ConfigError with every problem.

Defaults < feeds.toml < environment (`DIGEST_SECTION__KEY`). Each stage parses its own small
languages (schedules, rules, addresses); this module only asks them and gathers what they refuse.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from digest import settings as s
from digest.errors import ConfigError, Problem
from digest.issues.calendar import parse_schedule
from digest.mail.senders import freemail_problem, parse_sender
from digest.model import FeedId, FeedKind, TopicId
from digest.stories.lexicon import Lexicon
from digest.stories.rules import Rule, names_in, parse
from digest.subscribers.addresses import normalise
from digest.tomllines import find_line

FILE = "feeds.toml"
LEXICON_TABLES = ("company", "topic", "concept", "outlet")

_UNITS = {"s": 1, "min": 60, "h": 3600, "day": 86400, "days": 86400, "d": 86400}
_DURATION = re.compile(rf"(\d+(?:\.\d+)?)\s*({'|'.join(sorted(_UNITS, key=len, reverse=True))})")
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(s|min|h)")
_DEFAULT_PORTS = {"smtp": 25, "smtps": 465}


def parse_duration(text: str) -> timedelta:
    """A length of time such as "30 min". Raises ValueError for anything else."""
    if text == "0":
        return timedelta()
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError('a length of time such as "90 s", "30 min", "2 h" or "6 days"')
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])


def _rate(text: str) -> float:
    match = _RATE.fullmatch(text.strip())
    if match is None or float(match[1]) == 0:
        raise ValueError('a rate above nothing such as "10/s" or "600/min"')
    return float(match[1]) / _UNITS[match[2]]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError('a time zone of the IANA database such as "Asia/Tokyo"') from error


def _feed_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it is what finds a bad one
    except ValueError as error:
        raise ValueError(f"an http or https URL ({error})") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError("an http or https URL without a user name")
    return url


def _server(url: str) -> s.Server:
    """`smtps://` is TLS from the start, `smtp://` STARTTLS; `?tls=none` is for loopback only."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f'a URL such as "smtp://localhost:587" ({error})') from error
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.query not in {"", "tls=none"}:
        raise ValueError(
            'a URL such as "smtps://mail.example.org", "smtp://localhost:587", or '
            '"smtp://127.0.0.1:25?tls=none" for a server on this machine that has no TLS'
        )
    if parts.username is not None:
        raise ValueError("a URL without a login; it belongs in mail.username and password_file")
    tls = "none" if parts.query else {"smtps": "implicit", "smtp": "starttls"}[parts.scheme]
    return s.Server(
        host=parts.hostname, port=_DEFAULT_PORTS[parts.scheme] if port is None else port, tls=tls
    )


def _rule(text: str) -> str:
    parse(text)  # raises RuleError, a ValueError that points at the character
    return text


def _sender(text: str) -> str:
    parse_sender(text)
    return text


def _checked(parser: Callable[[str], object]) -> BeforeValidator:
    def check(value: object) -> object:
        if not isinstance(value, str):
            raise ValueError("text in quotes")  # noqa: TRY004  # pydantic gathers ValueErrors
        return parser(value)

    return BeforeValidator(check)


Duration = Annotated[timedelta, _checked(parse_duration)]
Address = Annotated[str, AfterValidator(normalise)]
RuleText = Annotated[str, AfterValidator(_rule)]


class _Table(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, arbitrary_types_allowed=True, populate_by_name=True
    )


class _Digest(_Table):
    title: Annotated[str, Field(min_length=1, max_length=60)] = "Kuruma Weekly"
    timezone: Annotated[ZoneInfo, _checked(_zone)] = ZoneInfo("Asia/Tokyo")
    language: Literal["en", "ja"] = "en"
    catch_up: Duration = timedelta(days=6)
    max_stories: Annotated[int, Field(ge=1, le=500)] = 30
    sections: tuple[str, ...] = ()
    lexicon: str = "built-in"
    editions: dict[
        Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")],
        Annotated[s.Schedule, _checked(parse_schedule)],
    ] = Field(default_factory=lambda: {"weekly": parse_schedule("mon 07:00")})


class _Operator(_Table):
    address: Address | None = None


class _Mail(_Table):
    sender: Annotated[str, AfterValidator(_sender)] = Field(
        default="Kuruma Weekly <weekly@localhost>", alias="from"
    )
    smtp: Annotated[s.Server, _checked(_server)] | None = None
    username: str | None = None
    password: str | None = None
    password_file: str | None = None
    connections: Annotated[int, Field(ge=1, le=64)] = 4
    rate: Annotated[float, _checked(_rate)] = 10.0
    on_unknown: Literal["resend", "hold"] = "resend"
    resend_after: Duration = timedelta(hours=1)
    postal_address: str | None = None


class _Inbox(_Table):
    maildir: str = "state/inbox"
    address: Address | None = None
    plus_addressing: bool = True


class _Fetch(_Table):
    interval: Duration = timedelta(minutes=30)
    allow_hosts: tuple[Annotated[str, Field(pattern=r"^[^/\s]+:\d+$")], ...] = ()


class _Feed(_Table):
    url: Annotated[str, AfterValidator(_feed_url)]
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,60}$")] | None = None
    title: str | None = None
    lang: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"
    kind: Annotated[FeedKind, Field(strict=False)] = FeedKind.TRADE
    weight: Annotated[float, Field(gt=0, le=10)] = 1.0
    enabled: bool = True
    keep: tuple[RuleText, ...] = ()
    drop: tuple[RuleText, ...] = ()


class _File(_Table):
    digest: _Digest = _Digest()
    operator: _Operator = _Operator()
    mail: _Mail = _Mail()
    inbox: _Inbox = _Inbox()
    fetch: _Fetch = _Fetch()
    feeds: tuple[_Feed, ...] = ()
    company: tuple[dict[str, Any], ...] = ()
    topic: tuple[dict[str, Any], ...] = ()
    concept: tuple[dict[str, Any], ...] = ()
    outlet: tuple[dict[str, Any], ...] = ()


def feed_id(url: str) -> FeedId:
    """The id of a feed that was given none: its host and path, so that it stays the same."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    words = re.findall(r"[a-z0-9]+", f"{host}{parts.path}{parts.query}".lower())
    return FeedId("-".join(words)[:60])


def load(project: Path, environment: Mapping[str, str]) -> s.Settings:
    """The settings of a project folder. Raises ConfigError with every problem found."""
    path = project / FILE
    raw, text = _read(path)
    problems = _override(raw, environment)
    parsed: _File | None = None
    try:
        parsed = _File.model_validate(raw)
    except ValidationError as error:
        problems += [_problem(e, text) for e in error.errors(include_url=False)]
    problems += _repeated_feeds(raw, text)
    if parsed is not None:
        problems += _mail_problems(parsed, project, text)
    if parsed is None or problems:
        raise ConfigError(problems)
    return _settings(parsed, project)


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


def _read(path: Path) -> tuple[dict[str, Any], str]:
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text), text
    except FileNotFoundError as error:
        allowed = f"there is none in {path.parent}; `digest init` writes one, --project names another"
        raise ConfigError([Problem(FILE, "", allowed)]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(FILE, "", f"cannot be read: {error}")]) from error
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        line = int(at[1]) if at else None
        raise ConfigError([Problem("TOML", "", f"{error}", line)]) from error


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


def _problem(error: Any, text: str) -> Problem:
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
    if location and location[-1] in {"password"}:
        shown = "a secret"
    return Problem(key.removeprefix("."), shown, allowed, find_line(text, location))


def _repeated_feeds(raw: Mapping[str, Any], text: str) -> list[Problem]:
    feeds = raw.get("feeds")
    problems = []
    seen: dict[tuple[str, str], int] = {}
    for number, feed in enumerate(feeds if isinstance(feeds, list) else []):
        url = feed.get("url") if isinstance(feed, dict) else None
        if not isinstance(url, str):
            continue
        for key, value in (("url", url), ("id", str(feed.get("id") or _safe_id(url)))):
            first = seen.setdefault((key, value), number)
            if first != number and (key == "url" or ("url", url) not in seen or seen["url", url] == number):
                problems.append(
                    Problem(
                        f"feeds[{number}].{key}",
                        repr(value),
                        f"each feed once; feeds[{first}] has it too",
                        find_line(text, ["feeds", number, key]),
                    )
                )
    return problems


def _safe_id(url: str) -> str:
    try:
        return feed_id(url)
    except ValueError:  # reported as a bad URL already
        return url


def _mail_problems(parsed: _File, project: Path, text: str) -> list[Problem]:
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


def _password(mail: _Mail, project: Path) -> str | None:
    if mail.password is not None or mail.password_file is None:
        return mail.password
    return (project / mail.password_file).read_text(encoding="utf-8").strip()


def _settings(parsed: _File, project: Path) -> s.Settings:
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


def _mail(mail: _Mail, project: Path) -> s.MailSettings:
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


def _inbox(parsed: _File, project: Path) -> s.InboxSettings:
    return s.InboxSettings(
        maildir=project / parsed.inbox.maildir,
        address=parsed.inbox.address or parse_sender(parsed.mail.sender)[1],
        plus_addressing=parsed.inbox.plus_addressing,
    )


def _feed(feed: _Feed) -> s.Feed:
    return s.Feed(
        id=FeedId(feed.id) if feed.id else feed_id(feed.url),
        url=feed.url,
        title=feed.title or (urlsplit(feed.url).hostname or feed.url),
        lang=feed.lang,
        kind=feed.kind,
        weight=feed.weight,
        enabled=feed.enabled,
        keep=feed.keep,
        drop=feed.drop,
    )
