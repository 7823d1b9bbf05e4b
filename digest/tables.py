"""What the checked tables of feeds.toml become: the frozen values of settings."""

from pathlib import Path
from urllib.parse import urlsplit

from digest import settings as s
from digest.alerttables import alert_settings
from digest.feedstoml import (
    BUILT_IN,
    LEXICON_TABLES,
    AdminTable,
    BackupTable,
    FeedTable,
    FileTable,
    MailTable,
    WebTable,
)
from digest.mail.senders import parse_sender
from digest.mailtables import password_of
from digest.model import FeedId, TopicId
from digest.tomladdresses import feed_id


def settings_of(parsed: FileTable, project: Path) -> s.Settings:
    """The settings that a checked file of this project's folder says."""
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
        named="inbox" in parsed.model_fields_set,
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
