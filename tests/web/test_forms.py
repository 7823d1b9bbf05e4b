from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import AlertWish, Choice, CompanyId, Preferences, TopicId
from digest.subscribers import tokens
from digest.subscribers.importing import Vocabulary
from digest.subscribers.names import Spellings
from digest.web import forms
from digest.web.forms import NotAForm, Trouble, read_form
from tests.builders import NOW

SECRET = bytes(range(32))
URLENCODED = "application/x-www-form-urlencoded"
VOCABULARY = Vocabulary(
    rhythms=frozenset({"weekly", "daily", "alerts"}),
    companies=frozenset({CompanyId("nissan"), CompanyId("honda")}),
    topics=frozenset({TopicId("ev")}),
)
USUAL = Preferences(alerts=AlertWish.RULES)


def multipart(*pairs: tuple[str, str], boundary: str = "xYz") -> tuple[str, bytes]:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in pairs
    ]
    body = f"{''.join(parts)}--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body


def read(*pairs: tuple[str, str]) -> forms.Fields:
    found = read_form(URLENCODED, urlencode(pairs).encode())
    assert not isinstance(found, NotAForm)
    return found


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=20))
def test_what_a_browser_sends_is_read_as_it_was_typed(pairs: list[tuple[str, str]]) -> None:
    found = read(*pairs)
    assert [(name, value) for name in found for value in found[name]] == sorted(
        pairs, key=lambda pair: list(found).index(pair[0])
    )


PLAIN = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)


@given(st.lists(st.tuples(st.from_regex(r"[a-z-]{1,9}", fullmatch=True), PLAIN), min_size=1))
def test_a_multipart_form_says_the_same(pairs: list[tuple[str, str]]) -> None:
    assert read_form(*multipart(*pairs)) == read(*pairs)


@given(st.text(max_size=60), st.binary(max_size=300))
def test_no_body_raises(content_type: str, body: bytes) -> None:
    for kind in (content_type, URLENCODED, "multipart/form-data; boundary=x"):
        read_form(kind, body)


@given(st.binary(max_size=300))
def test_what_stands_between_boundaries_never_raises(body: bytes) -> None:
    read_form("multipart/form-data; boundary=x", b"--x\r\n" + body + b"\r\n--x--\r\n")


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("text/plain", b"List-Unsubscribe=One-Click", 415),
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"--x--", 400),
        ("multipart/form-data; boundary=x", b"no boundary at all", 400),
        ("multipart/form-data; boundary=x\r\nX-Evil: 1", b"--x\r\n\r\ny\r\n--x--", 400),
        (URLENCODED, b"&".join([b"a=b"] * 501), 400),
        (multipart(*[("a", "b")] * 501)[0], multipart(*[("a", "b")] * 501)[1], 400),
    ],
)
def test_what_is_no_form_is_refused(content_type: str, body: bytes, status: int) -> None:
    assert read_form(content_type, body) == NotAForm(status)


def test_a_form_without_a_type_is_an_ordinary_one() -> None:
    assert read_form("", b"") == {}
    assert read_form("", b"x=y") == {"x": ["y"]}


def test_a_part_without_a_name_is_passed_over() -> None:
    body = b'--x\r\nContent-Disposition: form-data\r\n\r\ny\r\n--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n'  # noqa: E501
    assert read_form("multipart/form-data; boundary=x", body) == {"a": ["b"]}


def test_one_click_is_one_field_with_one_value() -> None:
    assert forms.is_one_click(read(("List-Unsubscribe", "One-Click")))
    assert forms.is_one_click(read(("List-Unsubscribe", "One-Click"), ("utm", "x")))
    assert forms.is_one_click(read(("List-Unsubscribe", "One-Click\r\n")))
    for wrong in (
        [],
        [("List-Unsubscribe", "one-click")],
        [("list-unsubscribe", "One-Click")],
        [("List-Unsubscribe", "One-Click"), ("List-Unsubscribe", "No")],
    ):
        assert not forms.is_one_click(read(*wrong))


@pytest.mark.parametrize(
    ("seconds", "trouble"),
    [
        (0, Trouble.TOO_QUICK),
        (1.9, Trouble.TOO_QUICK),
        (2, None),
        (3600, None),
        (86_300, None),
        (86_401, Trouble.TOO_OLD),
        (-5, Trouble.TOO_OLD),
    ],
)
def test_a_person_takes_some_seconds_and_not_a_day(seconds: float, trouble: Trouble | None) -> None:
    fields = read(("shown", tokens.form_token(SECRET, NOW)))
    assert forms.timing(fields, SECRET, NOW + timedelta(seconds=seconds)) is trouble


def test_a_time_that_we_did_not_sign_is_none() -> None:
    for shown in ("", "a" * 32, tokens.form_token(b"another" * 4, NOW)):
        late = NOW + timedelta(minutes=1)
        assert forms.timing(read(("shown", shown)), SECRET, late) is Trouble.TOO_OLD


