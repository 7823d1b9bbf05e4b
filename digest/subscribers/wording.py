"""The words of commands in English and Japanese: one line of a mail, or its subject, as a value.

A whole line has to be a command, with no more around it than politeness: "please unsubscribe me"
and "配信停止をお願いします" are, "leave me alone" and "解除しないでください" are not. Letters
may be full-width or half-width, large or small.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from types import MappingProxyType

from digest.model import AlertWish
from digest.subscribers.commands import (
    TOKEN,
    AddRule,
    Alerts,
    Command,
    Companies,
    Confirm,
    Decline,
    Help,
    Language,
    Leave,
    Mute,
    Pause,
    RemoveRule,
    Resume,
    Rhythm,
    Setting,
    Show,
    Subscribe,
    Topics,
    Unmute,
    with_token,
)
from digest.subscribers.ownrules import tidy

LONGEST_LINE = 300  # characters; nobody gives a command in more
_RULE_LINE = 1000  # the same of a rule: that it is too long is said by who reads it
PAUSE = timedelta(weeks=4)  # where they do not say how long
SILENCE = timedelta(weeks=1)  # of alerts, the same
_MOST_NAMES = 60
_MOST_DAYS = 4_000  # whoever asks for more gets as much as there is

# Each command by its words: of English, which may have polite words around them, and of Japanese,
# which may have the endings of a sentence behind them.
_ENGLISH: Mapping[str, Command] = MappingProxyType(
    {
        "subscribe|join|sign (?:me )?up|signup": Subscribe(),
        (
            "leave|unsubscribe|unsub|remove|stop|cancel|opt[ -]?out|sign (?:me )?off|signoff"
            "|take me off|end my subscription"
        ): Leave(),
        "(?:i )?confirm(?:ed)?|yes|ok|okay|i agree|agreed": Confirm(),
        "no|no,? thanks?(?: you)?|decline": Decline(),
        "pause|suspend|hold": Pause(PAUSE),
        "resume|restart|continue|unpause": Resume(),
        "(?:mute|silence)(?: alerts?)?": Mute(SILENCE),
        "unmute(?: alerts?)?": Unmute(),
        "status|(?:show )?(?:my |current )?(?:settings|preferences)": Show(),
        "help|info|commands|how": Help(),
    }
)
_OF_ALERTS = "(?:速報|アラート)[のを]?"
_SILENT = f"(?:{_OF_ALERTS})?ミュート|{_OF_ALERTS}(?:休止|一時停止)"
_JAPANESE: Mapping[str, Command] = MappingProxyType(
    {
        "(?:新規|購読|読者)?登録|購読(?:申し?込み?)?|申し?込み?|入会|配信希望": Subscribe(),
        (
            "(?:登録|購読|配信|メルマガ)?(?:の)?(?:解除|停止|中止|取り?消し?|解約)|退会|脱退|やめ"
            "|(?:配信|メール)(?:は|が)?不要"
        ): Leave(),
        "(?:購読)?確認|承認|承諾|同意|了解|はい|ok": Confirm(),
        "いいえ[、 ]*(?:不要|結構)?|不要|結構": Decline(),
        "(?:配信|購読)?(?:の)?(?:休止|一時停止|中断)|休み": Pause(PAUSE),
        "(?:配信|購読)?(?:の)?再開": Resume(),
        _SILENT: Mute(SILENCE),
        f"(?:{_OF_ALERTS})?ミュート(?:の|を)?解除|{_OF_ALERTS}再開": Unmute(),
        "状態|状況|(?:現在の)?設定(?:確認|内容|状況)?|登録(?:内容|状況)(?:確認)?": Show(),
        "ヘルプ|へるぷ|使い方|使いかた": Help(),
    }
)

_BEFORE = r"(?:(?:please|pls|kindly|hello|hi)[, ]+)*(?:i(?:'d| would)? (?:like|want|wish) to )?"
_LIST = r"(?:(?:this|the|your) )?(?:mailing )?(?:list|digest|newsletter|mail|mails|emails?)"
_AFTER = (
    r"(?:[, ]+(?:me|us|it|now|please|pls|thanks|thank you|my subscription|everything"
    rf"|(?:from |to )?{_LIST}))*"
)
_AHEAD = r"(?:(?:この)?(?:メール(?:マガジン)?|メルマガ|ニュース(?:レター)?|週報)の?)?"
_BEHIND = (
    r"[をの、 ]*(?:(?:希望|申請|申し?込み?|手続き?)を?)?[、 ]*"
    r"(?:(?:し|致し|いたし|たい)?(?:ます|ました|たいです|たい|たいと思います|です))?"
    r"(?:し?て(?:下さい|ください|欲しいです|ほしいです))?"
    r"(?:[でを、 ]*(?:お願い|おねがい|御願い)(?:します|致します|いたします|申し上げます)?)?"
    r"(?:下さい|ください)?"
)

_COMMANDS: tuple[tuple[re.Pattern[str], Command], ...] = (
    *((re.compile(rf"{_BEFORE}(?:{words}){_AFTER}"), what) for words, what in _ENGLISH.items()),
    *((re.compile(rf"{_AHEAD}(?:{words}){_BEHIND}"), what) for words, what in _JAPANESE.items()),
)

_UNITS = {"day": 1, "week": 7, "month": 30, "year": 365, "日": 1, "週": 7, "月": 30, "年": 365}
_KANJI = {c: number for number, c in enumerate("一二三四五六七八九十", start=1)}
_NUMBER = rf"(?P<n>\d+|an?|[{''.join(_KANJI)}])"
_LENGTH = rf"{_NUMBER}\s*(?P<unit>day|week|month|year|日|週|[かヶケカ箇]月|年)(?:s|間)?"
_DAY = r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?"


def _for_a_time(english: str, japanese: str) -> tuple[re.Pattern[str], ...]:
    """The ways to ask for something for so long, or until a day."""
    return tuple(
        re.compile(pattern)
        for pattern in (
            rf"{_BEFORE}(?:{english})[:,]?(?: me)?(?: for)? {_LENGTH}{_AFTER}",
            rf"{_BEFORE}(?:{english})[:,]?(?: me)? (?:until|till|to) {_DAY}{_AFTER}",
            rf"{_AHEAD}(?:{japanese})[:、 ]*{_LENGTH}{_BEHIND}",
            rf"{_LENGTH}[、のほど ]*(?:{japanese}){_BEHIND}",
            rf"{_AHEAD}(?:{japanese})[:、 ]*{_DAY}(?:まで)?{_BEHIND}",
            rf"{_DAY}\s*まで[、の ]*(?:{japanese}){_BEHIND}",
        )
    )


_TIMED: tuple[tuple[type[Pause | Mute], tuple[re.Pattern[str], ...]], ...] = (
    (
        Pause,
        _for_a_time("pause|suspend|hold", r"(?:配信|購読)?(?:の|を)?(?:休止|一時停止|中断)"),
    ),
    (
        Mute,
        _for_a_time(
            "(?:mute|silence)(?: alerts?)?",
            _SILENT,
        ),
    ),
)

_KEYS: Mapping[str, type[Setting]] = MappingProxyType(
    {
        **dict.fromkeys(["topics", "topic", "トピック", "トピックス", "話題", "分野"], Topics),
        **dict.fromkeys(["テーマ", "ジャンル", "題目"], Topics),
        **dict.fromkeys(["companies", "company", "makers", "会社", "企業", "メーカー"], Companies),
        **dict.fromkeys(["会社名", "企業名", "社名"], Companies),
        **dict.fromkeys(["language", "lang", "言語", "ことば", "言葉"], Language),
        **dict.fromkeys(["rhythm", "frequency", "how often", "edition", "頻度"], Rhythm),
        **dict.fromkeys(["配信頻度", "配信", "間隔", "配信間隔"], Rhythm),
        **dict.fromkeys(["alerts", "alert", "速報", "アラート"], Alerts),
    }
)
_KEY = "|".join(sorted(_KEYS, key=len, reverse=True))
_SETTING = re.compile(rf"(?:^|(?<=[\s;,、]))(?:set |設定 ?)?({_KEY}) ?[:=] ?")
_BARE_SETTING = re.compile(r"(?:set )?(language|lang|言語|rhythm|frequency|頻度) ([\w-]+)")
# What follows may be a rule, which has colons and commas of its own.
_ALERT = re.compile(
    r"(?:set |add |設定 ?)?(?:alerts?(?: rule)?|速報|アラート)(?:の?条件)? ?[:=] ?(.+)"
)
_BARE_ALERTS = re.compile(r"(?:set )?(?:alerts?|速報|アラート)[は ]*(\w+)")
_NO_ALERTS = re.compile(r"(?:no|stop|end)(?: more)? alerts")
_NO_RULE = re.compile(
    r"(?:(?:remove|delete|drop) alerts?(?: rule)?"
    r"|(?:速報|アラート)(?:の?条件)?[の ]?(?:削除|取り?消し?))"
    r"(?: ?[:=] ?| |(?=\d))(.+)"
)
_LIKE_A_SETTING = re.compile(r"([^\W\d_][\w ]{1,19}?) ?[:=] ?\S.*")
_NAME_ENDS = re.compile(r"[,;、，・/]|\s{2,}|\band\b")
_ALL = frozenset({"all", "any", "everything", "*", "全て", "すべて", "全部", "指定なし"})

_LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(["en", "eng", "english", "英語", "えいご"], "en"),
        **dict.fromkeys(["ja", "jp", "jpn", "japanese", "日本語", "にほんご", "和文"], "ja"),
    }
)
_RHYTHMS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(["every day", "毎日", "日刊", "デイリー"], "daily"),
        **dict.fromkeys(["every week", "毎週", "週刊", "週1回", "ウィークリー"], "weekly"),
        **dict.fromkeys(["every month", "毎月", "月刊", "月1回", "マンスリー"], "monthly"),
        **dict.fromkeys(["alert", "速報", "速報のみ", "アラート"], "alerts"),
    }
)

_ALERT_WISHES: Mapping[str, AlertWish] = MappingProxyType(
    {
        **dict.fromkeys(["none", "no", "off", "stop", "なし", "無し", "オフ"], AlertWish.NONE),
        **dict.fromkeys(["不要", "停止", "受け取らない"], AlertWish.NONE),
        **dict.fromkeys(["breaking", "on", "yes", "あり", "オン", "重大"], AlertWish.BREAKING),
        **dict.fromkeys(["重要", "重大ニュース", "受け取る"], AlertWish.BREAKING),
        **dict.fromkeys(["rules", "own rules", "my rules"], AlertWish.RULES),
        **dict.fromkeys(["条件", "条件のみ", "自分の条件", "ルール"], AlertWish.RULES),
    }
)

# What mail programs put before a subject. "Fwd:" is none of these: who forwards asks nothing.
_ANSWERS = re.compile(
    r"(?:(?:re|aw|antw|sv|vs|ref|返信|返|回复|答复)\s*(?:\[\d+\]|\(\d+\)|\^?\d+)?\s*:"
    r"|\[[^\[\]]{0,60}\]|【[^【】]{0,60}】)\s*"
)
# A token at the end of a subject: whatever stands before it may stay, our own words, too.
_SUBJECT = re.compile(rf"(?:.*[\s:\]])?(confirm|leave)\s+({TOKEN})")
_LINE_TOKEN = re.compile(
    rf"(confirm|leave|unsubscribe|確認|解除|配信停止|退会)[\s:]+({TOKEN})", re.ASCII
)
_QUOTED_TOKEN = re.compile(
    rf"(?<![a-z0-9])confirm(?:-|\s+|%20)({TOKEN})(?![a-z0-9])", re.ASCII | re.IGNORECASE
)
_MARKS_AT_ENDS = " \t\"'「」『』()<>*_!！.。、,;:・…~〜-"


def fold(text: str) -> str:
    """A line as its words are compared: one width, one case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text[:LONGEST_LINE]).casefold().split())


