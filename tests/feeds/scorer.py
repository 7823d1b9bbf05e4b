"""Judges a log of requests: what of it a server would call rude.

The scorer knows only the log and the rules of the protocols; it shares no code with the program. A
log comes from the simulated day of test_polite_day.py, or is made by hand to have one fault.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

DAY = timedelta(days=1)
REDIRECTS = {301, 302, 307, 308}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the body of an answer says, in case that it is a feed."""

    ttl: timedelta = timedelta()
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One request, as the server saw it, with the answer."""

    at: datetime
    host: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    same_host: int = 0  # requests of this host under way when it came
    others: int = 0  # requests of all hosts under way when it came
    status: int = 200
    answer: Mapping[str, str] = field(default_factory=dict)  # headers
    wishes: Wishes = Wishes()

    @property
    def url(self) -> str:
        return f"{self.host}{self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the operator has set."""

    interval: timedelta
    at_once: int
    agent: str
    private: frozenset[str] = frozenset()  # hosts whose Retry-After concerns one feed
    longest: timedelta = DAY  # no wish is granted beyond


def violations(log: Sequence[Hit], rules: Rules) -> list[str]:
    """Every rudeness in the log, each as "kind: what and when"."""
    found = [*_of_each(log, rules)]
    urls = {hit.url for hit in log}
    for url in sorted(urls):
        found += _of_one_url([hit for hit in log if hit.url == url], rules)
    for host in sorted({hit.host for hit in log} - rules.private):
        found += _of_one_host([hit for hit in log if hit.host == host])
    return found


def kinds(log: Sequence[Hit], rules: Rules) -> set[str]:
    return {one.partition(":")[0] for one in violations(log, rules)}


def _of_each(log: Iterable[Hit], rules: Rules) -> Iterator[str]:
    allowed = {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
    allowed |= {"If-None-Match", "If-Modified-Since"}
    for hit in log:
        where = f"{hit.url} at {hit.at:%H:%M}"
        if hit.same_host:
            yield f"two at once: {where}"
        if hit.others >= rules.at_once:
            yield f"too many at once: {where}"
        if hit.headers.get("User-Agent") != rules.agent:
            yield f"no name: {where}"
        if hit.headers.get("Accept-Encoding") != "gzip":
            yield f"no gzip: {where}"
        for name in sorted(set(hit.headers) - allowed):
            yield f"{name.lower()} sent: {where}"


def _of_one_host(log: Sequence[Hit]) -> Iterator[str]:
    closed_until: datetime | None = None
    for hit in log:
        if closed_until is not None and hit.at < closed_until:
            yield f"host told us to wait: {hit.url} at {hit.at:%H:%M}"
        wait = _retry_after(hit)
        if wait is not None:
            closed_until = hit.at + wait


def _of_one_url(log: Sequence[Hit], rules: Rules) -> Iterator[str]:
    known = _Known()
    for hit, following in zip(log, [*log[1:], None], strict=True):
        known = known.after(hit)
        if following is not None:
            for kind in _faults(hit, following, known, rules):
                yield f"{kind}: {hit.url} at {hit.at:%H:%M} and {following.at:%H:%M}"


@dataclass(frozen=True, slots=True)
class _Known:
    """What a polite client would know of one URL."""

    etag: str | None = None
    modified: str | None = None
    wishes: Wishes = Wishes()
    failures: int = 0

    def after(self, hit: Hit) -> "_Known":
        match hit.status:
            case 200:
                return _Known(hit.answer.get("ETag"), hit.answer.get("Last-Modified"), hit.wishes)
            case 304:
                return replace(self, failures=0)
            case status if status in REDIRECTS:
                return self
            case _:
                return replace(self, failures=self.failures + 1)


def _faults(hit: Hit, following: Hit, known: _Known, rules: Rules) -> Iterator[str]:
    wait = following.at - hit.at
    waits = {
        "interval": rules.interval,
        "ttl": known.wishes.ttl,
        "max-age": _max_age(hit) or timedelta(),
        "expires": _until(hit, "Expires") or timedelta(),
        "back-off": rules.interval * 2 ** min(max(known.failures - 1, 0), 16),
    }
    for kind, asked in waits.items():
        if wait < min(asked, rules.longest):
            yield kind
    if wait < (_retry_after(hit) or timedelta()):
        yield "retry-after"
    if hit.status == 410:
        yield "gone"
    if following.at.hour in known.wishes.skip_hours:
        yield "skipHours"
    if following.at.weekday() in known.wishes.skip_days:
        yield "skipDays"
    if hit.status not in REDIRECTS:  # the validators are those of the place they lead to
        if following.headers.get("If-None-Match") != known.etag:
            yield "etag"
        if following.headers.get("If-Modified-Since") != known.modified:
            yield "last-modified"


def _max_age(hit: Hit) -> timedelta | None:
    for directive in hit.answer.get("Cache-Control", "").split(","):
        name, _, value = directive.strip().partition("=")
        if name == "max-age":
            return timedelta(seconds=int(value) - int(hit.answer.get("Age", "0")))
    return None


def _retry_after(hit: Hit) -> timedelta | None:
    value = hit.answer.get("Retry-After", "")
    return timedelta(seconds=int(value)) if value.isdigit() else _until(hit, "Retry-After")


def _until(hit: Hit, name: str) -> timedelta | None:
    value = hit.answer.get(name)
    return None if value is None else parsedate_to_datetime(value) - hit.at
