import re

from hypothesis import given
from hypothesis import strategies as st

from digest.model import DeliveryId, SubscriberId
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


def test_a_tag_is_always_the_same_and_never_that_of_another_purpose() -> None:
    assert tokens.tag(SECRET, "message", "issue/1") == tokens.tag(SECRET, "message", "issue/1")
    assert tokens.tag(SECRET, "message", "issue/1") != tokens.tag(SECRET, "boundary", "issue/1")
