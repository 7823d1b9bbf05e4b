"""What is wrong with [mail] and [inbox] taken together, where each value for itself may stand."""

from pathlib import Path

from digest.errors import Problem
from digest.feedstoml import FileTable, MailTable
from digest.mail.senders import bounces_problem, freemail_problem, mailbox_problem, parse_sender
from digest.tomllines import find_line


def mail_problems(parsed: FileTable, project: Path, text: str) -> list[Problem]:
    """What is wrong with how mail shall leave and come back. Reads the password's file."""
    mail = parsed.mail
    problems = _address_problems(parsed, text)
    _, address = parse_sender(mail.sender)
    if mail.smtp is not None:
        freemail = freemail_problem(address, mail.smtp.host)
        if freemail:
            line = find_line(text, ["mail", "from"])
            problems.append(Problem("mail.from", repr(mail.sender), freemail, line))
    if mail.password_file is not None:
        try:
            password_of(mail, project)
        except (OSError, UnicodeDecodeError) as error:
            line = find_line(text, ["mail", "password_file"])
            allowed = f"a file with the password: {error}"
            problems.append(Problem("mail.password_file", repr(mail.password_file), allowed, line))
    return problems + _login_problems(mail, text)


def _login_problems(mail: MailTable, text: str) -> list[Problem]:
    """A name without a password, or the reverse, logs in nowhere."""
    key = "password_file" if mail.password is None else "password"
    given = getattr(mail, key) is not None
    if given == (mail.username is not None):
        return []
    if given:
        line = find_line(text, ["mail", key])
        return [Problem(f"mail.{key}", "a secret", "a username with it, or neither", line)]
    allowed = "a password with it (password_file, or DIGEST_MAIL__PASSWORD), or neither"
    line = find_line(text, ["mail", "username"])
    return [Problem("mail.username", repr(mail.username), allowed, line)]


def _address_problems(parsed: FileTable, text: str) -> list[Problem]:
    """Addresses of ours that could not do what mail needs of them."""
    inbox = parsed.inbox
    _, sender = parse_sender(parsed.mail.sender)
    plus = inbox.plus_addressing
    checked = [
        ("mail", "from", sender, mailbox_problem(sender, plus=plus and inbox.address is None))
    ]
    if inbox.address is not None:
        problem = mailbox_problem(inbox.address, plus=plus)
        checked.append(("inbox", "address", inbox.address, problem))
    if inbox.bounces is not None:
        problem = bounces_problem(inbox.bounces, inbox.address or sender, plus=plus)
        checked.append(("inbox", "bounces", inbox.bounces, problem))
    return [
        Problem(f"{table}.{key}", repr(found), allowed, find_line(text, [table, key]))
        for table, key, found, allowed in checked
        if allowed is not None
    ]


def password_of(mail: MailTable, project: Path) -> str | None:
    """The password as it stands in the table or in its file. Raises OSError, UnicodeDecodeError."""
    if mail.password is not None or mail.password_file is None:
        return mail.password
    return (project / mail.password_file).read_text(encoding="utf-8").strip()
