"""Who watches for what, of the operator and of the readers."""

from datetime import timedelta
from typing import Any

import pytest

from digest.alerts.watchers import watch_of
from digest.model import (
    AlertWish,
    Choice,
    CompanyId,
    Recipient,
    Status,
    Subscriber,
    SubscriberId,
    ToAddress,
    ToChannel,
    ToReader,
)
from digest.settings import AlertRule, AlertSettings
from digest.stories.rules import Facts
from tests.alerts.builders import reader, settings
from tests.builders import NOW

NISSAN = Facts(companies=frozenset({CompanyId("nissan")}))
DEAL = AlertRule(name="deal", match="company:nissan", to=("a@example.org",), channels=("chat",))


def waiting(*readers: Subscriber, muted: tuple[str, ...] = (), **given: Any) -> list[Recipient]:
    """Who waits for stories that break."""
    watch = watch_of(settings(**given), readers, muted, NOW)
    return [watcher.to for watchers in watch.breaking.values() for watcher in watchers]


def met(*readers: Subscriber, muted: tuple[str, ...] = (), **given: Any) -> list[Recipient]:
    """Whose rules news of Nissan meets."""
    watch = watch_of(settings(**given), readers, muted, NOW)
    return [watcher.to for _, watchers in watch.rules.met_by(NISSAN) for watcher in watchers]


class TestBreaking:
    def test_is_for_the_operator_and_the_channels_that_want_it(self) -> None:
        to = waiting(operator="op@example.org", alerts=AlertSettings(breaking=("chat",)))
        assert to == [ToAddress("op@example.org"), ToChannel("chat")]

    @pytest.mark.parametrize(
        ("one", "wanted"),
        [
            (reader(alerts=AlertWish.BREAKING), True),
            (reader(alerts=AlertWish.NONE, rhythm="alerts"), True),
            (reader(alerts=AlertWish.RULES), False),
            (reader(alerts=AlertWish.NONE), False),
            (reader(status=Status.PAUSED), False),
            (reader(muted_until=NOW + timedelta(hours=1)), False),
            (reader(muted_until=NOW), True),
        ],
    )
    def test_is_for_readers_who_want_it(self, one: Subscriber, *, wanted: bool) -> None:
        assert waiting(one) == ([ToReader(SubscriberId(1))] if wanted else [])

    def test_keeps_readers_of_one_choice_together(self) -> None:
        nissan = Choice(companies=frozenset({CompanyId("nissan")}))
        readers = [reader(1), reader(2, choice=nissan), reader(3, choice=nissan)]
        watch = watch_of(settings(), readers, (), NOW)
        assert {choice: len(them) for choice, them in watch.breaking.items()} == {
            Choice(): 1,
            nissan: 2,
        }

    def test_can_be_muted(self) -> None:
        assert waiting(operator="op@example.org", muted=("rule/breaking",)) == []


class TestRules:
    def test_of_the_operator_tell_addresses_and_channels(self) -> None:
        given = AlertSettings(rules=(DEAL,))
        assert met(alerts=given) == [ToAddress("a@example.org"), ToChannel("chat")]
        assert met(alerts=given, muted=("rule/deal",)) == []

    @pytest.mark.parametrize("wish", [AlertWish.RULES, AlertWish.BREAKING])
    def test_of_a_reader_tell_that_reader(self, wish: AlertWish) -> None:
        assert met(reader(alerts=wish, rules=("company:nissan",))) == [ToReader(SubscriberId(1))]

    def test_of_a_reader_rest_while_they_want_no_alerts(self) -> None:
        assert met(reader(alerts=AlertWish.NONE, rules=("company:nissan",))) == []

    def test_that_can_no_longer_be_read_are_passed_by(self) -> None:
        rules = ("company:nissan and", "company:nissan")
        assert met(reader(rules=rules)) == [ToReader(SubscriberId(1))]
