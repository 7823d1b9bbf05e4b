from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.issues.widths import width
from digest.mail.notices import (
    AGAIN,
    GATHER,
    LONGEST_GATHER,
    SAID,
    Tellable,
    length,
    letter_of,
    summary,
    tellable,
)
from digest.model import (
    PASSING,
    DeliveryKind,
    Notice,
    NoticeKind,
    StoredNotice,
)
from digest.store import Store
from digest.store.notices import SAME

NOW = datetime(2026, 11, 16, 7, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BROKEN, REFUSED = NoticeKind.FEED_BROKEN, NoticeKind.MAIL_REFUSED


def notice(about: str = "trade", kind: NoticeKind = BROKEN, words: str = "Words.") -> Notice:
    return Notice(kind=kind, about=about, words=words)


def stored(
    number: int = 1,
    kind: NoticeKind = BROKEN,
    at: datetime = NOW,
    *,
    healed: datetime | None = None,
    told: datetime | None = None,
    well: datetime | None = None,
    times: int = 1,
) -> StoredNotice:
    return StoredNotice(
        id=number,
        notice=replace(notice(f"feed-{number}", kind, f"Words {number}."), since=at),
        opened_at=at,
        healed_at=at if kind in PASSING else healed,
        told_at=told,
        well_at=well,
        times=times,
    )


def numbers(found: Tellable | None) -> tuple[list[int], list[int]]:
    if found is None:
        return [], []
    return [one.id for one in found.raised], [one.id for one in found.over]


# --- what is told, and when ------------------------------------------------------------------


def test_nothing_wrong_nothing_told() -> None:
    assert tellable([], NOW) is None


def test_troubles_are_gathered_before_they_are_told() -> None:
    assert tellable([stored()], NOW + GATHER - MINUTE) is None
    both = [stored(), stored(2, at=NOW + GATHER)]
    assert numbers(tellable(both, NOW + GATHER)) == ([1, 2], [])


def test_what_keeps_mail_from_readers_is_told_at_once() -> None:
    assert numbers(tellable([stored(), stored(2, NoticeKind.ISSUE_PAUSED)], NOW)) == ([1, 2], [])


def test_a_notice_from_the_future_does_not_wait_for_it() -> None:
    assert numbers(tellable([stored(at=NOW + 9 * DAY)], NOW)) == ([1], [])


def test_what_was_told_is_not_told_again_while_it_lasts() -> None:
    assert tellable([stored(told=NOW)], NOW + 9 * DAY) is None


def test_what_is_over_before_it_was_told_is_not_told() -> None:
    assert tellable([stored(healed=NOW + HOUR)], NOW + DAY) is None


def test_that_it_is_over_is_told_when_it_stays_so() -> None:
    healed = stored(told=NOW, healed=NOW + HOUR)
    assert tellable([healed], NOW + HOUR + GATHER - MINUTE) is None
    assert numbers(tellable([healed], NOW + HOUR + GATHER)) == ([], [1])


def test_a_swarm_that_heals_is_told_in_one_letter() -> None:
    swarm = [stored(n, told=NOW, healed=NOW + n * 20 * MINUTE) for n in (1, 2, 3)]
    assert tellable(swarm, NOW + 60 * MINUTE) is None  # the third is fresh
    assert numbers(tellable(swarm, NOW + 90 * MINUTE)) == ([], [1, 2, 3])


def test_one_that_never_settles_does_not_keep_the_others_secret() -> None:
    now = NOW + LONGEST_GATHER
    restless = [stored(1, told=NOW - DAY, healed=NOW), stored(2, told=NOW - DAY, healed=now)]
    assert numbers(tellable(restless, now)) == ([], [1])


def test_what_comes_back_is_told_once_a_day() -> None:
    again = stored(at=NOW + 3 * HOUR, told=NOW, well=NOW + HOUR, times=2)
    assert tellable([again], NOW + AGAIN - MINUTE) is None
    assert numbers(tellable([again], NOW + AGAIN)) == ([1], [])


def test_an_issue_that_stops_again_after_a_resume_is_told_at_once() -> None:
    again = stored(kind=NoticeKind.ISSUE_PAUSED, told=NOW - HOUR, well=NOW - MINUTE)
    assert numbers(tellable([again], NOW)) == ([1], [])


def test_what_passes_is_told_once_and_never_as_over() -> None:
    passed = stored(kind=REFUSED)
    assert tellable([passed], NOW) is None
    assert numbers(tellable([passed], NOW + GATHER)) == ([1], [])
    assert tellable([replace(passed, told_at=NOW + GATHER)], NOW + 9 * DAY) is None


# --- how it is told --------------------------------------------------------------------------


def test_the_subject_tells_what_is_wrong_in_a_line() -> None:
    told = Tellable(
        raised=(stored(1), stored(2), stored(3), stored(4, NoticeKind.MAIL_BLOCKED)),
        over=(stored(5, NoticeKind.CHANNEL_BLOCKED, healed=NOW),),
    )
    letter = letter_of(told, "Kuruma", TOKYO)
    assert letter.subject == (
        "Kuruma: no mail leaves (feed-4), 3 feeds broken, channel works again (feed-5)"
    )


def test_a_letter_says_what_happened_since_when_and_where_more_stands() -> None:
    letter = letter_of(Tellable(raised=(stored(),)), "Kuruma", TOKYO)
    assert letter.subject == "Kuruma: feed broken (feed-1)"
    assert "feed-1, since 2026-11-16 16:00:\nWords 1." in letter.text
    assert "More: docs/feeds.md" in letter.text


def test_of_a_swarm_one_is_told_in_full_and_the_others_are_named() -> None:
    text = letter_of(Tellable(raised=tuple(map(stored, range(1, 9)))), "K", TOKYO).text
    assert "Words 1." in text
    assert "Words 2." not in text
    assert "feed-2, feed-3, feed-4, feed-5, feed-6, feed-7, feed-8" in " ".join(text.split())


def test_that_it_is_over_says_how_long_it_lasted() -> None:
    one = stored(told=NOW, healed=NOW + 2 * DAY + 3 * HOUR, times=4)
    text = " ".join(letter_of(Tellable(over=(one,)), "K", TOKYO).text.split())
    assert "from 2026-11-16 16:00 to 2026-11-18 19:00, 2 days and 3 hours." in text
    assert "It came and went 4 times." in text


def test_what_came_back_says_how_often() -> None:
    again = replace(stored(times=3), opened_at=NOW + HOUR)
    text = " ".join(letter_of(Tellable(raised=(again,)), "K", TOKYO).text.split())
    assert "for the 3. time since 2026-11-16 16:00, now since 2026-11-16 17:00" in text


def test_what_passes_has_a_time_and_no_since() -> None:
    text = letter_of(Tellable(raised=(stored(kind=REFUSED),)), "K", TOKYO).text
    assert "feed-1, 2026-11-16 16:00:" in text


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(seconds=9), "less than a minute"),
        (-HOUR, "less than a minute"),
        (MINUTE, "1 minute"),
        (90 * MINUTE, "1 hour and 30 minutes"),
        (2 * DAY + MINUTE, "2 days and 1 minute"),
        (2 * DAY + 3 * HOUR + MINUTE, "2 days and 3 hours"),
    ],
)
def test_a_length_of_time_is_told_as_people_do(time: timedelta, words: str) -> None:
    assert length(time) == words


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_has_its_words_and_a_page_of_the_docs(kind: NoticeKind) -> None:
    said = SAID[kind]
    assert (Path("docs") / said.page).is_file()
    assert bool(said.well) == bool(said.all_well) == (kind not in PASSING)
    for number in (1, 2):
        raised = tuple(stored(n, kind) for n in range(1, number + 1))
        assert summary(Tellable(raised=raised))


