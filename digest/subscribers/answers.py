"""The letters that answer a request: what was done, what is set now, how to change it. Pure.

Nothing of the incoming mail is repeated but the number of a line, and its words only to somebody
who has proved to have written them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from digest.model import Letter, Status, Subscriber
from digest.subscribers.letters import Words, day, often, what

_MOST_WORDS = 80  # characters of a line that is repeated


class Done(Enum):
    """What became of a request."""

    JOINED = auto()
    KNOWN = auto()
    INVITED = auto()
    CHANGED = auto()
    PAUSED = auto()
    RESUMED = auto()
    LEFT = auto()
    ABSENT = auto()
    IMPOSSIBLE = auto()
    STALE = auto()
    NOTHING = auto()
    SHOWN = auto()
    HELPED = auto()


@dataclass(frozen=True, slots=True)
class Misread:
    """A line that was not understood, or a name in it that we do not know."""

    line: int
    words: str
    name: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a letter says."""

    done: Done
    reader: Subscriber | None  # as they are now; None if the address is not known
    language: str
    misread: tuple[Misread, ...] = ()
    proven: bool  # whoever gets it wrote what it answers


_ENGLISH: Mapping[Done, str] = MappingProxyType(
    {
        Done.JOINED: "Thank you. {title} will be sent to you from now on.",
        Done.KNOWN: "{title} is sent to this address already. Nothing was changed.",
        Done.INVITED: (
            "A mail that asks you to confirm was sent to this address not long ago. Reply to that"
            " one; it may lie among the spam. Another one can be sent in a day."
        ),
        Done.CHANGED: "Done: your settings are changed, from the next issue on.",
        Done.PAUSED: "Done: you get nothing until {until}. Then it comes again by itself.",
        Done.RESUMED: "Done: {title} is sent to you again.",
        Done.LEFT: (
            "Done: {title} is not sent to you any more.\n\nIf that was a mistake, or you want to"
            " come back one day, write the word subscribe to {mailbox}."
        ),
        Done.ABSENT: (
            "{title} is not sent to this address, so nothing was changed. If you get it, it goes to"
            " another address of yours: write from there. To get it here, write the word subscribe"
            " to {mailbox}."
        ),
        Done.IMPOSSIBLE: "That cannot be done as things stand. Nothing was changed.",
        Done.STALE: (
            "This confirmation has been used already, or it is too old. Nothing was changed. Ask"
            " again for what you want, and another one will be sent to you."
        ),
        Done.NOTHING: "Nothing was changed.",
        Done.SHOWN: "This is how things stand.",
        Done.HELPED: "This is what you can ask for by mail.",
    }
)
_JAPANESE: Mapping[Done, str] = MappingProxyType(
    {
        Done.JOINED: "ありがとうございます。「{title}」の配信を開始しました。",
        Done.KNOWN: "「{title}」は、すでにこのアドレスにお届けしています。変更はありません。",
        Done.INVITED: (
            "確認のメールを、先ほどこのアドレスにお送りしました。そのメールに返信してください。"
            "迷惑メールフォルダもご確認ください。1日後には、もう一度お送りできます。"
        ),
        Done.CHANGED: "設定を変更しました。次号から反映されます。",
        Done.PAUSED: "{until}まで配信を休止します。その後は自動的に再開します。",
        Done.RESUMED: "「{title}」の配信を再開しました。",
        Done.LEFT: (
            "「{title}」の配信を停止しました。\n\nお間違いの場合や、また購読したい場合は、"
            "{mailbox} に「購読」と書いてお送りください。"
        ),
        Done.ABSENT: (
            "このアドレスには「{title}」をお届けしていないため、何も変更していません。"
            "届いている場合は、別のアドレス宛てです。そのアドレスからお送りください。"
            "このアドレスで購読するには、{mailbox} に「購読」と書いてお送りください。"
        ),
        Done.IMPOSSIBLE: "現在の状態では、その操作はできません。変更はありません。",
        Done.STALE: (
            "この確認はすでに使用されたか、期限が切れています。変更はありません。"
            "もう一度ご依頼いただければ、新しい確認のメールをお送りします。"
        ),
        Done.NOTHING: "変更はありません。",
        Done.SHOWN: "現在の状態は次のとおりです。",
        Done.HELPED: "メールでできることは次のとおりです。",
    }
)

_ENGLISH_STATE = """\
What is set now
  You get:    {what}
  How often:  {often}
  Language:   English
  State:      {state}
"""
_JAPANESE_STATE = """\
現在の設定
  内容: {what}
  頻度: {often}
  言語: 日本語
  状態: {state}
"""

