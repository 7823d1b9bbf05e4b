"""What feeds.toml may hold: its tables, with the small languages in which values are written.

Durations, rates, servers and URLs are read here; schedules, rules and addresses by the stage that
owns them. Everything raises ValueError with what is allowed, for config.py to gather.
"""

import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from digest import settings as s
from digest.issues.calendar import parse_schedule
from digest.mail.senders import parse_sender
from digest.model import FeedId, FeedKind
from digest.subscribers.addresses import normalise


def feed_id(url: str) -> FeedId:
    """The id of a feed that was given none: its host and path, so that it stays the same."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    words = re.findall(r"[a-z0-9]+", f"{host}{parts.path}{parts.query}".lower())
    return FeedId("-".join(words)[:60])


_UNITS = {"s": 1, "min": 60, "h": 3600, "day": 86400, "days": 86400, "d": 86400}
_DURATION = re.compile(
    rf"(\d+(?:\.\d+)?)\s*({'|'.join(sorted(_UNITS, key=len, reverse=True))})", re.ASCII
)
_HOST_AND_PORT = re.compile(r"([^\s/:*?@\[\]]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})")
_PUBLIC_URL = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+/?")
_WEB_PORTS = {"http": 80, "https": 443}
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(s|min|h)", re.ASCII)
_UNSHOWN = frozenset({"Cc", "Cs", "Zl", "Zp"})  # controls, half characters, ends of lines
_DEFAULT_PORTS = {"smtp": 25, "smtps": 465, "imap": 143, "imaps": 993}


LONGEST = timedelta(days=3660)
LONGEST_RESEND = timedelta(hours=48)  # an issue is stale then
LONGEST_REVIEW = timedelta(days=7)


def parse_duration(text: str) -> timedelta:
    """A length of time such as "30 min". Raises ValueError for anything else."""
    if text == "0":
        return timedelta()
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError('a length of time such as "90 s", "30 min", "2 h" or "6 days"')
    length = float(match[1]) * _UNITS[match[2]]
    if length > LONGEST.total_seconds():
        raise ValueError(f"at most {LONGEST.days} days")
    return timedelta(seconds=length)


def _a_second(length: timedelta) -> timedelta:
    if length < timedelta(seconds=1):
        raise ValueError("at least 1 s")
    return length


def _rate(text: str) -> float | None:
    if text == "unlimited":
        return None
    match = _RATE.fullmatch(text.strip())
    if match is None or float(match[1]) == 0:
        raise ValueError('a rate above nothing such as "10/s" or "600/min", or "unlimited"')
    return float(match[1]) / _UNITS[match[2]]


def one_line(text: str) -> str:
    """The text if it can be shown on one line as it is. Raises ValueError with what is allowed."""
    # Not isprintable(), which refuses the ideographic space and the joiners of emoji.
    if any(unicodedata.category(character) in _UNSHOWN for character in text):
        raise ValueError("one line without control characters")
    return text


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError('a time zone of the IANA database such as "Asia/Tokyo"') from error


def feed_url(url: str) -> str:
    """The URL if a feed can have it. Raises ValueError with what is allowed."""
    if any(unicodedata.category(c) in _UNSHOWN or c.isspace() for c in url):
        raise ValueError("a URL without spaces")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ValueError(f"an http or https URL ({error})") from error
    if parts.scheme not in {"http", "https"}:
        raise ValueError("an http or https URL: only http and https addresses are fetched")
    if not parts.hostname or parts.username is not None:
        raise ValueError("an http or https URL with a host and without a user name")
    if not _is_port(parts.netloc.rpartition("]")[2].rpartition(":")[2], needed=":" in parts.netloc):
        raise ValueError("an http or https URL with a port from 1 to 65535, if any")
    return url


def _is_port(text: str, *, needed: bool) -> bool:
    return not needed or (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536)


def _private_host(text: str) -> str:
    match = _HOST_AND_PORT.fullmatch(text)
    if match is None or not _is_port(match[2], needed=True):
        raise ValueError(
            'one host with its port, such as "intranet.example:8080" or "[fd00::1]:80"; no patterns'
        )
    return text.lower()


def _feed_name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,60}", text):
        raise ValueError(
            "at most 61 small letters, digits, dots, hyphens and underscores, "
            "a letter or digit first"
        )
    return text


def _edition_name(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,30}", text):
        raise ValueError(
            "at most 31 small letters, digits, hyphens and underscores, a letter first"
        )
    return text


def _language(text: str) -> str:
    if not re.fullmatch(r"[a-z]{2}", text):
        raise ValueError('a language in two small letters, such as "en" or "ja"')
    return text


def address_key(url: str) -> str:
    """A URL as it is compared: two ways to write one address give the same text."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # reported as a bad URL
        return url
    host = (parts.hostname or "").rstrip(".")
    if not host.isascii():
        with suppress(UnicodeError):
            host = host.encode("idna").decode("ascii")
    shown = "" if port in {None, _WEB_PORTS.get(parts.scheme)} else f":{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{shown}{parts.path or '/'}{query}"


