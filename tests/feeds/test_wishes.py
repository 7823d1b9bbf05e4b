from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.lenient import parse_leniently
from digest.feeds.parse import parse
from digest.feeds.parsed import ParsedFeed
from digest.feeds.wishes import days_to_skip, hours_to_skip, shortest_wait

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("ttl", "period", "frequency", "expected"),
    [
        ("60", "", "", HOUR),
        (" 90 ", "", "", 1.5 * HOUR),
        ("60", "daily", "2", 12 * HOUR),
        ("1440", "hourly", "1", 24 * HOUR),
        ("", " Hourly ", "2", HOUR / 2),
        ("", "hourly", "0", HOUR),
        ("", "hourly", "often", HOUR),
        ("", "weekly", "", 7 * 24 * HOUR),
        ("99999999999999999999", "", "", 7 * 24 * HOUR),
        ("soon", "now and then", "1", None),
        ("-5", "", "", None),
        ("1.5", "", "", None),
        ("", "", "5", None),
    ],
)
def test_the_longest_of_the_wishes_counts(
    ttl: str, period: str, frequency: str, expected: timedelta | None
) -> None:
    assert shortest_wait(ttl, period, frequency) == expected


def test_hours_are_those_of_a_day_and_24_is_midnight() -> None:
    assert hours_to_skip(["1", " 23 ", "24", "25", "-1", "noon", "", "９"]) == {0, 1, 23}


def test_days_are_known_by_their_names() -> None:
    assert days_to_skip(["Saturday", " sunday ", "MON", "Today", ""]) == {0, 5, 6}


def test_a_feed_that_skips_everything_skips_nothing() -> None:
    assert hours_to_skip(map(str, range(24))) == frozenset()
    names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    assert days_to_skip(names) == frozenset()
    assert len(days_to_skip(names[1:])) == 6


@given(st.text(), st.text(), st.text(), st.lists(st.text()))
def test_no_text_is_too_odd(ttl: str, period: str, frequency: str, parts: list[str]) -> None:
    wait = shortest_wait(ttl, period, frequency)
    assert wait is None or timedelta() <= wait <= timedelta(days=365)
    assert hours_to_skip(parts) < frozenset(range(24))
    assert days_to_skip(parts) < frozenset(range(7))


DOCUMENT = """<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>
<title>Trade</title><ttl>60</ttl>
<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>
<skipHours><hour>0</hour><hour> 1 </hour></skipHours>
<skipDays><day>Saturday</day><day>Sunday</day></skipDays>
<item><title>One</title></item></channel></rss>"""


@pytest.mark.parametrize("read", [parse, parse_leniently])
def test_both_parsers_find_the_wishes_of_a_document(read: object) -> None:
    assert callable(read)
    found = read(DOCUMENT)
    assert isinstance(found, ParsedFeed)
    assert found.ttl == 12 * HOUR
    assert found.skip_hours == {0, 1}
    assert found.skip_days == {5, 6}


def test_a_document_that_breaks_off_within_its_wishes_is_read_all_the_same() -> None:
    found = parse_leniently(DOCUMENT.partition("</skipHours>")[0])
    assert isinstance(found, ParsedFeed)
    assert found.skip_hours == frozenset()


def test_rss_1_and_atom_may_wish_too() -> None:
    period = "<sy:updatePeriod>hourly</sy:updatePeriod>"
    module = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    rdf = (
        f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" {module}'
        f' xmlns="http://purl.org/rss/1.0/"><channel><title>x</title>{period}</channel></rdf:RDF>'
    )
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom" {module}><title>x</title>{period}</feed>'
    for document in (rdf, atom):
        found = parse(document)
        assert isinstance(found, ParsedFeed)
        assert found.ttl == HOUR