_ENGLISH_HELP = """\
How to change it
Write to {mailbox}: one command in the subject or in the first line,
or as many settings as you like, each on a line of its own.

  subscribe            unsubscribe
  pause 4 weeks        resume
  status               help
  topics: {topics}
  companies: Nissan, Toyota
  rhythm: {rhythm}
  language: ja

"all" instead of names means all of them. Rhythms: {rhythms}.
Topics: {all_topics}.
"""
_JAPANESE_HELP = """\
変更するには
{mailbox} 宛てに、件名または本文の1行目にひとつの指示を、
設定は1行にひとつずつ書いてお送りください。

  購読            配信停止
  休止 4週間      再開
  状態            ヘルプ
  トピック: {topics}
  会社: 日産、トヨタ
  頻度: {rhythm}
  言語: en

名前の代わりに「すべて」と書くと、すべてが対象になります。頻度: {rhythms}
トピック: {all_topics}
"""

_STATES: Mapping[Status, tuple[str, str]] = MappingProxyType(
    {
        Status.PENDING: ("waits for your confirmation", "確認待ち"),
        Status.ACTIVE: ("active", "配信中"),
        Status.PAUSED: ("paused", "休止中"),
        Status.SUSPENDED: (
            "stopped, because mail to this address came back; write subscribe to start again",
            "メールが届かなかったため停止中（再開するには「購読」とお送りください）",
        ),
        Status.LEFT: ("ended", "停止済み"),
        Status.ERASED: ("ended", "停止済み"),
    }
)


def letter_of(answer: Answer, words: Words, in_reply_to: str | None) -> Letter:
    """The letter that says this. `in_reply_to` is the Message-ID that it answers."""
    japanese = answer.language == "ja"
    told = [(_JAPANESE if japanese else _ENGLISH)[answer.done].format(**_values(answer, words))]
    if answer.misread:
        told.append("\n".join(_misread(each, answer) for each in answer.misread))
    over = answer.reader is None or answer.reader.status in {Status.LEFT, Status.ERASED}
    if answer.reader is not None and not over:
        told.append(_state(answer.reader, words, answer.language))
    if answer.done not in {Done.LEFT, Done.ABSENT}:
        told.append(_help(words, answer.language))
    subject = f"{words.title} 購読について" if japanese else f"{words.title}: your subscription"
    return Letter(
        subject=subject,
        text="\n".join(f"{each.rstrip()}\n" for each in told),
        reply_to=words.inbox.address,
        in_reply_to=in_reply_to,
        language=answer.language,
    )


def _values(answer: Answer, words: Words) -> dict[str, str]:
    until = answer.reader and answer.reader.paused_until
    return {
        "title": words.title,
        "mailbox": words.inbox.address,
        "until": day(until, words, answer.language) if until else "",
    }


def _misread(misread: Misread, answer: Answer) -> str:
    words = " ".join(misread.words.split())[:_MOST_WORDS] if answer.proven else ""
    if answer.language == "ja":
        what_ = "の名前が見つかりません" if misread.name else "を理解できませんでした"
        return f"{misread.line}行目{what_}。{f'「{words}」' if words else ''}"
    what_ = "has a name that we do not know" if misread.name else "was not understood"
    return f"Line {misread.line} of your mail {what_}{f': {words}' if words else '.'}"


def _state(reader: Subscriber, words: Words, language: str) -> str:
    japanese = language == "ja"
    state = _STATES[reader.status][japanese]
    if reader.status is Status.PAUSED and reader.paused_until is not None:
        until = day(reader.paused_until, words, language)
        state = f"{until}まで{state}" if japanese else f"{state} until {until}"
    return (_JAPANESE_STATE if japanese else _ENGLISH_STATE).format(
        what=what(reader.preferences, words),
        often=often(reader.preferences.rhythm, words.editions, language),
        state=state,
    )


def _help(words: Words, language: str) -> str:
    rhythms = [*words.editions, "alerts"]
    topics = [name(language) for name in words.topics.values()]
    japanese = language == "ja"
    return (_JAPANESE_HELP if japanese else _ENGLISH_HELP).format(
        mailbox=words.inbox.address,
        topics=_list(topics[:2], language) or "ev",
        rhythm=rhythms[0],
        rhythms=_list(rhythms, language),
        all_topics=_list(topics, language),
    )


def _list(names: Sequence[str], language: str) -> str:
    return ("、" if language == "ja" else ", ").join(names)