def _smtp_server(url: str) -> s.Server:
    """`smtps://` is TLS from the start, `smtp://` STARTTLS; `?tls=none` is for loopback only."""
    return _server(url, "smtp", "mail")


def _imap_server(url: str) -> s.Server:
    """The same with `imaps://` and `imap://`."""
    return _server(url, "imap", "inbox")


def _server(url: str, scheme: str, table: str) -> s.Server:
    plain = f"{scheme}://localhost:{587 if scheme == 'smtp' else 143}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f'a URL such as "{plain}"') from error
    if (
        parts.scheme not in {scheme, f"{scheme}s"}
        or not parts.hostname
        or parts.query not in {"", "tls=none"}
    ):
        raise ValueError(
            f'a URL such as "{scheme}s://mail.example.org", "{plain}", or'
            f' "{scheme}://127.0.0.1:{_DEFAULT_PORTS[scheme]}?tls=none" for a server on this'
            " machine that has no TLS"
        )
    if parts.query and not _is_here(parts.hostname):
        raise ValueError(
            "tls=none only for a server on this machine (localhost, 127.0.0.1, ::1): everybody on"
            " the way could read the mail, and the password"
        )
    if parts.username is not None:
        raise ValueError(f"a URL without a login; it belongs in {table}.username and password_file")
    tls = "none" if parts.query else "implicit" if parts.scheme.endswith("s") else "starttls"
    return s.Server(
        host=parts.hostname, port=_DEFAULT_PORTS[parts.scheme] if port is None else port, tls=tls
    )


def _mail_host(text: str) -> str:
    """The name that a mail server gives itself in Authentication-Results (RFC 8601, 2.5)."""
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,250}[A-Za-z0-9])?", text):
        raise ValueError(
            'the name at the start of your server\'s Authentication-Results, "mx.example.org"'
        )
    return text


def _folder(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._/ &,+-]{1,100}", text):
        raise ValueError('the name of a folder as the server has it, such as "INBOX"')
    return text