def test_a_letter_to_the_operator_fits_a_terminal_and_its_commands_stay_whole() -> None:
    command = "`digest issue resume 2026-W47 --edition weekly`"
    words = f"{'The server said no. ' * 7}Mend it, then {command} lets it go on."
    paused = stored(kind=NoticeKind.ISSUE_PAUSED)
    told = replace(paused, notice=replace(paused.notice, words=words))
    text = letter_of(Tellable(raised=(told,)), "Kuruma", TOKYO).text
    assert max(map(width, text.splitlines())) <= 78
    assert command in text


# --- what is kept ----------------------------------------------------------------------------


def test_a_trouble_is_open_until_it_is_settled(store: Store) -> None:
    assert store.notices.raise_(notice(), NOW)
    assert not store.notices.raise_(notice(), NOW + HOUR)
    assert not store.notices.raise_(notice(words="Other words."), NOW + HOUR)
    (one,) = store.notices.open()
    assert (one.notice.words, one.opened_at, one.notice.since) == ("Other words.", NOW, NOW)
    assert store.notices.settle(BROKEN, "trade", NOW + 2 * HOUR)
    assert not store.notices.settle(BROKEN, "trade", NOW + 3 * HOUR)
    assert store.notices.open() == []
    (one,) = store.notices.latest(9)
    assert one.healed_at == NOW + 2 * HOUR


