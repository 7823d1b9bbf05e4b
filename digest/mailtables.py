"""What is wrong with [mail] and [inbox] taken together, where each value for itself may stand."""

from pathlib import Path

from digest.errors import Problem
from digest.feedstoml import FileTable, InboxTable, MailTable
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
    tables: list[tuple[str, MailTable | InboxTable]] = [("mail", mail), ("inbox", parsed.inbox)]
    for name, table in tables:
        problems += _password_problems(name, table, project, text)
        problems += _login_problems(name, table, text)
    return problems + _mailbox_problems(parsed.inbox, text)


def _password_problems(
    name: str, table: MailTable | InboxTable, project: Path, text: str
) -> list[Problem]:
    try:
        password_of(table, project)
    except (OSError, UnicodeDecodeError) as error:
        line = find_line(text, [name, "password_file"])
        allowed = f"a file with the password: {error}"
        return [Problem(f"{name}.password_file", repr(table.password_file), allowed, line)]
    return []


def _login_problems(name: str, table: MailTable | InboxTable, text: str) -> list[Problem]:
    """A name without a password, or the reverse, logs in nowhere."""
    key = "password_file" if table.password is None else "password"
    given = getattr(table, key) is not None
    if given == (table.username is not None):
        return []
    if given:
        line = find_line(text, [name, key])
        return [Problem(f"{name}.{key}", "a secret", "a username with it, or neither", line)]
    variable = f"DIGEST_{name.upper()}__PASSWORD"
    allowed = f"a password with it (password_file, or {variable}), or neither"
    line = find_line(text, [name, "username"])
    return [Problem(f"{name}.username", repr(table.username), allowed, line)]


def _mailbox_problems(inbox: InboxTable, text: str) -> list[Problem]:
    """An IMAP server lets nobody in without a name."""
    if (inbox.imap is None) == (inbox.username is None):
        return []
    key, missing = ("username", "imap") if inbox.imap is None else ("imap", "username")
    line = find_line(text, ["inbox", key])
    return [Problem(f"inbox.{key}", "one of the two", f"{missing} with it, or neither", line)]


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


def password_of(mail: MailTable | InboxTable, project: Path) -> str | None:
    """The password as it stands in the table or in its file. Raises OSError, UnicodeDecodeError."""
    if mail.password is not None or mail.password_file is None:
        return mail.password
    return (project / mail.password_file).read_text(encoding="utf-8").strip()
