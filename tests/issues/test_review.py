"""The operator's say before an issue is out: the draft, the answers, and what follows from them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.issues.answers import (
    Accepted,
    Answer,
    Approve,
    Hold,
    Note,
    PutFirst,
)
from digest.issues.answers import describe as describe_reply
from digest.issues.calendar import parse_schedule, period_of
from digest.issues.drafts import NOTE_CHARACTERS
from digest.issues.publish import Kept, Published, Unpublished, again, describe
from digest.issues.render import Rendered, Renderer
from digest.issues.review import UpcomingIssue, answer, mail_drafts, upcoming_issues
from digest.model import Issue, Letter, Period, StoryId, Verdict
from digest.settings import Edition
from digest.shipped import TEMPLATES
from digest.store import Store
from digest.store.issues import IssueOutcome
from digest.stories.lexicon import Lexicon
from digest.stories.load import load_lexicon
from tests.issues.builders import PERIOD, TOKYO, WEEKLY
from tests.issues.page import Page
from tests.issues.test_publish import DUE, HOUR, WEEK, Desk, titles

OPERATOR = "editor@example.org"
DAILY = Edition(name="daily", schedule=parse_schedule("07:00"), zone=TOKYO)


class Refused(Exception):  # noqa: N818
    """What the operator said was not kept."""


class Editor(Desk):
    """The desk of a list whose operator is shown each issue two hours before."""

    def __init__(self, store: Store, lexicon: Lexicon) -> None:
        super().__init__(store, lexicon)
        self.settings = replace(
            self.settings,
            operator=OPERATOR,
            review=2 * HOUR,
            editions={"weekly": WEEKLY, "daily": DAILY},
        )
        store.issues.since("weekly", DUE - WEEK + HOUR)  # the service has seen the edition

    def says(self, given: Answer, *, hours: float = -1, period: Period = PERIOD) -> str:
        """The operator says something so many hours after the issue is due."""
        reply = answer(WEEKLY, period, given, "anna", self.press(DUE + hours * HOUR))
        if isinstance(reply, Accepted):
            return describe_reply(reply)
        raise Refused(describe_reply(reply))

    def drafts(self, hours: float, edition: Edition = WEEKLY) -> list[str]:
        """The service looks so many hours after the issue is due; gives what it mailed."""
        mailed = mail_drafts([edition], self.press(DUE + hours * HOUR))
        return [period.key for _, period in mailed]

    def letters(self) -> list[Letter]:
        found = self.store.deliveries.claim(10, DUE + WEEK, resend_unknown=True)
        assert all(one.address == OPERATOR for one in found)
        return [one.letter for one in found if one.letter is not None]

    def coming(self, hours: float, count: int = 1) -> list[UpcomingIssue]:
        return upcoming_issues(
            [WEEKLY], self.store, settings=self.settings, now=DUE + hours * HOUR, count=count
        )


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon(None, {})


@pytest.fixture
def editor(store: Store, lexicon: Lexicon) -> Editor:
    made = Editor(store, lexicon)
    made.report(1, DUE - 20 * HOUR)
    made.report(2, DUE - 10 * HOUR, company="honda")
    return made


class TestDraft:
    def test_is_mailed_once_within_the_window(self, editor: Editor) -> None:
        assert editor.drafts(-2.1) == []
        assert editor.drafts(-2) == ["2026-W47"]
        assert editor.drafts(-1) == []
        assert len(editor.letters()) == 1

    def test_is_mailed_where_the_service_starts_late_in_the_window(self, editor: Editor) -> None:
        assert editor.drafts(-0.01) == ["2026-W47"]

    def test_is_not_mailed_after_the_window(self, editor: Editor) -> None:
        assert editor.drafts(0.5) == []

    def test_is_not_mailed_without_a_review_or_an_operator(self, editor: Editor) -> None:
        whole = editor.settings
        editor.settings = replace(whole, review=None)
        assert editor.drafts(-1) == []
        editor.settings = replace(whole, operator=None)
        assert editor.drafts(-1) == []

    def test_is_not_mailed_of_what_was_sent_before_its_time(self, editor: Editor) -> None:
        assert isinstance(editor.freeze(DUE - 3 * HOUR), Published)
        assert editor.drafts(-1) == []

    def test_is_the_issue_with_numbers_and_what_to_type(self, editor: Editor) -> None:
        editor.subscribe("a@reader.example")
        editor.drafts(-2)
        (letter,) = editor.letters()
        assert letter.subject.startswith("Draft of weekly 2026-W47: ")
        assert letter.html is not None
        for text in (letter.text, Page(letter.html).text):
            assert "nissan opens plant 1" in text
            assert "digest issue approve 2026-W47" in text
            assert "digest issue hold 2026-W47" in text
            assert "without that it is skipped Sun 2026-11-22 07:00" in " ".join(text.split())
            assert "\ue000" not in text
            assert "subscribed to" not in text
        assert "This goes Mon 2026-11-16 07:00 Asia/Tokyo." in letter.text
        assert "  Readers: 1\n" in letter.text
        assert "  Entries read: 2\n" in letter.text
        assert "digest issue first STORY 2026-W47\n" in letter.text
        assert "(story 1)" in letter.text
        assert "story&nbsp;1" in letter.html

    def test_names_its_edition_where_there_is_another_before_it(self, editor: Editor) -> None:
        editor.settings = replace(editor.settings, editions={"daily": DAILY, "weekly": WEEKLY})
        editor.drafts(-2)
        assert "digest issue hold 2026-W47 --edition weekly" in editor.letters()[0].text

    def test_of_nothing_says_that_nothing_would_be_sent(
        self, store: Store, lexicon: Lexicon
    ) -> None:
        editor = Editor(store, lexicon)
        editor.report(1, DUE - 5 * HOUR, relevant=False)
        assert editor.drafts(-2) == ["2026-W47"]
        (letter,) = editor.letters()
        assert letter.subject == "Draft of weekly 2026-W47: it is empty · Kuruma Weekly"
        assert "None of the 1 entries read so far" in letter.text
        assert letter.html is None

    def test_of_a_window_longer_than_the_period_comes_when_it_has_begun(
        self, editor: Editor
    ) -> None:
        editor.settings = replace(editor.settings, review=timedelta(days=7))
        assert editor.drafts(-24, DAILY) == []  # it begins now: there is nothing to show
        assert editor.drafts(-23.9, DAILY) == ["2026-11-16"]


class TestWithoutAnAnswer:
    def test_it_goes_at_its_due_time(self, editor: Editor) -> None:
        editor.drafts(-2)
        (outcome,) = editor.publish_due(DUE)
        assert isinstance(outcome, Published)


class TestApprove:
    def test_says_that_it_was_seen_and_changes_no_time(self, editor: Editor) -> None:
        assert editor.says(Approve()) == (
            "weekly 2026-W47 is approved: it goes Mon 2026-11-16 07:00 Asia/Tokyo"
        )
        assert editor.store.reviews.find("weekly", "2026-W47").verdict is Verdict.APPROVED
        assert editor.publish_due(DUE - timedelta(seconds=1)) == []
        (outcome,) = editor.publish_due(DUE)
        assert isinstance(outcome, Published)

    def test_lets_go_what_was_held_past_its_time(self, editor: Editor) -> None:
        editor.says(Hold())
        (kept,) = editor.publish_due(DUE)
        assert isinstance(kept, Kept)
        assert editor.says(Approve(), hours=5) == "weekly 2026-W47 is approved: it goes at once"
        (outcome,) = editor.publish_due(DUE + 5 * HOUR)
        assert isinstance(outcome, Published)


class TestHold:
    def test_keeps_it_back_while_there_is_time(self, editor: Editor) -> None:
        assert "is skipped Sun 2026-11-22 07:00 Asia/Tokyo" in editor.says(Hold())
        for hours in (0, 1, 100):
            (kept,) = editor.publish_due(DUE + hours * HOUR)
            assert isinstance(kept, Kept)
            assert editor.store.issues.keys("weekly") == set()

    def test_of_an_issue_that_is_far_ahead_is_refused(self, editor: Editor) -> None:
        assert "is held" in editor.says(Hold(), period=period_of(WEEKLY, "2026-W48"))
        with pytest.raises(Refused, match="weekly 2026-W49 is far ahead"):
            editor.says(Hold(), period=period_of(WEEKLY, "2026-W49"))

    def test_ends_at_the_limit_and_says_so(self, editor: Editor) -> None:
        editor.says(Hold())
        (skipped,) = editor.publish_due(DUE + timedelta(days=6, seconds=1))
        assert isinstance(skipped, Unpublished)
        assert skipped.outcome is IssueOutcome.SKIPPED
        assert skipped.reason.startswith("it was held by anna and not approved in time; ")
        with pytest.raises(Refused, match="can no longer be sent"):
            editor.says(Approve(), hours=6 * 24 + 1)

    def test_ends_when_the_next_is_due_which_tells_its_news(self, editor: Editor) -> None:
        editor.settings = replace(editor.settings, catch_up=timedelta(days=20))
        editor.says(Hold())
        editor.report(3, DUE + HOUR, company="mazda")
        skipped, published = editor.publish_due(DUE + WEEK)
        assert isinstance(skipped, Unpublished)
        assert "held by anna" in skipped.reason
        assert isinstance(published, Published)
        assert titles(published.issue) == {
            "nissan opens plant 1",
            "honda opens plant 2",
            "mazda opens plant 3",
        }

    def test_keeps_it_from_being_sent_by_hand(self, editor: Editor) -> None:
        editor.says(Hold())
        outcome = editor.freeze(DUE)
        assert isinstance(outcome, Kept)
        assert "held by anna; `digest issue approve 2026-W47" in describe(outcome)

    def test_holds_one_edition_only(self, editor: Editor) -> None:
        editor.store.issues.since("daily", DUE - WEEK)
        editor.says(Hold())
        outcomes = editor.publish_due(DUE, [WEEKLY, DAILY])
        assert {o.edition for o in outcomes if isinstance(o, Unpublished)} <= {"daily"}
        assert [o.issue.edition for o in outcomes if isinstance(o, Published)] == ["daily"]


class TestNote:
    def test_stands_on_top_of_the_issue_in_both_parts(self, editor: Editor) -> None:
        editor.subscribe("a@reader.example")
        editor.says(Note("  Read this.\n\nAnd <that>.\n"))
        outcome = editor.freeze()
        assert isinstance(outcome, Published)
        assert outcome.issue.note == "Read this.\n\nAnd <that>."
        (delivery,) = editor.store.deliveries.of_issue(outcome.id)
        assert delivery.segment is not None
        segment = editor.store.issues.segment(delivery.segment)
        assert segment.text.index("Read this.") < segment.text.index("Lead story")
        assert "And &lt;that&gt;." in segment.html
        found = editor.store.issues.find("weekly", "2026-W47")
        assert found is not None
        assert found.issue == outcome.issue

    def test_is_replaced_and_taken_back(self, editor: Editor) -> None:
        editor.says(Note("One"))
        editor.says(Note("Two"))
        assert editor.draft().note == "Two"
        assert editor.says(Note("")) == "weekly 2026-W47 has no note"
        assert editor.draft().note == ""

    def test_has_its_length(self, editor: Editor) -> None:
        with pytest.raises(Refused, match="at most 2000 characters"):
            editor.says(Note("x" * (NOTE_CHARACTERS + 1)))

    def test_may_be_written_long_before(self, editor: Editor) -> None:
        later = period_of(WEEKLY, "2026-W48")
        editor.says(Note("Next week"), period=later)
        assert editor.store.reviews.find("weekly", "2026-W48").note == "Next week"

    def test_may_be_of_an_issue_that_is_published_once_more_however_late(
        self, editor: Editor
    ) -> None:
        editor.freeze()
        once_more = again(WEEKLY, PERIOD, editor.store)
        editor.says(Note("Corrected"), period=once_more, hours=24 * 30)
        outcome = editor.freeze(DUE + 24 * 30 * HOUR, once_more)
        assert isinstance(outcome, Published)
        assert outcome.issue.note == "Corrected"


class TestLead:
    def test_stands_first_with_the_reason(self, editor: Editor) -> None:
        last = editor.draft().stories[-1]
        says = editor.says(PutFirst(last.story))
        assert says == f"weekly 2026-W47: story {last.story} stands first"
        first = editor.draft().stories[0]
        assert (first.story, first.rank) == (last.story, 1)
        assert first.reasons[-1] == "the operator lets it lead this issue"
        editor.says(PutFirst(None))
        assert editor.draft().stories[-1].story == last.story

    def test_is_found_by_the_number_that_it_had_before_it_was_merged(self, editor: Editor) -> None:
        editor.report(3, DUE - 9 * HOUR, company="mazda")
        editor.says(PutFirst(StoryId(3)))
        editor.store.corrections.merge(StoryId(2), StoryId(3), "anna", DUE)
        assert editor.draft().stories[0].story == 2

    def test_that_is_not_in_the_issue_changes_nothing(self, editor: Editor) -> None:
        before = editor.draft()
        editor.report(9, DUE - WEEK - HOUR)
        with pytest.raises(Refused, match="does not tell story 9"):
            editor.says(PutFirst(StoryId(9)))
        assert editor.draft() == before

    def test_that_does_not_exist_is_said_to(self, editor: Editor) -> None:
        with pytest.raises(Refused, match="there is no story 99999"):
            editor.says(PutFirst(StoryId(99999)))

    def test_that_is_overtaken_is_led_by_what_has_become_of_it(self, editor: Editor) -> None:
        editor.report(8, DUE - 9 * HOUR, title="Nissan and Honda begin talks")
        editor.report(9, DUE - 8 * HOUR, title="Nissan and Honda end talks")
        editor.follow(9, 8)
        says = editor.says(PutFirst(StoryId(8)))
        assert says == "weekly 2026-W47: story 9 stands first: what has become of story 8"
        first = editor.draft().stories[0]
        assert (first.story, first.reasons[-1]) == (
            9,
            "the operator lets story 8 lead this issue, and this is what has become of it",
        )


class TestTooLate:
    @pytest.mark.parametrize(
        "given",
        [Approve(), Hold(), Note("x"), PutFirst(StoryId(1))],
        ids=lambda g: type(g).__name__,
    )
    def test_nothing_can_be_said_of_what_is_out(self, editor: Editor, given: Answer) -> None:
        editor.freeze()
        with pytest.raises(Refused, match="has been decided"):
            editor.says(given, hours=1)


class Meanwhile(Renderer):
    """A renderer during whose work the operator says something."""

    def __init__(self, editor: Editor, given: Answer) -> None:
        super().__init__([TEMPLATES])
        self._editor = editor
        self._given = given

    def segment(self, issue: Issue, choice, **given) -> Rendered:  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003
        self._editor.says(self._given)
        return super().segment(issue, choice, **given)


class TestWhileItIsMade:
    """What the operator is told was kept is kept, however late it came."""

    def test_a_note_is_in(self, editor: Editor) -> None:
        editor.subscribe("a@reader.example")
        editor.renderer = Meanwhile(editor, Note("In time"))
        outcome = editor.freeze()
        assert isinstance(outcome, Published)
        assert outcome.issue.note == "In time"

    def test_a_hold_holds(self, editor: Editor) -> None:
        editor.subscribe("a@reader.example")
        editor.renderer = Meanwhile(editor, Hold())
        assert isinstance(editor.freeze(), Kept)
        assert editor.store.deliveries.counts().total == 0


class TestUpcoming:
    def test_is_the_period_in_progress_and_why(self, editor: Editor) -> None:
        editor.subscribe("a@reader.example")
        (one,) = editor.coming(-30)
        assert (one.period, one.readers, one.skipped) == (PERIOD, 1, False)
        assert one.draft_at == DUE - 2 * HOUR
        assert one.why == "mon 07:00 Asia/Tokyo: not due yet"

    def test_names_more_of_them(self, editor: Editor) -> None:
        found = editor.coming(-30, count=3)
        assert [one.period.key for one in found] == ["2026-W47", "2026-W48", "2026-W49"]

    def test_names_what_is_due_and_not_out(self, editor: Editor) -> None:
        late, following = editor.coming(1)
        assert (late.period, late.skipped) == (PERIOD, False)
        assert late.why == "mon 07:00 Asia/Tokyo: due, and goes at once while the service runs"
        assert following.period.key == "2026-W48"

    def test_names_what_is_held_and_until_when(self, editor: Editor) -> None:
        editor.says(Hold())
        assert editor.coming(1)[0].why == (
            "held by anna: goes when approved, is skipped Sun 2026-11-22 07:00 Asia/Tokyo"
        )

    def test_names_what_was_approved(self, editor: Editor) -> None:
        editor.says(Approve())
        assert editor.coming(-1)[0].why.endswith("not due yet; approved by anna")

    def test_names_what_will_be_skipped(self, editor: Editor) -> None:
        editor.says(Hold())
        gone = editor.coming(6 * 24 + 2)[0]
        assert gone.skipped
        assert gone.why.startswith("will be skipped: it was held by anna and not approved in time")

    def test_without_a_review_has_no_draft(self, editor: Editor) -> None:
        editor.settings = replace(editor.settings, review=None)
        assert editor.coming(-1)[0].draft_at is None
