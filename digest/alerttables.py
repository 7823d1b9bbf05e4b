"""[[alerts]], [channels] and [alerting] taken together, and what becomes of them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from digest import settings as s
from digest.errors import Problem
from digest.feedstoml import AlertTable, ChannelTable, FileTable
from digest.model import BREAKING
from digest.tomllines import find_line

# Names that a rule may not have: what `digest alerts mute` calls stories that break.
_TAKEN = frozenset({BREAKING})


def alert_problems(parsed: FileTable, project: Path, text: str) -> list[Problem]:
    """What is wrong with alerts where each value for itself may stand. Reads files of secrets."""
    problems = _repeated([each.name for each in parsed.alerts], text)
    for number, rule in enumerate(parsed.alerts):
        if rule.name in _TAKEN:
            line = find_line(text, ["alerts", number, "name"])
            allowed = "another name: this is that of stories that break without a rule"
            problems.append(Problem(f"alerts[{number}].name", repr(rule.name), allowed, line))
        if not (rule.to or rule.channels or parsed.operator.address):
            allowed = "somebody to tell: to, channels, or an [operator] address"
            line = find_line(text, ["alerts", number])
            problems.append(Problem(f"alerts[{number}].to", "nobody", allowed, line))
    for name, channel in parsed.channels.items():
        problems += _channel_problems(name, channel, project, text)
    return problems + _unknown_channels(parsed, text)


def alert_settings(parsed: FileTable, project: Path) -> s.AlertSettings:
    """The checked tables as settings."""
    alerting = parsed.alerting
    return s.AlertSettings(
        rules=tuple(_rule(rule, parsed) for rule in parsed.alerts),
        channels={name: _channel(name, each, project) for name, each in parsed.channels.items()},
        breaking=tuple(dict.fromkeys(alerting.breaking)),
        quiet=alerting.quiet_hours,
        per_hour=alerting.per_hour,
        cooldown=alerting.cooldown,
    )


def _rule(rule: AlertTable, parsed: FileTable) -> s.AlertRule:
    to = tuple({address.casefold(): address for address in reversed(rule.to)}.values())[::-1]
    if not to and not rule.channels and parsed.operator.address is not None:
        to = (parsed.operator.address,)
    return s.AlertRule(
        name=rule.name,
        match=rule.match,
        to=to,
        channels=tuple(dict.fromkeys(rule.channels)),
        cooldown=parsed.alerting.cooldown if rule.cooldown is None else rule.cooldown,
    )


def _channel(name: str, channel: ChannelTable, project: Path) -> s.Channel:
    url = _secret(channel.url, channel.url_file, project) or ""
    if channel.kind == "apprise":
        return s.Chat(name=name, url=url)
    secret = _secret(channel.secret, channel.secret_file, project)
    return s.Webhook(name=name, url=url, secret=secret)


def _secret(value: str | None, file: str | None, project: Path) -> str | None:
    """A secret as it stands, or as its file has it. Raises OSError, UnicodeDecodeError."""
    if value is not None or file is None:
        return value
    return (project / file).read_text(encoding="utf-8").strip()


def _repeated(names: Iterable[str], text: str) -> list[Problem]:
    seen: dict[str, int] = {}
    problems = []
    for number, name in enumerate(names):
        first = seen.setdefault(name, number)
        if first != number:
            line = find_line(text, ["alerts", number, "name"])
            allowed = f"each name once; alerts[{first}] has it too"
            problems.append(Problem(f"alerts[{number}].name", repr(name), allowed, line))
    return problems


def _channel_problems(name: str, channel: ChannelTable, project: Path, text: str) -> list[Problem]:
    """Secrets that are missing or cannot be read, and addresses that are none; not their words."""
    problems = []

    def problem(key: str, found: str, allowed: str) -> None:
        line = find_line(text, ["channels", name, key]) or find_line(text, ["channels", name])
        problems.append(Problem(f"channels.{name}.{key}", found, allowed, line))

    given: Mapping[str, tuple[str | None, str | None]] = {
        "url": (channel.url, channel.url_file),
        "secret": (channel.secret, channel.secret_file),
    }
    for key, (value, file) in given.items():
        if value is not None and file is not None:
            problem(key, "both", f"{key} or {key}_file, not both")
            continue
        try:
            found = _secret(value, file, project)
        except (OSError, UnicodeDecodeError) as error:
            problem(f"{key}_file", repr(file), f"a file that can be read: {error}")
            continue
        if key == "url" and not found:
            problem(key, "nothing", "a url, or a url_file that holds it")
        elif key == "url" and channel.kind == "webhook" and not _is_web(found or ""):
            problem(
                key, "an address", 'an http or https URL, such as "https://hooks.example.org/x"'
            )
        elif key == "secret" and found is not None and channel.kind == "apprise":
            problem(key, "a secret", "none: only a webhook is signed; Apprise has it in its url")
        elif key == "secret" and found == "":
            problem(key, "nothing", "words that both sides know, or no secret")
    return problems


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _unknown_channels(parsed: FileTable, text: str) -> list[Problem]:
    known = list(parsed.channels)
    allowed = f"the NAME of a [channels.NAME] table: {', '.join(known) or 'there is none'}"
    places: list[tuple[str, list[str | int], list[str]]] = [
        ("alerting.breaking", ["alerting", "breaking"], parsed.alerting.breaking)
    ]
    places += [
        (f"alerts[{number}].channels", ["alerts", number, "channels"], rule.channels)
        for number, rule in enumerate(parsed.alerts)
    ]
    return [
        Problem(key, repr(name), allowed, find_line(text, path))
        for key, path, names in places
        for name in names
        if name not in known
    ]
