"""What feeds.toml may hold: its tables, and what each of their keys may be.

How values are written stands in tomlvalues.py and tomladdresses.py, how schedules are in
issues/calendar.py.
"""

from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from digest import settings as s
from digest import tomladdresses as a
from digest import tomlvalues as v
from digest.issues.calendar import parse_schedule
from digest.model import FeedKind
from digest.subscribers.addresses import normalise


def _checked(parser: Callable[[str], object]) -> BeforeValidator:
    def check(value: object) -> object:
        if not isinstance(value, str):
            raise ValueError("text in quotes")  # noqa: TRY004  # pydantic gathers ValueErrors
        return parser(value)

    return BeforeValidator(check)


def _table() -> Any:  # noqa: ANN401  # as pydantic's Field
    """A table that is left out: all its defaults, as the validator of the whole file makes it."""
    return Field(default={}, validate_default=True)


BUILT_IN = "built-in"  # the lexicon that comes with the program
LEXICON_TABLES = ("company", "topic", "concept", "outlet")  # which extend it

Duration = Annotated[timedelta, _checked(v.parse_duration)]
Address = Annotated[str, AfterValidator(normalise)]
RuleText = Annotated[str, AfterValidator(v.rule)]


class _Table(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        arbitrary_types_allowed=True,
        populate_by_name=True,
        defer_build=True,  # only the whole file needs a validator, which is half of the work
    )


class DigestTable(_Table):
    """[digest]: the list as a whole."""

    title: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(v.one_line)] = (
        "Kuruma Weekly"
    )
    timezone: Annotated[ZoneInfo, _checked(v.zone)] = ZoneInfo("Asia/Tokyo")
    language: Literal["en", "ja"] = "en"
    catch_up: Duration = timedelta(days=6)
    max_stories: Annotated[int, Field(ge=1, le=500)] = 30
    sections: Annotated[list[str], AfterValidator(v.each_once)] = []
    lexicon: Annotated[str, Field(min_length=1)] = BUILT_IN
    network_state: bool = False
    review: Annotated[Duration, AfterValidator(v.review)] | None = None
    editions: dict[
        Annotated[str, AfterValidator(v.short_name)],
        Annotated[s.Schedule, _checked(parse_schedule)],
    ] = Field(default_factory=lambda: {"weekly": parse_schedule("mon 07:00")}, min_length=1)


class OperatorTable(_Table):
    """[operator]: who runs it."""

    address: Address | None = None


class MailTable(_Table):
    """[mail]: how messages leave."""

    sender: Annotated[str, AfterValidator(v.sender)] = Field(
        default="Kuruma Weekly <weekly@localhost>", alias="from"
    )
    smtp: Annotated[s.Server, _checked(a.smtp_server)] | None = None
    username: str | None = None
    password: str | None = None
    password_file: str | None = None
    connections: Annotated[int, Field(ge=1, le=64)] = 4
    rate: Annotated[float | None, _checked(v.rate)] = 10.0
    on_unknown: Literal["resend", "hold"] = "resend"
    resend_after: Annotated[Duration, AfterValidator(v.resend_after)] = timedelta(hours=1)
    postal_address: str | None = None


class InboxTable(_Table):
    """[inbox]: where commands arrive."""

    maildir: str = "state/inbox"
    address: Address | None = None
    plus_addressing: bool = True
    bounces: Address | None = None
    authserv_id: Annotated[str, AfterValidator(a.mail_host)] | None = None
    imap: Annotated[s.Server, _checked(a.imap_server)] | None = None
    username: str | None = None
    password: str | None = None
    password_file: str | None = None
    folder: Annotated[str, AfterValidator(a.folder)] = "INBOX"


class WebTable(_Table):
    """[web]: the pages; without this table there are none."""

    listen: Annotated[tuple[str, int], _checked(a.listen)] = ("127.0.0.1", 8025)
    public_url: Annotated[str | None, _checked(a.public_url)] = None
    proxies: list[Annotated[IPv4Network | IPv6Network, _checked(a.network)]] = []


class AdminTable(_Table):
    """[admin]: health, metrics and the operator's page; without this table there are none."""

    listen: Annotated[tuple[str, int], _checked(a.listen)] = ("127.0.0.1", 8026)
    hosts: list[Annotated[str, AfterValidator(a.host_name)]] = []


class FetchTable(_Table):
    """[fetch]: how feeds are asked."""

    interval: Annotated[Duration, AfterValidator(v.a_second)] = timedelta(minutes=30)
    allow_hosts: list[Annotated[str, AfterValidator(a.private_host)]] = []
    new_feed_window: Duration = timedelta(days=7)
    proxy: Annotated[str, AfterValidator(a.feed_url)] | None = None


class FeedTable(_Table):
    """One [[feeds]] table."""

    url: Annotated[str, AfterValidator(a.feed_url)]
    id: Annotated[str, AfterValidator(v.feed_name)] | None = None
    title: Annotated[str, AfterValidator(v.one_line)] | None = None
    lang: Annotated[str, AfterValidator(v.language)] = "en"
    kind: Annotated[FeedKind, Field(strict=False)] = FeedKind.TRADE
    weight: Annotated[float, Field(gt=0, le=10)] = 1.0
    enabled: bool = True
    keep: list[RuleText] = []
    drop: list[RuleText] = []


class AlertTable(_Table):
    """One [[alerts]] table: what cannot wait, and who is told."""

    name: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(v.one_line)]
    match: RuleText
    to: list[Address] = []
    channels: list[str] = []
    cooldown: Duration | None = None


class ChannelTable(_Table):
    """One [channels.NAME] table: a way to tell of alerts beside mail."""

    kind: Literal["webhook", "apprise"]
    url: str | None = None
    url_file: str | None = None
    secret: str | None = None
    secret_file: str | None = None


class AlertingTable(_Table):
    """[alerting]: how alerts are told."""

    breaking: list[str] = []
    quiet_hours: Annotated[s.QuietHours | None, _checked(v.quiet_hours)] = None
    per_hour: Annotated[int, Field(ge=1, le=60)] = 4
    cooldown: Duration = timedelta(hours=24)


class BackupTable(_Table):
    """[backup]: copies of the database that the service makes."""

    every: Annotated[timedelta | None, _checked(v.backup_every)] = timedelta(days=1)
    keep: Annotated[int, Field(ge=1, le=1000)] = 7
    folder: Annotated[str, Field(min_length=1)] | None = None


class RetentionTable(_Table):
    """[retention]: how long is kept what nothing needs any more."""

    entries: Annotated[Duration, AfterValidator(v.entries_kept)] = timedelta(days=400)
    deliveries: Annotated[Duration, AfterValidator(v.deliveries_kept)] = timedelta(days=400)
    logs: Annotated[Duration, AfterValidator(v.a_day)] = timedelta(days=30)


class FileTable(_Table):
    """The whole file."""

    digest: DigestTable = _table()
    operator: OperatorTable = _table()
    mail: MailTable = _table()
    inbox: InboxTable = _table()
    web: WebTable | None = None
    admin: AdminTable | None = None
    fetch: FetchTable = _table()
    feeds: list[FeedTable] = []
    alerts: list[AlertTable] = []
    channels: dict[Annotated[str, AfterValidator(v.short_name)], ChannelTable] = {}
    alerting: AlertingTable = _table()
    backup: BackupTable = _table()
    retention: RetentionTable = _table()
    company: list[dict[str, Any]] = []
    topic: list[dict[str, Any]] = []
    concept: list[dict[str, Any]] = []
    outlet: list[dict[str, Any]] = []