def from_subject(subject: str) -> Command | None:
    """The command in a subject such as "Re: confirm TOKEN", full-width letters or not."""
    text = fold(subject)
    match = _SUBJECT.fullmatch(text)
    if match is not None:
        return with_token(match[1], match[2])
    while answer := _ANSWERS.match(text):
        text = text[answer.end() :]
    return from_line(text)


def from_line(line: str) -> Command | None:
    """The command that a line is, or None."""
    text = fold(line).strip(_MARKS_AT_ENDS)
    match = _LINE_TOKEN.fullmatch(text)
    if match is not None:
        return with_token("confirm" if match[1] in {"confirm", "確認"} else "leave", match[2])
    found = next((what for pattern, what in _COMMANDS if pattern.fullmatch(text)), None)
    return found or _for_so_long(text)


def settings_in(line: str) -> list[Setting | None]:
    """The settings in a line such as "topics: ev, 関税"; None for one that has no good value."""
    chosen = _settings_in(fold(line))
    rule = _ALERT.fullmatch(tidy(line[:_RULE_LINE])) if None in chosen or not chosen else None
    return chosen if rule is None else [AddRule(rule[1])]


def _settings_in(text: str) -> list[Setting | None]:
    found = list(_SETTING.finditer(text))
    if found and found[0].start() == 0:
        ends = [match.start() for match in found[1:]] + [len(text)]
        return [
            _setting(_KEYS[match[1]], text[match.end() : end])
            for match, end in zip(found, ends, strict=True)
        ]
    less = _NO_RULE.fullmatch(text)
    if less is not None:
        return [RemoveRule(less[1])]
    plain = text.strip(_MARKS_AT_ENDS)
    bare = _BARE_SETTING.fullmatch(plain)
    if bare is not None:
        return [_setting(_KEYS[bare[1]], bare[2])]
    wish = _BARE_ALERTS.fullmatch(plain)
    if wish is not None and wish[1] in _ALERT_WISHES:
        return [Alerts(_ALERT_WISHES[wish[1]])]
    return [Alerts(AlertWish.NONE)] if _NO_ALERTS.fullmatch(plain) else []


