"""Lists that are read in again as they were written, and one person's whole record."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.alerts.watchers import wants_breaking
from digest.model import (
    Alert,
    AlertWish,
    Bounce,
    BounceKind,
    Choice,
    CompanyId,
    Consent,
    DeliveryKind,
    Letter,
    Preferences,
    Raised,
    Reason,
    Recipient,
    Status,
    Subscriber,
    SubscriberId,
    ToAddress,
    Told,
    TopicId,
    ToReader,
)
from digest.settings import InboxSettings
from digest.store import Store
from digest.store.telling import Mailing
from digest.subscribers.addresses import address_key, normalise
from digest.subscribers.desk import Asked, Desk, Joined
from digest.subscribers.exporting import columns_of, person, to_csv, to_tables
from digest.subscribers.importing import COLUMNS, Defaults, Vocabulary, read_csv, read_toml
from digest.subscribers.intake import import_rows
from digest.subscribers.letters import Masthead
from digest.subscribers.names import Spellings
from tests.builders import NOW, database_of
from tests.issues.builders import headline, issue_story

TARO = "taro@example.com"
DAY = timedelta(days=1)
CONSENT = Consent(at=NOW, how="form", words="I want it")
COMPANIES = frozenset({CompanyId("nissan"), CompanyId("honda")})
TOPICS = frozenset({TopicId("ev"), TopicId("tariffs_trade")})


def desk_of(store: Store) -> Desk:
    return Desk(
        store=store,
        masthead=Masthead(
            title="Kuruma Weekly",
            editions={},
            inbox=InboxSettings(maildir=Path("inbox"), address="weekly@example.org"),
        ),
        vocabulary=Vocabulary(
            rhythms=frozenset({"weekly", "daily"}),
            companies=COMPANIES,
            topics=TOPICS,
            spellings=Spellings(companies={str(c): c for c in COMPANIES}),
        ),
    )


@contextmanager
def fresh() -> Iterator[Desk]:
    with TemporaryDirectory() as folder, Store.open(Path(folder) / "state") as store:
        yield desk_of(store)


moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001  # below
    lambda moment: moment.replace(tzinfo=UTC)
)
words = st.text(
    st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(' ,;"\n'), max_size=30
)
preferences = st.builds(
    Preferences,
    choice=st.builds(
        Choice,
        language=st.sampled_from(["en", "ja"]),
        companies=st.frozensets(st.sampled_from(sorted(COMPANIES))),
        topics=st.frozensets(st.sampled_from(sorted(TOPICS))),
    ),
    rhythm=st.sampled_from(["weekly", "daily"]),
    alerts=st.sampled_from(AlertWish),
    rules=st.lists(
        st.sampled_from(['company:nissan and "a, b; c"', "new", '"日産" or owners>=3']),
        unique=True,
    ).map(tuple),
)
readers = st.builds(
    Subscriber,
    id=st.just(0),
    address=st.from_regex(r"[A-Za-z0-9'=+_-]{1,12}@[a-z]{1,9}\.jp", fullmatch=True),
    name=words.map(lambda text: " ".join(text.split())),
    status=st.sampled_from([s for s in Status if s is not Status.ERASED]),
    preferences=preferences,
    consent=st.builds(
        Consent,
        at=moments,
        how=words.map(str.strip).filter(bool),
        words=words.map(str.strip).filter(bool),
    ),
    created_at=st.just(NOW),
    paused_until=st.none() | moments,
    muted_until=st.none() | moments,
)


def normal(reader: Subscriber) -> tuple[object, ...]:
    """What a list tells of a reader."""
    asked = reader.status is Status.PENDING
    return (
        reader.address,
        reader.name,
        reader.status,
        reader.preferences,
        None if asked else reader.consent,
        reader.paused_until if reader.status is Status.PAUSED else None,
        None if asked else reader.muted_until,
    )


@pytest.mark.parametrize("kind", ["csv", "toml"])
@given(wanted=st.lists(readers, max_size=4, unique_by=lambda r: address_key(r.address)))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_list_that_is_written_and_read_in_is_the_same(
    kind: str, wanted: list[Subscriber]
) -> None:
    if kind == "csv":
        rows = read_csv(to_csv(wanted))
    else:
        rows = read_toml(tomli_w.dumps(to_tables(wanted))) if wanted else []
    with fresh() as desk:
        report = import_rows(desk, rows, NOW, defaults=Defaults(), dry_run=False)
        assert report.bad == ()
        found = desk.store.subscribers.all()
        assert list(map(normal, found)) == list(map(normal, wanted))
        again = import_rows(desk, rows, NOW, defaults=Defaults(), dry_run=False)
        assert (again.recorded, again.asked, again.bad) == ((), (), ())
        assert list(map(normal, desk.store.subscribers.all())) == list(map(normal, wanted))


def test_the_header_is_short_where_nothing_more_is_to_be_said(store: Store) -> None:
    desk = desk_of(store)
    joined = desk.record(TARO, NOW, consent=CONSENT, preferences=Preferences())
    assert isinstance(joined, Joined)
    assert to_csv(store.subscribers.all()) == (
        "email,name,language,rhythm,companies,topics,status,consent_at,consent_how,consent_text\n"
        f"taro@example.com,,en,weekly,,,active,{NOW.isoformat()},form,I want it\n"
    )
    assert columns_of([]) == COLUMNS
    wanted = Preferences(alerts=AlertWish.RULES, rules=("new",))
    store.subscribers.set_preferences(joined.subscriber.id, wanted, NOW)
    assert to_csv(store.subscribers.all()).splitlines()[0].endswith(",consent_text,alerts,rules")
    store.subscribers.mute(joined.subscriber.id, NOW + DAY, NOW)
    assert columns_of(store.subscribers.all()) == (*COLUMNS, "alerts", "rules", "muted_until")


def raised(store: Store, *told: tuple[Recipient, Sequence[str]]) -> None:
    """A story breaks, and these are to be told of it by these rules."""
    one = issue_story(headlines=(headline(title="Gouda Works opens a plant"),))
    news = Raised(
        alert=Alert(at=NOW, story=one),
        told=tuple(
            Told(to=to, reasons=tuple(Reason(rule=rule) for rule in rules)) for to, rules in told
        ),
    )
    with store.transaction():
        connection = database_of(store).connection  # no ingest for one story's number
        connection.execute("INSERT INTO stories (id, created_at) VALUES (?, '')", (one.story,))
        connection.execute("INSERT INTO clusters VALUES (:n, :n, NULL)", {"n": one.story})
    store.alerts.raise_([(news, NOW)], [])


def mail_all(store: Store, address: str = TARO) -> int:
    """Write to whoever is still to be told."""
    letter = Letter(subject="It breaks", text="t")
    waiting = store.telling.waiting(NOW, 9).values()
    return store.telling.mail(
        [Mailing(told=t, address=address, letter=letter) for t in waiting], NOW
    )


def test_a_person_is_shown_which_alerts_they_were_told_of_and_by_which_rules(
    store: Store,
) -> None:
    desk = desk_of(store)
    joined = desk.record(TARO, NOW, consent=CONSENT, preferences=Preferences(rules=("new",)))
    assert isinstance(joined, Joined)
    to = ToReader(joined.subscriber.id)
    raised(store, (to, ["new", ""]), (ToAddress("Taro@example.com"), ["plants"]))
    assert mail_all(store) == 2
    told = json.loads(json.dumps(person(TARO, *desk.record_of(TARO))))
    at = told["alerts"][0]["at"]
    assert datetime.fromisoformat(at) == NOW
    first = {"at": at, "story": 1, "headline": "Gouda Works opens a plant", "told_at": at}
    assert told["alerts"] == [first | {"rules": ["new", ""]}, first | {"rules": ["plants"]}]
    assert told["preferences"]["rules"] == ["new"]


@pytest.mark.parametrize("mailed", [True, False])
def test_an_address_that_is_erased_is_in_no_alert_and_in_no_key(
    store: Store, *, mailed: bool
) -> None:
    desk = desk_of(store)
    others = ToAddress("hana@example.com"), ToAddress("ken@example.com")
    raised(store, *((to, [""]) for to in (ToAddress("Taro@Example.com"), *others)))
    if mailed:
        assert mail_all(store) == 3
        store.deliveries.claim(9, NOW, resend_unknown=False)  # may have left: the key is kept
    else:
        assert not desk.record_of(TARO)[1].is_empty
    assert desk.erase(TARO, NOW) is not None
    connection = database_of(store).connection  # the very bytes of it
    assert "taro" not in "\n".join(connection.iterdump()).lower()
    (past,) = store.alerts.history(NOW)
    assert [each.to for each in past.told] == [ToAddress("erased/1"), *others]
    assert mail_all(store) == (0 if mailed else 2)  # of whom is erased nobody waits
    assert desk.record_of(TARO)[1].alerts == ()


def test_a_person_is_shown_all_that_is_kept_of_them(store: Store) -> None:
    desk = desk_of(store)
    assert isinstance(desk.subscribe(TARO, NOW, preferences=Preferences()), Asked)
    (asked,) = store.deliveries.claim(9, NOW, resend_unknown=False)
    store.bounces.add(
        Bounce(key="r", delivery=asked.id, kind=BounceKind.SOFT, status="4.2.2", words="full"), NOW
    )
    reader, record = desk.record_of("Taro@Example.com")
    told = json.loads(json.dumps(person(TARO, reader, record)))
    assert told["subscriber"]["status"] == "pending"
    assert told["preferences"]["rhythm"] == "weekly"
    assert told["consent"] is None
    assert [each["kind"] for each in told["deliveries"]] == ["confirmation"]
    assert told["deliveries"][0]["subject"] == "Kuruma Weekly: please confirm"
    assert [each["words"] for each in told["bounces"]] == ["full"]
    assert told["requests"]["questions_to_them"][0]["wish"]["kind"] == "join"
    assert len(told["requests"]["letters_before_they_had_proved_to_ask"]) == 1
    assert told["suppressed"] is None
    assert "confirm-" not in json.dumps(told)  # with a token anybody could say yes for them


def test_who_only_wrote_to_us_once_has_a_record_and_can_be_erased(store: Store) -> None:
    desk = desk_of(store)
    store.deliveries.add_letter(
        "answer/1",
        DeliveryKind.ANSWER,
        address="Taro@example.com",
        subscriber=None,
        letter=Letter(subject="s", text="t"),
        now=NOW,
    )
    _, record = desk.record_of(TARO)
    assert [each.key for each in record.deliveries] == ["answer/1"]
    erased = desk.erase(TARO, NOW)
    assert erased is not None
    assert erased.letters == 1
    reader, record = desk.record_of(TARO)
    assert reader is None
    assert record.deliveries == ()
    assert record.suppressed is not None
    assert person(TARO, reader, record)["subscriber"] is None
    assert desk.erase(TARO, NOW) is None


def test_the_address_of_a_list_is_kept_in_its_normal_form() -> None:
    assert normalise("Taro@EXAMPLE.com") == "Taro@example.com"


@given(
    names=st.lists(
        st.tuples(st.sampled_from(["", "'", "''"]), st.sampled_from("=+-@a'"), words).map("".join)
    )
)
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_name_is_a_formula_and_each_is_read_back_as_it_was(names: list[str]) -> None:
    def named(number: int, name: str) -> Subscriber:
        return Subscriber(
            id=SubscriberId(number),
            address=f"r{number}@example.com",
            name=name,
            status=Status.ACTIVE,
            preferences=Preferences(),
            consent=replace(CONSENT, words=f"\t{name}"),
            created_at=NOW,
        )

    text = to_csv([named(number, name) for number, name in enumerate(names)])
    for _, name, *_, consent in list(csv.reader(io.StringIO(text, newline="")))[1:]:
        assert name[:1] not in {"=", "+", "-", "@"}
        assert consent.startswith("'\t")
    rows = read_csv(text)
    assert [row.values["name"] for row in rows] == names
    assert [row.values["consent_text"] for row in rows] == [f"\t{name}" for name in names]


def test_who_gets_alerts_and_nothing_else_is_shown_to_get_what_breaks(store: Store) -> None:
    desk = desk_of(store)
    for rhythm in ("weekly", "alerts"):
        for wish in AlertWish:
            wanted = Preferences(rhythm=rhythm, alerts=wish)
            joined = desk.record(
                f"{rhythm}.{wish}@example.com", NOW, consent=CONSENT, preferences=wanted
            )
            assert isinstance(joined, Joined)
            told = person(TARO, *desk.record_of(joined.subscriber.address))
            preferences = told["preferences"]
            assert isinstance(preferences, dict)
            breaks = preferences["alerts"] == "breaking"
            assert breaks == wants_breaking(joined.subscriber)
