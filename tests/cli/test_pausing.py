"""`digest subscribers pause` and `resume`: what readers may ask by mail, by the operator's hand."""

from tests.cli.conftest import Digest

EMMA = "emma@reader.example"


def shown(digest: Digest) -> str:
    return digest("subscribers", "show", EMMA).out


def test_a_reader_is_paused_until_a_day_and_resumed(digest: Digest) -> None:
    digest("subscribers", "add", EMMA, "--active", "--consent", "on paper")
    assert "until 2026-12-01" in digest("subscribers", "pause", EMMA, "--until", "2026-12-01").out
    assert "paused until 2026-11-30T15:00:00+00:00" in shown(digest)
    assert digest("subscribers", "resume", EMMA).status == 0
    assert "active" in shown(digest)
    assert "until resumed" in digest("subscribers", "pause", EMMA).out
    assert "paused\n" in shown(digest)


def test_what_cannot_be_is_said(digest: Digest) -> None:
    assert "does not subscribe" in digest("subscribers", "pause", EMMA).errors
    assert "not an email address" in digest("subscribers", "pause", "emma").errors
    digest("subscribers", "add", EMMA)
    ended = digest("subscribers", "pause", EMMA)
    assert ended.status == 2
    assert "is pending" in ended.errors
    assert "is over" in digest("subscribers", "pause", EMMA, "--until", "2026-11-01").errors