def test_the_bait_is_taken_by_what_fills_every_field() -> None:
    assert forms.is_baited(read(("comment", "buy")))
    assert not forms.is_baited(read(("comment", " ")))
    assert not forms.is_baited(read(("address", "x")))


def test_a_form_becomes_an_address_and_preferences() -> None:
    filled = forms.subscription(
        read(
            ("address", " Taro@EXAMPLE.com "),
            ("language", "ja"),
            ("rhythm", "daily"),
            ("company", "nissan"),
            ("company", "honda"),
            ("topic", "ev"),
        ),
        VOCABULARY,
        USUAL,
    )
    assert filled.address == "Taro@example.com"
    assert filled.troubles == ()
    assert filled.preferences == Preferences(
        choice=Choice(
            language="ja",
            companies=frozenset({CompanyId("nissan"), CompanyId("honda")}),
            topics=frozenset({TopicId("ev")}),
        ),
        rhythm="daily",
        alerts=AlertWish.RULES,
    )


def test_what_is_left_out_is_as_usual() -> None:
    filled = forms.subscription(read(("address", "taro@example.com")), VOCABULARY, USUAL)
    assert filled.preferences == USUAL


@pytest.mark.parametrize(
    ("address", "trouble"),
    [
        ("", Trouble.NO_ADDRESS),
        ("   ", Trouble.NO_ADDRESS),
        ("taro", Trouble.WRONG_ADDRESS),
        ("a@b.example, c@d.example", Trouble.WRONG_ADDRESS),
        ("a@b.example\r\nBcc: c@d.example", Trouble.WRONG_ADDRESS),
        ("x" * 400 + "@example.com", Trouble.WRONG_ADDRESS),
    ],
)
def test_what_is_no_address_is_kept_to_be_mended(address: str, trouble: Trouble) -> None:
    filled = forms.subscription(read(("address", address)), VOCABULARY, USUAL)
    assert filled.troubles == (trouble,)
    assert len(filled.address) <= 320


def test_an_unknown_name_is_a_trouble_and_the_known_ones_stay() -> None:
    filled = forms.choice(read(("company", "acme"), ("company", "nissan")), VOCABULARY, USUAL)
    assert filled.troubles == (Trouble.UNKNOWN_CHOICE,)
    assert filled.preferences.choice.companies == {"nissan"}


def test_a_length_must_be_one_of_those_offered() -> None:
    assert forms.weeks(read(("weeks", "4")), (1, 4)) == 4
    for wrong in ("", "3", "4.0", "٤", "-4"):
        assert forms.weeks(read(("weeks", wrong)), (1, 4)) is None
    assert forms.button(read(("do", "pause"), ("do", "save"))) == "pause"


# --- alerts -------------------------------------------------------------------------------------

NAMED = replace(VOCABULARY, spellings=Spellings(companies={"日産": CompanyId("nissan")}, topics={}))


def alerts(*pairs: tuple[str, str]) -> forms.Filled:
    fields = read(*pairs)
    return forms.with_alerts(forms.choice(fields, NAMED, USUAL), fields, NAMED)


def test_rules_are_one_a_line_and_empty_lines_none() -> None:
    found = alerts(("alerts", "breaking"), ("rules", "company:日産\r\n\r\n“fuel pump”\r\n"))
    assert found.troubles == ()
    assert found.preferences.alerts is AlertWish.BREAKING
    assert found.preferences.rules == ("company:nissan", '"fuel pump"')


def test_the_first_bad_line_is_named_and_all_that_was_typed_stays() -> None:
    typed = "new\n\ncompany:日産 andd"
    found = alerts(("alerts", "rules"), ("rules", typed))
    assert found.troubles == (Trouble.BAD_RULE,)
    assert found.rules == typed
    assert found.bad_line is not None
    assert (found.bad_line.number, found.bad_line.rule.position) == (3, 11)


def test_rules_of_ones_own_need_one() -> None:
    assert alerts(("alerts", "rules"), ("rules", " \n")).troubles == (Trouble.NO_RULE,)
    assert alerts(("alerts", "none"), ("rules", "")).troubles == ()


def test_a_wish_that_is_none_is_a_trouble() -> None:
    found = alerts(("alerts", "all"), ("rules", "new"))
    assert found.troubles == (Trouble.UNKNOWN_CHOICE,)
    assert found.preferences.alerts is USUAL.alerts


def test_a_form_that_does_not_ask_for_alerts_leaves_them() -> None:
    base = Preferences(alerts=AlertWish.RULES, rules=("new",))
    fields = read(("rhythm", "daily"))
    found = forms.with_alerts(forms.choice(fields, NAMED, base), fields, NAMED)
    assert found.preferences == replace(base, rhythm="daily")


def test_only_our_buttons_are_buttons() -> None:
    assert forms.button(read(("do", "pause"))) is forms.Button.PAUSE
    assert forms.button(read(("do", "explode"))) is None
    assert forms.button(read()) is None
