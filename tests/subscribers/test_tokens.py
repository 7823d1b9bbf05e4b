import base64
import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.model import DeliveryId, SegmentId, SubscriberId
from digest.subscribers import tokens

SECRET = bytes(range(32))
NUMBERS = st.integers(0, 2**40 - 1)


@given(NUMBERS)
def test_a_token_leads_back_to_its_reader_or_delivery(number: int) -> None:
    assert tokens.who_leaves(SECRET, tokens.leave_token(SECRET, SubscriberId(number))) == number
    assert tokens.what_bounced(SECRET, tokens.bounce_token(SECRET, DeliveryId(number))) == number


@given(NUMBERS)
def test_a_token_survives_mail_servers_that_fold_case(number: int) -> None:
    token = tokens.leave_token(SECRET, SubscriberId(number))
    assert re.fullmatch(r"[a-z2-7]{32}", token)
    assert tokens.who_leaves(SECRET, token.upper()) == number


@given(NUMBERS, st.integers(0, 159))
def test_a_changed_bit_makes_it_worthless(number: int, bit: int) -> None:
    token = tokens.leave_token(SECRET, SubscriberId(number))
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    place, weight = divmod(bit, 5)
    changed = alphabet[alphabet.index(token[place]) ^ (1 << weight)]
    assert tokens.who_leaves(SECRET, token[:place] + changed + token[place + 1 :]) is None


@given(NUMBERS)
def test_a_token_of_another_purpose_or_another_installation_is_worthless(number: int) -> None:
    leave = tokens.leave_token(SECRET, SubscriberId(number))
    assert tokens.what_bounced(SECRET, leave) is None
    assert tokens.who_leaves(SECRET, tokens.bounce_token(SECRET, DeliveryId(number))) is None
    assert tokens.who_leaves(b"another" * 4, leave) is None


@given(NUMBERS, NUMBERS)
def test_one_readers_signature_does_not_fit_another(one: int, other: int) -> None:
    first = tokens.leave_token(SECRET, SubscriberId(one))
    second = tokens.leave_token(SECRET, SubscriberId(other))
    mixed = first[:8] + second[8:]
    assert (tokens.who_leaves(SECRET, mixed) is not None) == (one == other)


def test_a_higher_counter_gives_another_token_of_the_same_reader() -> None:
    first = tokens.leave_token(SECRET, SubscriberId(7))
    second = tokens.leave_token(SECRET, SubscriberId(7), 1)
    assert first != second
    assert tokens.who_leaves(SECRET, second) == 7


@given(st.text(max_size=40))
def test_no_text_is_a_token_by_chance_or_raises(text: str) -> None:
    assert tokens.who_leaves(SECRET, text) is None


@given(st.text(min_size=32, max_size=32))
def test_no_text_of_the_right_length_is_a_token_by_chance(text: str) -> None:
    assert tokens.who_leaves(SECRET, text) is None


def test_confirmations_are_random_and_kept_as_a_hash_only() -> None:
    made = {tokens.new_confirmation() for _ in range(100)}
    assert len(made) == 100
    for token in made:
        assert re.fullmatch(r"[a-z2-7]{32}", token)
        assert token not in tokens.confirmation_hash(token)
        assert tokens.confirmation_hash(token) == tokens.confirmation_hash(token.upper())


def test_a_suppressed_address_cannot_be_guessed_without_the_secret() -> None:
    ours = tokens.address_hash(SECRET, "taro@example.com")
    assert ours == tokens.address_hash(SECRET, "taro@example.com")
    assert ours != tokens.address_hash(b"another" * 4, "taro@example.com")
    assert ours != tokens.address_hash(SECRET, "hanako@example.com")


KEYS = st.from_regex(
    r"(issue|alert)/[a-z]{1,9}/2026-W[0-9]{2}(\.[0-9])?/[0-9]{1,9}", fullmatch=True
)


@given(KEYS)
def test_the_name_of_a_message_leads_back_to_its_delivery(key: str) -> None:
    token = tokens.message_token(SECRET, key)
    assert re.fullmatch(r"[a-z2-7]{16}(\.[A-Za-z0-9=-]+)+", token)
    assert tokens.which_message(SECRET, token) == key
    assert tokens.which_message(b"another" * 4, token) is None


@given(KEYS, KEYS)
def test_the_signature_of_one_message_does_not_fit_another(one: str, other: str) -> None:
    mixed = tokens.message_token(SECRET, one)[:16] + tokens.message_token(SECRET, other)[16:]
    assert tokens.which_message(SECRET, mixed) == (one if one == other else None)


@given(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(["copy/taro@example.com", "a" * 65, "a//b", "a..b", "a/", "a=b", "a\n"]),
    )
)
def test_a_key_that_fits_no_message_id_makes_a_name_that_leads_nowhere(key: str) -> None:
    name = tokens.message_token(SECRET, key)
    assert re.fullmatch(r"[a-z2-7]{16}(\.[A-Za-z0-9_=-]+)*", name)
    assert tokens.which_message(SECRET, name) == (key if "." in name else None)
    assert name != tokens.message_token(SECRET, f"{key}x")


