import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.subscribers.addresses import address_key, normalise


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("taro@example.com", "taro@example.com"),
        ("  Taro@EXAMPLE.com\n", "Taro@example.com"),
        ("taro+news@example.co.jp", "taro+news@example.co.jp"),
        ("taro@例え.jp", "taro@xn--r8jz45g.jp"),
        ("太郎@例え.jp", "太郎@xn--r8jz45g.jp"),
        ("weekly@localhost", "weekly@localhost"),
        ("desk@mail.corp.local", "desk@mail.corp.local"),
        ("reader@example.test", "reader@example.test"),
    ],
)
def test_an_address_has_one_form(typed: str, kept: str) -> None:
    assert normalise(typed) == kept
    assert normalise(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "taro",
        "taro@",
        "@example.com",
        "taro@gmail",
        "taro@example..com",
        "a b@example.com",
        "taro@example.com, hanako@example.com",
        "Taro <taro@example.com>",
        "taro@example.com\r\nBcc: all@example.com",
        "taro@exa\u200bmple.com",
        '"taro"@example.com',
        "taro@[192.0.2.1]",
        "taro@nothing.invalid",
        f"{'x' * 70}@example.com",
        f"{'x' * 300}@example.com",
    ],
)
def test_what_is_no_address_is_refused_in_words(typed: str) -> None:
    with pytest.raises(ValueError, match="is not an email address: ") as error:
        normalise(typed)
    assert len(str(error.value)) < 400
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Taro@example.com", "taro@EXAMPLE.com"),
        ("taro@例え.jp", "taro@xn--r8jz45g.jp"),
        ("TARO@Example.com", "taro@example.com"),
    ],
)
def test_two_ways_to_write_one_mailbox_have_one_key(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


def test_a_plus_address_is_an_address_of_its_own() -> None:
    assert address_key("taro@example.com") != address_key("taro+a@example.com")


@given(st.text(max_size=40))
def test_any_text_gives_an_address_or_a_value_error(text: str) -> None:
    try:
        kept = normalise(text)
    except ValueError:
        return
    assert normalise(kept) == kept
    assert kept.count("@") == 1
    assert kept.isprintable()


@given(st.emails())
def test_a_key_is_stable(address: str) -> None:
    try:
        kept = normalise(address)
    except ValueError:
        return
    assert address_key(kept) == address_key(address)
