"""What the operator is told where the mail server refuses an issue or bars the way.

Servers like to quote addresses, and a notice outlives its readers: it names none of them.
"""

import re
from datetime import datetime, timedelta

from digest.mail.replies import status_of
from digest.model import Delivery, DeliveryKind, Notice, NoticeKind

MAIL_SERVER = "mail server"  # what a notice is about when no mail leaves
_TOLD_AFTER = timedelta(minutes=15)  # a server that is down for less is nobody's business
_CODE = re.compile(r"[45]\d\d(?=[ -]|$)", re.ASCII)


def unnamed(reply: str, delivery: Delivery) -> str:
    """A server's words without the address that they are about."""
    if not delivery.address:
        return reply
    return re.sub(re.escape(delivery.address), "…", reply, flags=re.IGNORECASE)


def about_refusal(delivery: Delivery, reply: str) -> Notice | None:
    """What to tell of a message that is refused for its content or its sender.

    Of an issue each time; of letters once a day, because strangers can ask for many. None for a
    notice: the letter that tells it would be refused as well, and so on.
    """
    said = unnamed(reply, delivery)
    if delivery.kind is DeliveryKind.ISSUE:
        edition, period = delivery.key.split("/")[1:3]
        return Notice(
            kind=NoticeKind.ISSUE_PAUSED,
            about=f"{edition} {period}",
            words="The mail server refused the issue for its content or its sender, in delivery "
            f"{delivery.id}: {said}. Nobody was struck off, and the rest waits. Mend what it says, "
            f"then: digest issue resume {period} --edition {edition}. If it is about this one "
            f"reader alone, before that: digest outbox resolve {delivery.id} --dropped. Where the "
            "same delivery is refused so once more, it fails and the others go on.",
        )
    if delivery.kind is DeliveryKind.NOTICE:
        return None
    return Notice(
        kind=NoticeKind.MAIL_REFUSED,
        about=f"one {delivery.kind}",
        words=f"The mail server refused a message for its content or its sender: {said}. "
        "It is tried again for two days; nobody was struck off.",
    )


def about_barred_way(
    problem: str, since: datetime, now: datetime, *, blocked: bool
) -> Notice | None:
    """What to tell when no mail leaves, because of us (`blocked`) or because nobody answers.

    None while it may pass by itself.
    """
    if not blocked and now - since < _TOLD_AFTER:
        return None
    mend = "; mend [mail] in feeds.toml, then `digest doctor`" if blocked else ""
    return Notice(
        kind=NoticeKind.MAIL_BLOCKED,
        about=MAIL_SERVER,
        words=f"No mail leaves. The mail server said: {problem}{mend}. It is tried again and again,"
        " and no reader loses anything.",
        since=since,
    )


def reason_of(reply: str) -> str:
    """A refusal in a word: its enhanced status code (RFC 3463), or else the reply code."""
    code = _CODE.match(reply)
    return status_of(reply) or ("no connection" if code is None else code[0])