@given(st.text(max_size=60))
def test_no_text_is_the_name_of_a_message_by_chance(text: str) -> None:
    assert tokens.which_message(SECRET, text) is None
    assert tokens.which_message(SECRET, f"{text[:16]}.issue=weekly=2026-W47=17") is None


@given(NUMBERS, st.integers(0, 2**16 - 1))
def test_tokens_are_base32_as_the_standard_library_writes_it(number: int, counter: int) -> None:
    token = tokens.leave_token(SECRET, SubscriberId(number), counter)
    raw = base64.b32decode(token.upper())
    assert base64.b32encode(raw).decode().lower() == token
    payload = number.to_bytes(5) + counter.to_bytes(2)
    assert raw == payload + hmac.digest(SECRET, b"leave\0" + payload, "sha256")[:13]


@given(st.binary(min_size=1, max_size=100), st.text(max_size=20))
def test_signatures_are_hmacs_as_the_standard_library_makes_them(secret: bytes, key: str) -> None:
    whole = hmac.digest(secret, b"address\0" + key.encode(), "sha256")
    assert tokens.address_hash(secret, key) == whole.hex()


SEGMENTS = st.integers(0, 2**40 - 1).map(SegmentId)
MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001  # the zone is given beside it
    max_value=datetime(2140, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(NUMBERS, MOMENTS)
def test_a_preferences_link_is_good_for_ninety_days_at_most(number: int, issued: datetime) -> None:
    token = tokens.preferences_token(SECRET, SubscriberId(number), issued)
    for days in (0, 1, 88):
        now = issued + timedelta(days=days)
        assert tokens.whose_preferences(SECRET, token, now) == number
    for days in (90, 91, 4000):
        now = issued + timedelta(days=days)
        assert tokens.whose_preferences(SECRET, token, now) == tokens.Expired()


@given(NUMBERS, MOMENTS)
def test_all_mails_of_a_day_carry_one_preferences_link(number: int, issued: datetime) -> None:
    begins = issued.replace(hour=0, minute=0, second=0, microsecond=0)
    first = tokens.preferences_token(SECRET, SubscriberId(number), begins)
    assert tokens.preferences_token(SECRET, SubscriberId(number), issued) == first
    next_day = begins + timedelta(days=1)
    assert tokens.preferences_token(SECRET, SubscriberId(number), next_day) != first


@given(NUMBERS, MOMENTS, st.integers(0, 159))
def test_no_bit_of_a_preferences_link_can_be_changed(
    number: int, issued: datetime, bit: int
) -> None:
    token = tokens.preferences_token(SECRET, SubscriberId(number), issued)
    place, weight = divmod(bit, 5)
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    changed = alphabet[alphabet.index(token[place]) ^ (1 << weight)]
    other = token[:place] + changed + token[place + 1 :]
    assert tokens.whose_preferences(SECRET, other, issued) is None


@given(NUMBERS, MOMENTS)
def test_every_purpose_has_tokens_of_its_own(number: int, now: datetime) -> None:
    made = {
        "leave": tokens.leave_token(SECRET, SubscriberId(number)),
        "bounce": tokens.bounce_token(SECRET, DeliveryId(number)),
        "preferences": tokens.preferences_token(SECRET, SubscriberId(number), now),
        "view": tokens.view_token(SECRET, SegmentId(number)),
        "form": tokens.form_token(SECRET, now),
    }
    readers: dict[str, Callable[[str], object]] = {
        "leave": lambda token: tokens.who_leaves(SECRET, token),
        "bounce": lambda token: tokens.what_bounced(SECRET, token),
        "preferences": lambda token: tokens.whose_preferences(SECRET, token, now),
        "view": lambda token: tokens.which_segment(SECRET, token),
        "form": lambda token: tokens.when_shown(SECRET, token),
    }
    for purpose, token in made.items():
        good_for = {name for name, read in readers.items() if read(token) is not None}
        assert good_for == {purpose}


@given(SEGMENTS)
def test_a_view_link_leads_to_its_segment(segment: SegmentId) -> None:
    token = tokens.view_token(SECRET, segment)
    assert tokens.which_segment(SECRET, token) == segment
    assert tokens.which_segment(b"another" * 4, token) is None


@given(MOMENTS)
def test_a_form_says_to_the_second_when_it_was_shown(shown: datetime) -> None:
    token = tokens.form_token(SECRET, shown)
    assert tokens.when_shown(SECRET, token) == shown.replace(microsecond=0)
    assert tokens.when_shown(b"another" * 4, token) is None


@given(st.text(max_size=40), MOMENTS)
def test_no_text_opens_a_page_by_chance(text: str, now: datetime) -> None:
    assert tokens.whose_preferences(SECRET, text, now) is None
    assert tokens.which_segment(SECRET, text) is None
    assert tokens.when_shown(SECRET, text) is None
