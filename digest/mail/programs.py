"""Whether a program wrote a mail: such a mail is never answered, and never says yes.

RFC 3834 has a header for it, which many programs do not know; each make has its own signs.
"""

import re
from email.message import Message as Headers

from digest.mail.parts import header_addresses, header_text
from digest.settings import InboxSettings

_SENDERS = frozenset(
    {
        "auto-reply", "autoreply", "autoresponder", "bounce", "bounces", "do-not-reply",
        "do_not_reply", "donotreply", "listserv", "mailer-daemon", "majordomo",
        "mdaemon", "no-reply", "no_reply", "noreply", "postmaster", "root",
    }
)  # fmt: skip
_SENDER_ENDS = ("-request", "-bounces", "-owner", "-noreply", "-no-reply", ".noreply")
# Names of headers that only programs write.
_HEADERS = frozenset(
    {
        "feedback-id", "x-auto-reply-from", "x-auto-response-suppress", "x-autoreply",
        "x-autoreply-from", "x-autorespond", "x-autoresponder", "x-away-message",
        "x-cron-env", "x-csa-complaints", "x-fc-machinegenerated", "x-loop",
        "x-mail-autoreply", "x-mailing-list", "x-ms-exchange-inbox-rules-loop",
        "x-vacation",
    }
)  # fmt: skip
_PRECEDENCES = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
_SUBJECT = re.compile(
    r"\s*(?:(?:re|sv|aw|回复)\s*[:：]\s*)?(?:\[[^\]]{0,40}\]\s*)?[\[【(]?\s*(?:"
    r"auto(?:matic|mated|matisch)?[ -]?(?:re(?:ply|sponse|sponder)|antwort|acknowledg)"
    r"|automatische antwort|auto\s*[:：]|r[ée]ponse automatique|respuesta autom|resposta autom"
    r"|risposta automatica|out[ -]of[ -](?:the )?office|away from (?:the |my )?(?:office|mail)"
    r"|(?:on )?vacation\b|abwesen|i am out of|ooo\s*[:：]"
    r"|自動(?:返信|応答|配信|送信)|不在(?:通知|連絡|の|です|$)|休暇(?:中|のため)|ただいま不在"
    r"|自动(?:回复|答复)|자동\s*(?:회신|응답)"
    # A person who asks about one puts a question.
    r"|(?:undeliver|delivery (?:status|failure|notification)|mail delivery|returned mail"
    r"|failure notice)(?!.*[?？]\s*$)"
    r"|配信(?:不能|エラー)|(?:not )?read\s*[:：]|開封(?:済み|確認)|既読\s*[:：]"
    r")",
    re.IGNORECASE,
)


def sign_of_a_program(headers: Headers, settings: InboxSettings) -> str | None:
    """What tells that a program wrote a mail (RFC 3834, 2), or None for a person's."""
    names = {name.lower() for name in headers}
    automatic = header_text(headers, "Auto-Submitted").lower().partition(";")[0].strip()
    delivered = header_text(headers, "Delivered-To").lower()
    signs = {
        "Auto-Submitted": automatic.partition("(")[0].strip() not in {"", "no"},
        "from a list": any(name.startswith("list-") for name in names),
        "Precedence": header_text(headers, "Precedence").lower() in _PRECEDENCES,
        "an automatic answer": not names.isdisjoint(_HEADERS) or delivered == "autoresponder",
        "a class": "autoresponder" in header_text(headers, "X-POST-MessageClass").lower(),
        "null sender": header_text(headers, "Return-Path").replace(" ", "") == "<>",
        "a report": headers.get_content_type() == "multipart/report",
        "the subject": _SUBJECT.match(header_text(headers, "Subject")) is not None,
    }
    sign = next((name for name, found in signs.items() if found), None)
    return sign or _sender(headers, settings)


def _sender(headers: Headers, settings: InboxSettings) -> str | None:
    found = header_addresses(headers, "From", "Sender")
    return next((sign for each in found if (sign := sign_in_address(each, settings))), None)


def sign_in_address(address: str, settings: InboxSettings) -> str | None:
    """What in its sender's address tells that a program wrote a mail, or None."""
    mailboxes = (settings.address, settings.bounces, settings.sender)
    ours = {mailbox.casefold() for mailbox in mailboxes if mailbox}
    local, _, host = address.casefold().partition("@")
    if f"{local.partition('+')[0]}@{host}" in ours:
        return "from ourselves"
    if local in _SENDERS or local.endswith(_SENDER_ENDS):
        return "from a machine"
    return None
