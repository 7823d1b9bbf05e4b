from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.model import AlertWish, Choice, CompanyId, Consent, Preferences, Status, TopicId
from digest.subscribers.importing import (
    BadRow,
    Candidate,
    Defaults,
    Row,
    Vocabulary,
    decoded,
    read_csv,
    read_row,
    read_toml,
)
from digest.subscribers.names import Spellings
from tests.builders import NOW

VOCABULARY = Vocabulary(
    rhythms=frozenset({"weekly", "daily", "alerts"}),
    companies=frozenset({CompanyId("nissan"), CompanyId("honda")}),
    topics=frozenset({TopicId("ev"), TopicId("tariffs_trade")}),
)
ACTIVE = Defaults(status=Status.ACTIVE, consent_words="members' meeting, May 2026")


def one(text: str, defaults: Defaults | None = None) -> Candidate | BadRow:
    (row,) = read_csv(text)
    return read_row(row, VOCABULARY, defaults or Defaults(), NOW)


def good(text: str, defaults: Defaults | None = None) -> Candidate:
    found = one(text, defaults)
    assert isinstance(found, Candidate), found
    return found


def reason(text: str, defaults: Defaults | None = None) -> str:
    found = one(text, defaults)
    assert isinstance(found, BadRow), found
    return found.reason


def test_only_the_address_is_needed() -> None:
    assert good("email\ntaro@example.com\n") == Candidate(
        line=2,
        address="taro@example.com",
        name="",
        preferences=Preferences(),
        status=Status.PENDING,
        consent=None,
    )


def test_a_full_row() -> None:
    found = good(
        "email,name,language,rhythm,companies,topics,status,consent_at,consent_how,consent_text\n"
        'Taro@Example.com, 山田  太郎 ,JA,Daily,"nissan; HONDA","ev、tariffs_trade",active,'
        "2026-05-01,form,I want it\n"
    )
    assert found.address == "Taro@example.com"
    assert found.name == "山田 太郎"
    assert found.preferences == Preferences(
        choice=Choice(
            language="ja",
            companies=frozenset({CompanyId("nissan"), CompanyId("honda")}),
            topics=frozenset({TopicId("ev"), TopicId("tariffs_trade")}),
        ),
        rhythm="daily",
    )
    assert found.consent == Consent(
        at=datetime(2026, 5, 1, tzinfo=UTC), how="form", words="I want it"
    )


def test_what_a_row_leaves_out_comes_from_the_defaults() -> None:
    base = Preferences(choice=Choice(language="ja"), rhythm="alerts", alerts=AlertWish.BREAKING)
    assert good("email\na@b.jp\n", Defaults(preferences=base)).preferences == base
    assert good("email\na@b.jp\n", ACTIVE).consent == Consent(
        at=NOW, how="recorded by the operator", words="members' meeting, May 2026"
    )


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",weekly,,", "email is missing"),
        ("nobody,weekly,,", "'nobody' is not an email address"),
        ("a@b.jp,hourly,,", "rhythm 'hourly' is none of alerts, daily, weekly"),
        ("a@b.jp,,tesla,", "company 'tesla' is not known"),
        (
            "a@b.jp,,,erased",
            "status 'erased' is not imported, only these are: pending, active, paused, suspended",
        ),
        ("a@b.jp,,,active", "active needs the words that the reader agreed to, in consent_text"),
        ("a@b.jp,,,paused", "paused needs the words that the reader agreed to, in consent_text"),
        ("a@b.jp,,,pending,more", "more fields than the header names"),
    ],
)
def test_a_bad_row_says_what_is_wrong(row: str, problem: str) -> None:
    assert problem in reason(f"email,rhythm,companies,status\n{row}\n")


def test_a_bad_row_says_everything_that_is_wrong() -> None:
    said = reason("email,language,topics,consent_at,status\nx,fr,cars,yesterday,active\n")
    for word in ("'x' is not", "'fr'", "'cars'", "'yesterday'", "consent_text"):
        assert word in said


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    rows = read_csv('email,name\r\n\r\na@b.jp,"two\r\nlines"\r\n,\r\nc@d.jp,\r\n')
    assert [(row.line, row.values["email"]) for row in rows] == [(4, "a@b.jp"), (6, "c@d.jp")]