def is_meant(line: str) -> bool:
    """Whether a line that is neither was meant as a setting: "topcs: ev", but not "Tel: 03-…"."""
    match = _LIKE_A_SETTING.fullmatch(fold(line))
    return match is not None and bool(get_close_matches(match[1], _KEYS, n=1, cutoff=0.75))


def quoted_token(text: str) -> str | None:
    """The token of a confirmation that a whole mail quotes, if it quotes only one."""
    found = {token.lower() for token in _QUOTED_TOKEN.findall(text)}
    return found.pop() if len(found) == 1 else None


def _setting(kind: type[Setting], value: str) -> Setting | None:
    text = value.strip(_MARKS_AT_ENDS.replace("*", "") + "\u3000")
    if kind is Language:
        code = _LANGUAGES.get(text)
        return None if code is None else Language(code)
    if kind is Alerts:
        wish = _ALERT_WISHES.get(text)
        return None if wish is None else Alerts(wish)
    if kind is Rhythm:
        return Rhythm(_RHYTHMS.get(text, text)) if text else None
    names = tuple(name for part in _NAME_ENDS.split(text) if (name := part.strip(" '\"「」")))
    if not names or len(names) > _MOST_NAMES:
        return None
    chosen = () if set(names) <= _ALL else names
    return Topics(chosen) if kind is Topics else Companies(chosen)


def _for_so_long(text: str) -> Pause | Mute | None:
    for kind, patterns in _TIMED:
        for pattern in patterns:
            match = pattern.fullmatch(text)
            until = None if match is None else _until(match.groupdict())
            if until is not None:
                return kind(until)
    return None


def _until(found: Mapping[str, str]) -> timedelta | date | None:
    if "y" in found:
        try:
            return date(int(found["y"]), int(found["m"]), int(found["d"]))
        except ValueError:  # the 31st of February
            return None
    number = found["n"]
    count = int(number) if number.isdigit() else _KANJI.get(number, 1)
    unit = found["unit"]
    days = count * _UNITS[unit if unit in _UNITS else "月"]
    return timedelta(days=min(days, _MOST_DAYS)) if days else None
