"""The frozen values that configuration becomes: what the operator wrote, checked and complete.

config.py makes them from feeds.toml and the environment; every later part receives the piece it
needs as an argument. There are no global settings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from zoneinfo import ZoneInfo

from digest.model import FeedId, FeedKind, TopicId


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed as the operator wrote it; what we learnt of it is `model.PollState`."""

    id: FeedId
    url: str
    title: str
    lang: str = "en"
    kind: FeedKind = FeedKind.TRADE
    weight: float = 1.0
    enabled: bool = True
    keep: tuple[str, ...] = ()  # rules; an entry that meets none of them is left out
    drop: tuple[str, ...] = ()  # rules; an entry that meets one of them is left out


LAST_DAY = 31  # of a month, however long it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When an edition is due, in its local time: on weekdays, on a day of the month, or daily."""

    at: time
    weekdays: frozenset[int] = frozenset()  # 0 is Monday; empty: every day
    day_of_month: int | None = None  # 1 to 28, or LAST_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A named schedule of issues."""

    name: str
    schedule: Schedule
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to reach a mail server and how safe the way must be."""

    host: str
    port: int
    tls: str  # "implicit", "starttls" or "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """How messages leave."""

    from_name: str
    from_address: str
    server: Server | None = None  # None: a Maildir in state/outbox
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    connections: int = 4
    per_second: float | None = 10.0  # None: as fast as the server takes them
    resend_unknown: bool = True  # False: hold them for the operator
    resend_after: timedelta = timedelta(hours=1)
    postal_address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxSettings:
    """Where commands by mail arrive."""

    maildir: Path
    address: str  # the mailbox; commands and tokens are added to it
    plus_addressing: bool = True  # False: tokens travel in the subject
    bounces: str | None = None  # another address of this mailbox, which bounces are sent to
    sender: str | None = None  # whom our mail is from: mail from there is our own
    authserv_id: str | None = None  # whose Authentication-Results are believed; None: nobody's
    imap: Server | None = None  # where mail is fetched from beside the Maildir
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    folder: str = "INBOX"
    named: bool = False  # feeds.toml has the table: somebody sees to it that mail arrives


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Where the pages are served, and under which name the world knows them."""

    host: str = "127.0.0.1"
    port: int = 8025
    public_url: str | None = None  # without a slash at its end; None: no mail links to a page
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()  # whose X-Forwarded-For is believed


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminSettings:
    """Where the operator sees how the service is: health, metrics and a page."""

    host: str = "127.0.0.1"
    port: int = 8026
    hosts: frozenset[str] = frozenset()  # names under which it is asked, besides addresses

    @property
    def is_private(self) -> bool:
        """Whether only this machine can ask."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """How feeds are asked."""

    interval: timedelta = timedelta(minutes=30)  # never more often than this
    patience: timedelta = timedelta(days=1)  # its own rhythm lets a feed wait no longer than this
    allow_hosts: frozenset[str] = frozenset()  # "host:port" of private hosts that may be fetched
    new_feed_window: timedelta = timedelta(days=7)  # of a new feed nothing older is news
    proxy: str | None = None  # an http URL; None: no proxy, whatever the environment says


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """A rule of the operator's: what meets it cannot wait."""

    name: str
    match: str  # in the language of stories/rules.py
    to: tuple[str, ...] = ()  # addresses
    channels: tuple[str, ...] = ()  # names
    cooldown: timedelta = timedelta(hours=24)  # between two alerts on one story


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A program that is told of alerts by HTTP, as JSON."""

    name: str
    url: str = field(repr=False)  # often as good as a password
    secret: str | None = field(default=None, repr=False)  # that signs what it is sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A service that people read, by an Apprise URL."""

    name: str
    url: str = field(repr=False)


Channel = Webhook | Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """When nobody is told; in the zone of the schedules. It may last over midnight."""

    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """What cannot wait for the next issue, and who is told."""

    rules: tuple[AlertRule, ...] = ()
    channels: Mapping[str, Channel] = field(default_factory=dict)
    breaking: tuple[str, ...] = ()  # the channels that are told of stories that break
    quiet: QuietHours | None = None  # None: never
    per_hour: int = 4  # mails to one recipient; what comes above that goes into the next one
    cooldown: timedelta = timedelta(hours=24)  # of stories that break, and of readers' rules


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings:
    """Copies of the database that the service makes by itself."""

    every: timedelta | None = timedelta(days=1)  # None: it makes none
    keep: int = 7  # so many; older ones are deleted
    folder: Path | None = None  # None: state/backups


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """How long is kept what nothing needs any more."""

    entries: timedelta = timedelta(days=400)  # after their story's last report
    deliveries: timedelta = timedelta(days=400)  # after what became of them
    logs: timedelta = timedelta(days=30)  # requests, runs, notices that are over


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration."""

    project: Path  # the folder of feeds.toml, state/ and templates/
    title: str
    zone: ZoneInfo
    language: str
    catch_up: timedelta
    max_stories: int
    sections: tuple[TopicId, ...]
    lexicon: Path | None  # None: the built-in one
    editions: Mapping[str, Edition]
    operator: str | None
    mail: MailSettings
    inbox: InboxSettings
    fetch: FetchSettings
    feeds: tuple[Feed, ...]
    review: timedelta | None = None  # before the due time the operator is mailed a draft
    alerts: AlertSettings = AlertSettings()
    backup: BackupSettings = BackupSettings()
    retention: RetentionSettings = RetentionSettings()
    network_state: bool = False  # state/ may lie on a network file system, at the operator's risk
    web: WebSettings | None = None  # None: no pages, everything goes by mail
    admin: AdminSettings | None = None  # None: nothing is served to the operator
    user_lexicon: Mapping[str, object] = field(default_factory=dict)
    # ^ the [[company]], [[topic]], … tables of feeds.toml, as stories/load.py reads them

    @property
    def state(self) -> Path:
        """The folder that holds all state."""
        return self.project / "state"

    @property
    def backups(self) -> Path:
        """The folder of the backups that are made by schedule."""
        return self.backup.folder or self.state / "backups"

    @property
    def archive(self) -> Path:
        """The folder of the issues that are out, as pages."""
        return self.state / "archive"

    @property
    def first_edition(self) -> Edition:
        """The edition that is meant where none is named."""
        return next(iter(self.editions.values()))
