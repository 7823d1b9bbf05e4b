"""By which of its reports a story is told: the one whose headline says best what was done.

What a later word has replaced is passed over where there is better: an agency's versions before
its last, what sources said before it was announced, and what is said of the news instead of it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta

from digest.model import EntryId, FeedKind, Report, Role, Story
from digest.stories.deeds import tells_a_deed
from digest.stories.tokens import headline as bare_title
from digest.stories.tokens import lower, normalise, overlap

PRIMARY_KINDS = frozenset({FeedKind.NEWSROOM, FeedKind.REGULATOR})

_LONG_TITLE = 110  # characters
# How ministries and companies head their papers: it says of what kind they are, not what happened.
_FORM = re.compile(
    r"について(?:[（(].{0,40}[）)])?$|(?:お知らせ|お詫び|ご案内|の届け?出|報道発表資料|概要|一覧)(?:[（(].{0,40}[）)])?$"
    r"|^(?:報道発表|プレスリリース|News Release|Press Release|Notice|Announcement|Notification)"
    r"\b.{0,3}(?:of|on|regarding|concerning|about|[:：])",
    re.IGNORECASE,
)
# What is written of the news, and says so: never the headline of a story that has news.
_COMMENT = re.compile(
    r"^(?:opinion|analysis|comment(?:ary)?|explainer|feature|editorial|column) ?[:：|–—-]"
    r"|(?:^|[:：–—] ?)why\b"
    r"|^takeaways\b"
    r"|\bexplained\b|[-|(:–—] ?(?:analysis|opinion|comment(?:ary)?|editorial|explainer|column)\)?$"
    r"|^(?:社説|コラム|(?:ニュース)?解説|特集|論評|連載|検証|分析|焦点|視点|時評|論説|深層|深読み|記者の目)"
    r"(?:[:：・ \u3000|｜]|$)"
    r"|[【\[［《〈][^】\]］》〉]{0,6}(?:解説|社説|コラム|特集|検証|分析|焦点|視点|連載|記者の目|ウ[ォオ]ッチ)"
    r"[^】\]］》〉]{0,4}[】\]］》〉]"
    r"|舞台裏|なぜ|背景に何|(?:と|って)は何|徹底(?:解説|検証)|を読み解く|の(?:狙い|思惑|行方)$",
    re.IGNORECASE,
)
# What may be news, but tells what surrounds it rather than what happened.
_ASIDE = re.compile(
    r"(?:^|[:：–—] ?)(?:live|watch|video|review|how|what|when|who|where|inside|meet|behind|five|ten"
    r"|\d+ things)\b"
    r"|\bunder the lens\b|\bat a crossroads\b|波紋|余波|広がる|岐路|明暗|正念場",
    re.IGNORECASE,
)
_UPDATE = re.compile(r"^(?:UPDATE|WRAPUP) ?\d{1,2} ?-")
_UNSAID_SUBJECT = re.compile(
    r"^(?:[a-z]{3,}|Agree[sd]?|Says?|Said|Sees?|Plans?|Cuts?|Hikes?|Raises?|Eyes|Mulls?|Posts?"
    r"|Reports?|Unveils?|Names|Recalls|Delays?|Drops?|Halts?) "
)
_LEAK = re.compile(
    r"\b(?:sources?|people (?:familiar|with knowledge)|(?:two|three|four|several) people)\b"
    r"(?: \w+){0,6}? ?(?:sa(?:y|id)|told|familiar)|\b(?:sources|reportedly)\b"
    r"|\bnears? (?:a )?deal\b"
    r"|方針を固めた|人事を固めた|調整に入|検討に入|(?:が|で)(?:分か|わか)った|関係者(?:が|に|への|の話)"
)

_ANNOUNCED = re.compile(
    r"\b(?:announc\w+|confirm(?:s|ed)|said on (?:mon|tues|wednes|thurs|fri|satur|sun)day|statement"
    r"|told (?:a news conference|reporters|the exchange))\b"
    r"|発表(?:した|する|し、)|表明した|公表した|明らかにした|会見で|合意した|届け出た"
)

_DEED = 0.15  # more than one trade paper's word weighs over another's
_FORMAL = 1.5  # more than any outlet's word weighs over another's
_AFTER = timedelta(hours=1)  # an announcement that comes no later is told by the same report


def headline(story: Story, lang: str) -> Report:
    """The report whose headline tells the story in that language, or in any if none is in it.

    The one most like the others, from the weightiest outlets, that says who did what; comments,
    what was said before it was announced and earlier versions only where there is nothing else;
    questions, long titles and those of forms ("Notice regarding …") stand back.
    """
    told = standing(story, lang)
    letters = {report.stored.id: _letters(report.entry.title) for report in told}
    return min(told, key=lambda r: (-_fitness(r, letters), r.entry.published, r.stored.id))


def standing(story: Story, lang: str) -> list[Report]:
    """The reports in that language, or in any, that no later word has replaced and that are news.

    Where nothing else is left, comments and what has been replaced stay.
    """
    told = [report for report in story.reports if report.entry.lang == lang] or list(story.reports)
    told = [report for report in told if report.tags.relevant] or told
    told = _without(told, _replaced(told))
    told = _without(told, [report for report in told if _COMMENT.search(_title(report))])
    return _without(told, _announced_since(told))


def is_aside(title: str) -> bool:
    """Whether a title tells what surrounds the news rather than what happened."""
    return _ASIDE.search(title) is not None


def _without(told: Sequence[Report], gone: Iterable[Report]) -> list[Report]:
    """The reports without those that are `gone`; all of them where none would be left."""
    ids = {report.stored.id for report in gone}
    return [report for report in told if report.stored.id not in ids] or list(told)


def _replaced(told: Sequence[Report]) -> list[Report]:
    """What an agency has said before the last version that it counts ("UPDATE 2-")."""
    last: dict[str, Report] = {}
    for report in sorted(told, key=lambda r: r.entry.published):
        if _UPDATE.match(report.entry.title):
            last[report.entry.outlet] = report
    return [
        report
        for report in told
        if (newest := last.get(report.entry.outlet)) is not None
        and report.entry.published <= newest.entry.published
        and report is not newest
    ]


def _announced_since(told: Sequence[Report]) -> list[Report]:
    """What only sources said, where it was announced later."""
    known = [
        report.entry.published
        for report in told
        if report.kind in PRIMARY_KINDS
        or (_ANNOUNCED.search(_words(report)) and not _LEAK.search(_words(report)))
    ]
    return [
        report
        for report in told
        if _LEAK.search(_words(report))
        and any(at >= report.entry.published + _AFTER for at in known)
    ]


def _words(report: Report) -> str:
    return f"{report.entry.title}\n{report.entry.summary}"


def _title(report: Report) -> str:
    return report.entry.title.strip()


def _fitness(report: Report, letters: Mapping[EntryId, frozenset[str]]) -> float:
    title = _title(report)
    mine = letters[report.stored.id]
    alike = [overlap(mine, theirs) for each, theirs in letters.items() if each != report.stored.id]
    fitness = report.weight + (sum(alike) / len(alike) if alike else 0.0)
    return fitness + sum(weight for weight, holds in _FITNESS if holds(report, title))


def _names_no_subject(report: Report, title: str) -> bool:
    """Whether a title leaves out who it is of, though its report knows."""
    if _UNSAID_SUBJECT.match(bare_title(title)):
        return True
    subjects = [tag for tag in report.tags.companies if tag.role is Role.SUBJECT and tag.evidence]
    words = normalise(title)
    return bool(subjects) and not any(
        found.where == "title" or found.words in words for tag in subjects for found in tag.evidence
    )


_FITNESS: tuple[tuple[float, Callable[[Report, str], bool]], ...] = (
    # A newsroom's title praises, a trade paper's says what happened.
    (-0.2, lambda report, _: report.kind in PRIMARY_KINDS),
    (-0.5, lambda _, title: title.endswith(("?", "？", "か"))),
    (-0.6, _names_no_subject),
    (-0.6, lambda _, title: is_aside(title)),
    (_DEED, lambda _, title: tells_a_deed(lower(bare_title(title)))),
    (-0.3, lambda _, title: len(title) > _LONG_TITLE),
    (-_FORMAL, lambda _, title: _FORM.search(title) is not None),
)


def _letters(title: str) -> frozenset[str]:
    text = bare_title(title).lower()
    return frozenset(text[i : i + 3] for i in range(len(text) - 2))
