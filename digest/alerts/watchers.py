"""Who watches for what: by rules of the operator and of readers, and for stories that break."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import lru_cache

from digest.alerts.decide import Watch, Watcher
from digest.alerts.index import RuleIndex
from digest.model import (
    BREAKING,
    AlertWish,
    Choice,
    Reason,
    Recipient,
    Status,
    Subscriber,
    ToAddress,
    ToChannel,
    ToReader,
    wish_of,
)
from digest.settings import AlertRule, Settings
from digest.stories.rules import Rule, RuleError, parse


def rule_key(name: str) -> str:
    """What a rule is muted by; of stories that break, by no name."""
    return f"rule/{name or BREAKING}"


def story_key(story: int) -> str:
    """What a story is muted by."""
    return f"story/{story}"


def watch_of(
    settings: Settings, readers: Iterable[Subscriber], muted: Collection[str], now: datetime
) -> Watch:
    """All who watch now, but by rules that are muted."""
    readers = [reader for reader in readers if _listens(reader, now)]
    rules = [*_of_operator(settings, muted), *_of_readers(settings, readers)]
    breaking: dict[Choice, list[Watcher]] = {}
    if rule_key(BREAKING) not in muted:
        for choice, to in _waiting(settings, readers):
            watcher = Watcher(name="", to=to, rest=settings.alerts.cooldown)
            breaking.setdefault(choice, []).append(watcher)
    return Watch(rules=RuleIndex(rules), breaking=breaking)


def recipients(rule: AlertRule) -> tuple[Recipient, ...]:
    """Whom a rule of the operator's tells."""
    return (*map(ToAddress, rule.to), *map(ToChannel, rule.channels))


def wants_breaking(reader: Subscriber) -> bool:
    """Whether stories that break are for this reader."""
    return wish_of(reader.preferences) is AlertWish.BREAKING


def wants_own_rules(reader: Subscriber) -> bool:
    """Whether this reader's own rules are watched."""
    return wish_of(reader.preferences) is not AlertWish.NONE


def is_muted(reader: Subscriber, now: datetime) -> bool:
    """Whether this reader wants no alerts for a while."""
    return reader.muted_until is not None and now < reader.muted_until


def still_wants(reader: Subscriber, reasons: Iterable[Reason]) -> bool:
    """Whether one of these reasons to tell a reader holds by what they want now."""
    own = reader.preferences.rules if wants_own_rules(reader) else ()
    return any(each.rule in own if each.rule else wants_breaking(reader) for each in reasons)


def addresses(settings: Settings) -> frozenset[str]:
    """All that feeds.toml names to be told by mail."""
    named = {address for rule in settings.alerts.rules for address in rule.to}
    return frozenset(named | ({settings.operator} if settings.operator else set()))


def is_muted_story(numbers: Iterable[int], muted: Collection[str]) -> bool:
    """Whether the operator wants silence about a story, by any of the numbers that it had."""
    return any(story_key(number) in muted for number in numbers)


def is_silent(numbers: Iterable[int], reasons: Iterable[Reason], muted: Collection[str]) -> bool:
    """Whether the operator wants silence about a story, or about all rules that raised it."""
    rules = {rule_key(reason.rule) for reason in reasons}
    return is_muted_story(numbers, muted) or rules <= {*muted}


def _listens(reader: Subscriber, now: datetime) -> bool:
    return reader.status is Status.ACTIVE and not is_muted(reader, now)


def _of_operator(settings: Settings, muted: Collection[str]) -> Iterator[tuple[Rule, Watcher]]:
    for rule in settings.alerts.rules:
        if rule_key(rule.name) not in muted:
            for to in recipients(rule):
                yield parse(rule.match), Watcher(name=rule.name, to=to, rest=rule.cooldown)


def _of_readers(
    settings: Settings, readers: Iterable[Subscriber]
) -> Iterator[tuple[Rule, Watcher]]:
    for reader in readers:
        if wants_own_rules(reader):
            for text in reader.preferences.rules:
                rule = _read(text)
                if rule is not None:
                    to = ToReader(reader.id)
                    yield rule, Watcher(name=text, to=to, rest=settings.alerts.cooldown)


def _waiting(
    settings: Settings, readers: Iterable[Subscriber]
) -> Iterator[tuple[Choice, Recipient]]:
    everything = Choice()
    if settings.operator is not None:
        yield everything, ToAddress(settings.operator)
    for name in settings.alerts.breaking:
        yield everything, ToChannel(name)
    for reader in readers:
        if wants_breaking(reader):
            yield reader.preferences.choice, ToReader(reader.id)


@lru_cache(maxsize=20_000)  # the rules of all readers are read at each round
def _read(text: str) -> Rule | None:
    """A rule of a reader's; None for one that a later version of the language no longer reads."""
    try:
        return parse(text)
    except RuleError:
        return None