def _is_here(host: str) -> bool:
    """Whether a host is this machine by its name or literal address; nobody is asked."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(text: str) -> tuple[str, int]:
    match = _HOST_AND_PORT.fullmatch(text.strip())
    if match is None or not _is_port(match[2], needed=True):
        raise ValueError('an address of this machine and a port, such as "127.0.0.1:8025"')
    return match[1].strip("[]"), int(match[2])


def _public_url(text: str) -> str:
    """The address that mails link to, without a slash at its end."""
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError('a URL such as "https://weekly.example.org"') from error
    if not host or not _PUBLIC_URL.fullmatch(text.strip()):
        raise ValueError(
            'a URL of a name of its own, without a path, such as "https://weekly.example.org"'
        )
    if parts.scheme == "http" and not _is_here(host):
        raise ValueError(
            "an https URL: mail programs offer one-click leaving only with https, and everybody on"
            " the way could read the tokens (http is for this machine only)"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text.strip())
    except ValueError as error:
        raise ValueError(
            'the address of a proxy or a network of such: "127.0.0.1", "10.0.0.0/24", "::1"'
        ) from error


def _resend_after(length: timedelta) -> timedelta:
    if length > LONGEST_RESEND:
        hours = int(LONGEST_RESEND.total_seconds() // 3600)
        raise ValueError(f'at most "{hours} h": after that a message is given up')
    return length


def _review(length: timedelta) -> timedelta:
    if not timedelta(minutes=1) <= length <= LONGEST_REVIEW:
        raise ValueError(f'"1 min" to "{LONGEST_REVIEW.days} days" before an issue is due')
    return length


def _rule(text: str) -> str:
    from digest.stories.rules import parse  # noqa: PLC0415  # few files hold rules

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


class DigestTable(_Table):
    """[digest]: the list as a whole."""

    title: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(one_line)] = (
        "Kuruma Weekly"
    )
    timezone: Annotated[ZoneInfo, _checked(_zone)] = ZoneInfo("Asia/Tokyo")
    language: Literal["en", "ja"] = "en"
    catch_up: Duration = timedelta(days=6)
    max_stories: Annotated[int, Field(ge=1, le=500)] = 30
    sections: list[str] = []
    lexicon: str = "built-in"
    review: Annotated[Duration, AfterValidator(_review)] | None = None
    editions: dict[
        Annotated[str, AfterValidator(_edition_name)],
        Annotated[s.Schedule, _checked(parse_schedule)],
    ] = Field(default_factory=lambda: {"weekly": parse_schedule("mon 07:00")}, min_length=1)


class OperatorTable(_Table):
    """[operator]: who runs it."""

    address: Address | None = None


class MailTable(_Table):
    """[mail]: how messages leave."""

    sender: Annotated[str, AfterValidator(_sender)] = Field(
        default="Kuruma Weekly <weekly@localhost>", alias="from"
    )
    smtp: Annotated[s.Server, _checked(_smtp_server)] | None = None
    username: str | None = None
    password: str | None = None
    password_file: str | None = None
    connections: Annotated[int, Field(ge=1, le=64)] = 4
    rate: Annotated[float | None, _checked(_rate)] = 10.0
    on_unknown: Literal["resend", "hold"] = "resend"
    resend_after: Annotated[Duration, AfterValidator(_resend_after)] = timedelta(hours=1)
    postal_address: str | None = None


class InboxTable(_Table):
    """[inbox]: where commands arrive."""

    maildir: str = "state/inbox"
    address: Address | None = None
    plus_addressing: bool = True
    bounces: Address | None = None
    authserv_id: Annotated[str, AfterValidator(_mail_host)] | None = None
    imap: Annotated[s.Server, _checked(_imap_server)] | None = None
    username: str | None = None
    password: str | None = None
    password_file: str | None = None
    folder: Annotated[str, AfterValidator(_folder)] = "INBOX"


class WebTable(_Table):
    """[web]: the pages; without this table there are none."""

    listen: Annotated[tuple[str, int], _checked(_listen)] = ("127.0.0.1", 8025)
    public_url: Annotated[str | None, _checked(_public_url)] = None
    proxies: list[Annotated[IPv4Network | IPv6Network, _checked(_network)]] = []


class FetchTable(_Table):
    """[fetch]: how feeds are asked."""

    interval: Annotated[Duration, AfterValidator(_a_second)] = timedelta(minutes=30)
    allow_hosts: list[Annotated[str, AfterValidator(_private_host)]] = []
    new_feed_window: Duration = timedelta(days=7)
    proxy: Annotated[str, AfterValidator(feed_url)] | None = None


class FeedTable(_Table):
    """One [[feeds]] table."""

    url: Annotated[str, AfterValidator(feed_url)]
    id: Annotated[str, AfterValidator(_feed_name)] | None = None
    title: Annotated[str, AfterValidator(one_line)] | None = None
    lang: Annotated[str, AfterValidator(_language)] = "en"
    kind: Annotated[FeedKind, Field(strict=False)] = FeedKind.TRADE
    weight: Annotated[float, Field(gt=0, le=10)] = 1.0
    enabled: bool = True
    keep: list[RuleText] = []
    drop: list[RuleText] = []


class FileTable(_Table):
    """The whole file."""

    digest: DigestTable = DigestTable()
    operator: OperatorTable = OperatorTable()
    mail: MailTable = MailTable()
    inbox: InboxTable = InboxTable()
    web: WebTable | None = None
    fetch: FetchTable = FetchTable()
    feeds: list[FeedTable] = []
    company: list[dict[str, Any]] = []
    topic: list[dict[str, Any]] = []
    concept: list[dict[str, Any]] = []
    outlet: list[dict[str, Any]] = []