def test_what_was_never_raised_is_not_settled(store: Store) -> None:
    assert not store.notices.settle(BROKEN, "trade", NOW)


def test_what_comes_back_within_a_day_is_the_same_trouble(store: Store) -> None:
    for hour in (0, 2, 4):
        assert store.notices.raise_(notice(), NOW + hour * HOUR)
        assert store.notices.settle(BROKEN, "trade", NOW + (hour + 1) * HOUR)
    (one,) = store.notices.latest(9)
    assert (one.times, one.notice.since) == (3, NOW)
    assert store.notices.raise_(notice(), NOW + 5 * HOUR + SAME)
    assert [one.times for one in store.notices.latest(9)] == [1, 3]


def test_what_passes_is_kept_once_a_day_and_counted(store: Store) -> None:
    assert store.notices.raise_(notice(kind=REFUSED), NOW)
    assert not store.notices.raise_(notice(kind=REFUSED), NOW + HOUR)
    assert store.notices.raise_(notice(kind=REFUSED), NOW + DAY)
    assert [one.times for one in store.notices.latest(9)] == [1, 2]
    assert store.notices.open() == []


def test_what_the_operator_ended_they_are_not_told(store: Store) -> None:
    store.notices.raise_(notice(), NOW)
    (one,) = store.notices.open()
    letter = letter_of(Tellable(raised=(one,)), "K", TOKYO)
    store.notices.mail([one], [], "desk@example.org", letter, NOW)
    store.notices.settle(BROKEN, "trade", NOW + HOUR, by_hand=True)
    assert tellable(store.notices.lately(NOW + DAY), NOW + DAY) is None


def test_raising_belongs_to_the_transaction_of_the_caller(store: Store) -> None:
    def broken_off() -> None:
        with store.transaction():
            store.notices.raise_(notice(), NOW)
            raise KeyError

    with pytest.raises(KeyError):
        broken_off()
    assert store.notices.open() == []


def test_a_letter_that_has_not_left_lets_the_next_one_wait(store: Store) -> None:
    assert not store.notices.letter_waits()
    store.notices.raise_(notice(), NOW)
    one = store.notices.open()
    letter = letter_of(Tellable(raised=tuple(one)), "Kuruma", TOKYO)
    store.notices.mail(one, [], "desk@example.org", letter, NOW)
    assert store.notices.letter_waits()
    (queued,) = store.deliveries.claim(10, NOW, resend_unknown=True)
    assert (queued.kind, queued.letter) == (DeliveryKind.NOTICE, letter)


# --- whatever flaps --------------------------------------------------------------------------

_EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["raise", "settle"]),
        st.integers(min_value=1, max_value=600),  # minutes until the next
    ),
    max_size=60,
)


class Operator:
    """Reads their mail, every five minutes."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOW
        self.heard: dict[str, list[tuple[datetime, str]]] = {}

    def wait(self, minutes: int) -> None:
        until = self.now + minutes * MINUTE
        while self.now < until:
            self.now = min(self.now + 5 * MINUTE, until)
            told = tellable(self.store.notices.lately(self.now), self.now)
            if told is not None:
                letter = letter_of(told, "K", TOKYO)
                self.store.notices.mail(told.raised, told.over, "a@b.example", letter, self.now)
                for word, ones in (("raised", told.raised), ("over", told.over)):
                    for one in ones:
                        heard = self.heard.setdefault(one.notice.about, [])
                        heard.append((self.now, word))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=_EVENTS)
def test_whatever_flaps_the_operator_hears_the_truth_and_no_storm(
    events: list[tuple[str, str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with Store.open(tmp_path_factory.mktemp("flapping") / "state") as store:
        operator = Operator(store)
        for about, what, minutes in events:
            if what == "raise":
                store.notices.raise_(notice(about), operator.now)
            else:
                store.notices.settle(BROKEN, about, operator.now)
            operator.wait(minutes)
        operator.wait(int((DAY + LONGEST_GATHER + GATHER) / MINUTE))  # and then nothing happens
        wrong = {one.notice.about for one in store.notices.open()}
    for about, heard in operator.heard.items():
        words = [word for _, word in heard]
        assert words == [("raised", "over")[n % 2] for n in range(len(words))]  # by turns
        raised = [at for at, word in heard if word == "raised"]
        assert all(b - a >= AGAIN for a, b in pairwise(raised))
        assert (words[-1] == "raised") == (about in wrong)  # in the end they know how it is
    assert wrong <= set(operator.heard)
