"""The letters that answer a request: what was done, what is set now, how to change it.

Nothing of the incoming mail is repeated but the number of a line, and its words only to somebody
who has proved to have written them.
"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from types import MappingProxyType

from digest.issues.widths import folded
from digest.model import Letter, Status, Subscriber
from digest.subscribers.letters import Masthead, alerts, day, often, what
from digest.subscribers.limits import ASK_AGAIN_HOURS
from digest.subscribers.ownrules import EXAMPLE, BadRule, described, pointed
from digest.subscribers.tokens import PREFERENCES_GOOD_FOR

_MOST_WORDS = 80  # characters of a line that is repeated


class Done(Enum):
    """What became of a request."""

    JOINED = auto()
    KNOWN = auto()
    INVITED = auto()
    CHANGED = auto()
    ALERTS_CHANGED = auto()  # and nothing else
    PAUSED = auto()
    RESUMED = auto()
    MUTED = auto()
    UNMUTED = auto()
    LEFT = auto()
    ABSENT = auto()
    IMPOSSIBLE = auto()
    STALE = auto()
    NOTHING = auto()
    SHOWN = auto()
    HELPED = auto()


@dataclass(frozen=True, slots=True)
class Misread:
    """A line that was not understood, or a name or a rule in it that we cannot take."""

    line: int
    words: str
    name: bool = False
    rule: BadRule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a letter says."""

    done: Done
    reader: Subscriber | None  # as they are now; None if the address is not known
    language: str
    now: datetime
    page: str = ""  # where they may change it, too
    misread: tuple[Misread, ...] = ()
    proven: bool  # whoever gets it wrote what it answers
    longest: bool = False  # a pause or silence is as long as there is


