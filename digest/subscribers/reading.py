"""What one mail asks for: its plus-address, its subject and its first lines taken together.

The address is the strongest, then the subject, then the lines. One mail is one request: a command,
with whatever settings its lines hold. A line that is neither is what people write around it, unless
it was plainly meant, or nothing else in the mail is understood.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from digest.subscribers.commands import (
    Change,
    Command,
    Confirm,
    Decline,
    Help,
    Leave,
    Setting,
    from_address,
)
from digest.subscribers.wording import (
    LONGEST_LINE,
    from_line,
    from_subject,
    is_meant,
    quoted_token,
    settings_in,
)

MOST_LINES = 10  # that are looked at; as in other mailing list programs
MOST_UNCLEAR = 3
_BRIEF = 6  # lines
_LINK = re.compile(r"://|www\.", re.IGNORECASE)
_JAPANESE = re.compile("[ぁ-ゖァ-ヺｦ-ﾝ一-鿿]")


class Proof(StrEnum):
    """What is known of who wrote a mail."""

    PASS = "pass"  # noqa: S105  # their own mail server stands for the address
    NONE = "none"  # nobody says anything: anybody may have written it
    FAIL = "fail"  # our server found it forged


@dataclass(frozen=True, slots=True)
class Author:
    """The one address that a mail is from, and the proof of it."""

    address: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class Line:
    """A line that a person wrote, with its number in the text of their mail, from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """A line that was not understood. Its words are only for whoever proved to have written it."""

    line: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRequest:
    """All that one mail asks for."""

    command: Command
    settings: tuple[tuple[int, Setting], ...] = ()  # each with the number of its line
    unclear: tuple[Unclear, ...] = ()
    japanese: bool = False  # it has Japanese words
    brief: bool = True  # it has few lines and no link, as somebody writes who wants something of us
    lost: bool = False  # nothing in it was understood


def read_request(
    recipients: Iterable[str], subject: str, lines: Sequence[Line], whole: str, mailbox: str
) -> MailRequest:
    """What a mail to our mailbox asks for; for help, if nothing of it can be understood.

    `lines` are those that its sender wrote, `whole` is the text with all that it quotes.
    """
    first = [line for line in lines if line.text.strip()][:MOST_LINES]
    said = _said(first)
    command = from_address(recipients, mailbox) or from_subject(subject)
    if command is None and said.commands:
        command = said.commands[0][1]
    unclear = [*said.unclear]
    if isinstance(command, Confirm | Decline):
        command = _answer(command, said, whole)
    elif command is None and not said.settings:
        unclear = [Unclear(line.number, line.text) for line in first]
    else:  # one mail is one request
        unclear += [Unclear(at.number, at.text) for at, other in said.commands if other != command]
    return MailRequest(
        command=command or (Change() if said.settings else Help()),
        lost=command is None and not said.settings,
        settings=said.settings,
        brief=sum(bool(line.text.strip()) for line in lines) <= _BRIEF and not _LINK.search(whole),
        japanese=any(_JAPANESE.search(text) for text in (subject, *(at.text for at in first))),
        unclear=tuple(
            Unclear(each.line, each.words[:LONGEST_LINE].strip()) for each in unclear[:MOST_UNCLEAR]
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    commands: tuple[tuple[Line, Command], ...]
    settings: tuple[tuple[int, Setting], ...]
    unclear: tuple[Unclear, ...]


def _said(lines: Sequence[Line]) -> _Said:
    commands: list[tuple[Line, Command]] = []
    settings: list[tuple[int, Setting]] = []
    unclear: list[Unclear] = []
    for line in lines:
        chosen = settings_in(line.text)
        settings += [(line.number, setting) for setting in chosen if setting is not None]
        if None in chosen or (not chosen and is_meant(line.text)):
            unclear.append(Unclear(line.number, line.text))
        command = None if chosen else from_line(line.text)
        if command is not None:
            commands.append((line, command))
    return _Said(commands=tuple(commands), settings=tuple(settings), unclear=tuple(unclear))


def _answer(command: Confirm | Decline, said: _Said, whole: str) -> Command:
    """Yes or no to a confirmation: its address says yes even where the words say no."""
    token = command.token or quoted_token(whole)
    first = said.commands[0][1] if said.commands else command
    no = isinstance(command, Decline) or isinstance(first, Decline | Leave)
    return Decline(token) if no else Confirm(token)