def test_a_byte_order_mark_of_a_spreadsheet_does_no_harm() -> None:
    assert good("\ufeffEmail ,Name\na@b.jp,Taro\n").name == "Taro"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "email is missing"),
        ("name\nTaro\n", "email is missing"),
        ("email,phone\n", "unknown: phone"),
        ("email,email\n", "names a column twice"),
    ],
)
def test_a_header_that_cannot_be_used_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_csv(text)


def test_toml_tables_are_rows_too() -> None:
    rows = read_toml(
        '[[subscribers]]\nemail = "a@b.jp"\ncompanies = ["nissan", "honda"]\n\n'
        '[[subscribers]]\nemail = "c@d.jp"\nstatus = "active"\n'
        'consent_text = "yes"\nconsent_at = 2026-05-01\n'
    )
    assert [row.line for row in rows] == [1, 5]
    first, second = (read_row(row, VOCABULARY, Defaults(), NOW) for row in rows)
    assert isinstance(first, Candidate)
    assert first.preferences.choice.companies == {"nissan", "honda"}
    assert isinstance(second, Candidate)
    assert second.consent is not None
    assert second.consent.at == datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "[subscribers]\nemail = 1\n", 'subscribers = ["a@b.jp"]\n'])
def test_toml_without_such_tables_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\[\[subscribers\]\]"):
        read_toml(text)


def test_a_toml_key_that_is_no_column_makes_a_bad_row() -> None:
    found = read_row(Row(1, {"email": "a@b.jp", "phone": "1"}), VOCABULARY, Defaults(), NOW)
    assert found == BadRow(1, "no such column: phone")


def test_a_quote_that_never_ends_is_reported_with_its_line() -> None:
    text = 'email\na@example.com\n"b@example.com\n' + "c@example.com\n" * 20_000
    with pytest.raises(ValueError, match=r"line 3: .*quote"):
        read_csv(text)


ACME = CompanyId("acme")
SPELT = replace(
    VOCABULARY,
    spellings=Spellings(
        companies={"日産": CompanyId("nissan"), "honda motor": CompanyId("honda"), "acme": ACME},
        topics={"ev": TopicId("ev"), "関税": TopicId("tariffs_trade")},
    ),
)


@pytest.mark.parametrize(
    ("companies", "found"),
    [
        ("日産", {"nissan"}),
        ("日産・HONDA", {"nissan", "honda"}),
        ("Nissan honda", {"nissan", "honda"}),
        ("Ｈｏｎｄａ　Motor; 日産", {"nissan", "honda"}),
    ],
)
def test_companies_and_topics_may_have_any_of_their_names(companies: str, found: set[str]) -> None:
    row = Row(2, {"email": "a@b.jp", "companies": companies, "topics": "ＥＶ、関税"})
    made = read_row(row, SPELT, Defaults(), NOW)
    assert isinstance(made, Candidate)
    assert made.preferences.choice.companies == found
    assert made.preferences.choice.topics == {"ev", "tariffs_trade"}


def test_a_name_of_a_company_that_nobody_may_choose_is_not_known() -> None:
    row = Row(2, {"email": "a@b.jp", "companies": "日産, acme"})
    assert read_row(row, SPELT, Defaults(), NOW) == BadRow(2, "company 'acme' is not known")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
def test_a_list_is_read_as_spreadsheets_write_it(delimiter: str, encoding: str) -> None:
    text = 'email,name,topics\r\na@b.jp,山田 太郎,"ev"\r\n'.replace(",", delimiter)
    found = good(decoded(text.encode(encoding)))
    assert found.name == "山田 太郎"
    assert found.preferences.choice.topics == {"ev"}


@pytest.mark.parametrize("data", ["André,".encode("latin-1"), b"\xff\xfea"])
def test_bytes_that_are_no_text_of_those_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"UTF-8, in UTF-16 .* Shift_JIS"):
        decoded(data)