_ENGLISH: Mapping[Done, str] = MappingProxyType(
    {
        Done.JOINED: "Thank you. {title} will be sent to you from now on.",
        Done.KNOWN: "{title} is sent to this address already. Nothing was changed.",
        Done.INVITED: (
            "A mail that asks you to confirm was sent to this address not long ago. Reply to that"
            f" one; it may lie among the spam. Another one can be sent in {ASK_AGAIN_HOURS} hours."
        ),
        Done.CHANGED: (
            "Done: your settings are changed. They count at once for alerts, and for issues from"
            " the next one on."
        ),
        Done.ALERTS_CHANGED: "Done: your alerts are changed. That counts at once.",
        Done.PAUSED: "Done: you get nothing until {until}. Then it comes again by itself.",
        Done.RESUMED: "Done: {title} is sent to you again.",
        Done.MUTED: "Done: you get no alerts until {silent}. Issues come as before.",
        Done.UNMUTED: "Done: you get your alerts again.",
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
            f"迷惑メールフォルダもご確認ください。{ASK_AGAIN_HOURS}時間後には、もう一度お送りできます。"
        ),
        Done.CHANGED: "設定を変更しました。速報にはすぐに、定期のメールには次号から反映されます。",
        Done.ALERTS_CHANGED: "速報の設定を変更しました。すぐに反映されます。",
        Done.PAUSED: "{until}まで配信を休止します。その後は自動的に再開します。",
        Done.RESUMED: "「{title}」の配信を再開しました。",
        Done.MUTED: "{silent}まで速報をお送りしません。定期のメールはこれまでどおりお届けします。",
        Done.UNMUTED: "速報の配信を再開しました。",
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

_ENGLISH_LONGEST = "That is the longest that there is: a year and a day."
_JAPANESE_LONGEST = "指定できる期間は、最長で1年と1日（366日）です。"

_ENGLISH_STATE = """\
What is set now
  You get:    {what}
  How often:  {often}
  Alerts:     {alerts}
  Language:   English
  State:      {state}
"""
_JAPANESE_STATE = """\
現在の設定
  内容: {what}
  頻度: {often}
  速報: {alerts}
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
  alerts: breaking     alerts: rules
  alerts: none
  alert: {example}
  remove alert 1
  mute 1 week          unmute

"all" instead of names means all of them. Rhythms: {rhythms}.
An alert comes between the issues: of what breaks, or of what meets a rule
of your own. Rules have company:, topic:, "words", and, or, not.
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
  速報: 重大      速報: 条件
  速報: なし
  速報: {example}
  速報 削除 1
  ミュート 1週間    ミュート解除

名前の代わりに「すべて」と書くと、すべてが対象になります。頻度: {rhythms}
速報は、重大なニュースや、ご自分の条件に当てはまるニュースが出たときに、
定期のメールを待たずにお届けします。条件には、company:、topic:、"語句"、
and、or、not が使えます。
トピック: {all_topics}
"""

_ENGLISH_PAGE = f"""\
Or on a page (this link is good for {PREFERENCES_GOOD_FOR.days} days):
{{page}}
"""
_JAPANESE_PAGE = f"""\
ページでも変更できます（リンクの有効期間は{PREFERENCES_GOOD_FOR.days}日です）：
{{page}}
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


def letter_of(answer: Answer, masthead: Masthead, in_reply_to: str | None) -> Letter:
    """The letter that says this. `in_reply_to` is the Message-ID that it answers."""
    japanese = answer.language == "ja"
    told = [(_JAPANESE if japanese else _ENGLISH)[answer.done].format(**_values(answer, masthead))]
    if answer.longest:
        told.append(_JAPANESE_LONGEST if japanese else _ENGLISH_LONGEST)
    if answer.misread:
        told.append("\n".join(_misread(each, answer) for each in answer.misread))
    over = answer.reader is None or answer.reader.status in {Status.LEFT, Status.ERASED}
    if answer.reader is not None and not over:
        told.append(_state(answer.reader, answer.now, masthead, answer.language))
    if answer.done not in {Done.LEFT, Done.ABSENT}:
        told.append(_help(masthead, answer.language))
    if answer.page and not over:
        told.append((_JAPANESE_PAGE if japanese else _ENGLISH_PAGE).format(page=answer.page))
    subject = (
        f"{masthead.title} 購読について" if japanese else f"{masthead.title}: your subscription"
    )
    return Letter(
        subject=subject,
        text=folded("\n".join(f"{each.rstrip()}\n" for each in told)),
        reply_to=masthead.inbox.address,
        in_reply_to=in_reply_to,
        language=answer.language,
    )


def _values(answer: Answer, masthead: Masthead) -> dict[str, str]:
    until = answer.reader and answer.reader.paused_until
    silent = answer.reader and answer.reader.muted_until
    return {
        "title": masthead.title,
        "mailbox": masthead.inbox.address,
        "until": day(until, masthead, answer.language) if until else "",
        "silent": day(silent, masthead, answer.language) if silent else "",
    }


def _misread(misread: Misread, answer: Answer) -> str:
    japanese = answer.language == "ja"
    words = " ".join(misread.words.split())[:_MOST_WORDS] if answer.proven else ""
    if misread.rule is not None:
        said = described(misread.rule, answer.language)
        told = f"{misread.line}行目: {said}。" if japanese else f"Line {misread.line}: {said}."
        place = pointed(misread.rule) if answer.proven else ""
        return f"{told}\n{textwrap.indent(place, '  ')}" if place else told
    if japanese:
        what_ = "の名前が見つかりません" if misread.name else "を理解できませんでした"
        return f"{misread.line}行目{what_}。{f'「{words}」' if words else ''}"
    what_ = "has a name that we do not know" if misread.name else "was not understood"
    return f"Line {misread.line} of your mail {what_}{f': {words}' if words else '.'}"


def _state(reader: Subscriber, now: datetime, masthead: Masthead, language: str) -> str:
    japanese = language == "ja"
    state = _STATES[reader.status][japanese]
    if reader.status is Status.PAUSED and reader.paused_until is not None:
        until = day(reader.paused_until, masthead, language)
        state = f"{until}まで{state}" if japanese else f"{state} until {until}"
    return (_JAPANESE_STATE if japanese else _ENGLISH_STATE).format(
        what=what(reader.preferences, masthead),
        often=often(reader.preferences.rhythm, masthead.editions, language),
        alerts=_alerts(reader, now, masthead, language),
        state=state,
    )


def _alerts(reader: Subscriber, now: datetime, masthead: Masthead, language: str) -> str:
    """Which alerts a reader gets, with the rules of their own, numbered."""
    said = alerts(reader.preferences, language)
    if reader.muted_until is not None and reader.muted_until > now:
        until = day(reader.muted_until, masthead, language)
        said += f"（{until}まで休止）" if language == "ja" else f" (silent until {until})"
    rules = (f"    {number}. {r}" for number, r in enumerate(reader.preferences.rules, start=1))
    return "\n".join((said, *rules))


def _help(masthead: Masthead, language: str) -> str:
    rhythms = [*masthead.editions, "alerts"]
    topics = [name(language) for name in masthead.topics.values()]
    japanese = language == "ja"
    return (_JAPANESE_HELP if japanese else _ENGLISH_HELP).format(
        mailbox=masthead.inbox.address,
        topics=_list(topics[:2], language) or "ev",
        rhythm=rhythms[0],
        rhythms=_list(rhythms, language),
        all_topics=_list(topics, language),
        example=EXAMPLE,
    )


def _list(names: Sequence[str], language: str) -> str:
    return ("、" if language == "ja" else ", ").join(names)
