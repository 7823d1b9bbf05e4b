"""What the operator has to know: what the store shows to be wrong or over, and the letter of it."""

from collections.abc import Iterable

from digest.app.project import Project
from digest.logs import Log
from digest.mail import notices
from digest.model import DeliveryState, NoticeKind, Settled

log = Log(__name__)

_OUTBOX = "outbox"
_OF_FEEDS = (NoticeKind.FEED_BROKEN, NoticeKind.FEED_GONE, NoticeKind.FEED_QUIET)


class Notices:
    """The notices of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._settings = project.settings
        self._store = project.store

    def tend(self) -> None:
        """Raise and settle what the store shows, then queue a letter if one is due."""
        self._unknown()
        for over in self._over():
            self._project.settle(over.kind, over.about, by_hand=over.by_hand)
        self._tell()

    def _unknown(self) -> None:
        """Outcomes that nobody knows need a hand where the settings hold them for the operator."""
        kind, held = NoticeKind.MAIL_UNKNOWN, 0
        if not self._settings.mail.resend_unknown:
            held = self._store.deliveries.counts()[DeliveryState.UNKNOWN]
        if held:
            words = (
                "The connection broke off before the mail server's answer came, or the service did"
                " not live to keep it: these mails may have arrived or not, and on_unknown is"
                ' "hold". `digest outbox list --state unknown` lists them. Look into the mail'
                " server's log for each, then `digest outbox resolve NUMBER --sent` or `--dropped`,"
                " or `digest outbox retry` sends them again."
            )
            self._project.raise_(kind, _OUTBOX, words)
        else:
            self._project.settle(kind, _OUTBOX)

    def _over(self) -> Iterable[Settled]:
        """What is open though the store or the settings know nothing of it any more."""
        store = self._store
        feeds = {str(feed.id) for feed in self._settings.feeds if feed.enabled}
        held = {f"{review.edition} {review.period}" for review in store.reviews.held()}
        for one in store.notices.open():
            kind, about = one.notice.kind, one.notice.about
            gone = False
            if kind in _OF_FEEDS:
                gone = about not in feeds
            elif kind is NoticeKind.ISSUE_HELD:
                gone = about not in held
            if gone:
                yield Settled(kind=kind, about=about, by_hand=True)  # whoever did it knows

    def _tell(self) -> None:
        operator, now = self._settings.operator, self._project.clock()
        told = notices.tellable(self._store.notices.lately(now), now)
        if operator is None or told is None or self._store.notices.letter_waits():
            return
        letter = notices.letter_of(told, self._settings.title, self._settings.zone)
        self._store.notices.mail(told.raised, told.over, operator, letter, now)
        log.info("notices.told", raised=len(told.raised), over=len(told.over))
