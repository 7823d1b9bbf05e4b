"""The service in numbers, as Prometheus reads them; docs/metrics.md says what each means.

Most are read from the store when they are asked for, so that none can drift from the truth; what
the store does not keep is counted by digest/tally.py. Labels are ids and words of ours.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from digest import __version__
from digest.feeds.health import Condition
from digest.model import NoticeKind, Status
from digest.tally import Tally
from digest.web.admin.facts import Facts, IssueState

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

Values = Mapping[tuple[str, ...], float]


def exposition(facts: Facts, tally: Tally, lag: float) -> bytes:
    """All metrics, in Prometheus's text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Service(facts, tally, lag))
    return generate_latest(registry)


class Service(Collector):
    """The metrics of one moment."""

    def __init__(self, facts: Facts, tally: Tally, lag: float) -> None:
        self._facts = facts
        self._tally = tally
        self._lag = lag

    def collect(self) -> Iterator[Metric]:
        """Every family, also those without a sample."""
        yield from self._news()
        yield from self._issues()
        yield from self._mail()
        yield from self._service()

    def _news(self) -> Iterator[Metric]:
        facts = self._facts
        states = [one.condition for one in facts.feeds]
        yield _gauge(
            "digest_feeds",
            "Enabled feeds by how they are.",
            {(state,): states.count(state) for state in Condition},
            ["state"],
        )
        yield _gauge(
            "digest_feed_last_success_timestamp_seconds",
            "When a feed was last read.",
            {
                (str(one.feed.id),): one.state.last_success.timestamp()
                for one in facts.feeds
                if one.state.last_success is not None
            },
            ["feed"],
        )
        yield _gauge(
            "digest_feed_failures",
            "Failed polls of a feed in a row.",
            {(str(one.feed.id),): one.state.failures for one in facts.feeds},
            ["feed"],
        )
        yield self._counter("feed_fetches", "Polls of feeds by what they came to.", ["outcome"])
        yield self._counter("entries_new", "Entries that were new.")
        yield _one("digest_poll_timestamp_seconds", "When the last round ended.", facts.last_poll)
        yield _one("digest_entries_waiting", "Entries that are in no story.", facts.entries_waiting)
        yield _one("digest_stories", "Stories with reports of seven days.", facts.stories)
        yield _one("digest_alerts", "Alerts raised in seven days.", facts.alerts)

    def _issues(self) -> Iterator[Metric]:
        editions = self._facts.editions
        yield _gauge(
            "digest_issue_due_timestamp_seconds",
            "When the next issue of an edition is due.",
            {(one.coming.edition.name,): one.coming.period.end.timestamp() for one in editions},
            ["edition"],
        )
        yield _gauge(
            "digest_issue_state",
            "What became of the newest issue of an edition: 1 for its state.",
            {
                (one.coming.edition.name, state): float(one.state == state)
                for one in editions
                for state in IssueState
            },
            ["edition", "state"],
        )

    def _mail(self) -> Iterator[Metric]:
        facts = self._facts
        yield _gauge(
            "digest_outbox_rows",
            "Messages by their state.",
            {(state.value,): number for state, number in facts.outbox.items()},
            ["state"],
        )
        yield _one("digest_outbox_due", "Messages that could leave now.", facts.due)
        blocked = facts.trouble is not None
        yield _one("digest_mail_blocked", "1 while no mail leaves.", float(blocked))
        yield self._counter(
            "smtp_replies", "Answers of the mail server by step and class.", ["stage", "class"]
        )
        yield self._counter("unknown_outcomes", "Messages of which no answer was recorded.")
        yield _gauge(
            "digest_readers",
            "Readers by their status.",
            {(status.value,): facts.readers.get(status, 0) for status in Status},
            ["status"],
        )

    def _service(self) -> Iterator[Metric]:
        facts = self._facts
        kinds = [one.notice.kind for one in facts.notices]
        yield _gauge(
            "digest_notices_open",
            "What needs the operator's hand, by kind.",
            {(kind.replace(" ", "_"),): kinds.count(kind) for kind in NoticeKind},
            ["kind"],
        )
        yield self._counter("store_errors", "Statements that the state refused.")
        yield self._counter("log_events", "Warnings and errors in the log.", ["level", "event"])
        yield _one("digest_loop_lag_seconds", "How late the event loop is.", self._lag)
        yield _one("digest_backup_timestamp_seconds", "When the newest backup began.", facts.backup)
        yield _gauge(
            "digest_build_info", "The version, always 1.", {(__version__,): 1}, ["version"]
        )

    def _counter(self, name: str, words: str, labels: Iterable[str] = ()) -> Metric:
        names = list(labels)
        family = CounterMetricFamily(f"digest_{name}", words, labels=names)
        counts: Mapping[tuple[str, ...], int] = self._tally.of(name)
        if not names:
            counts = {(): counts.get((), 0)}
        for values, number in sorted(counts.items()):
            family.add_metric(values, number)
        return family


def _gauge(name: str, words: str, values: Values, labels: Iterable[str]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=list(labels))
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def _one(name: str, words: str, value: float | datetime | None) -> Metric:
    """A gauge without labels; without a sample where there is no value."""
    if isinstance(value, datetime):
        value = value.timestamp()
    return _gauge(name, words, {} if value is None else {(): value}, ())
