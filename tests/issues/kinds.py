"""Issues of every kind that readers get: for the golden files, the pictures and the proofs."""

from dataclasses import dataclass, replace
from datetime import timedelta

from digest.issues import marks
from digest.issues.calendar import parse_schedule, period_of
from digest.issues.drafts import draft_view, numbers_of
from digest.issues.views import OperatorView
from digest.model import (
    Choice,
    Claim,
    CompanyId,
    Figure,
    Issue,
    IssueStory,
    KeySentence,
    OutletLink,
    SentAlert,
    TopicId,
    Usual,
    UsualCount,
)
from digest.settings import Edition
from tests.issues.builders import (
    PERIOD,
    TOKYO,
    WEEKLY,
    headline,
    issue,
    issue_story,
    outlet,
    settings,
    stage,
)

DAILY = Edition(name="daily", schedule=parse_schedule("07:00"), zone=TOKYO)
ENGLISH, JAPANESE = Choice(language="en"), Choice(language="ja")


@dataclass(frozen=True, slots=True)
class Kind:
    """An issue, for whom, and what the operator is told on top of it."""

    issue: Issue
    choice: Choice = ENGLISH
    operator: OperatorView | None = None


def outlets(count: int) -> tuple[OutletLink, ...]:
    names = ["Nikkei Asia", "レスポンス", "Toyota newsroom", "Reuters", "共同通信", "Carwatch"]
    return tuple(outlet(name, url=f"https://outlet.example/{name}") for name in names[:count])


def week() -> Issue:
    """An ordinary week: both languages, several sections, a story without a topic."""
    both = (headline("en"), headline("ja"))
    nissan, honda = CompanyId("nissan"), CompanyId("honda")
    stories = [
        issue_story(1, headlines=both, companies=(nissan, honda), outlets=outlets(6), owners=6),
        issue_story(2, section="mergers_alliances", topics=("mergers_alliances",)),
        issue_story(3, headlines=(headline("ja", 3),), published=PERIOD.end - timedelta(days=1)),
        issue_story(4, section=None, topics=(), companies=(), headlines=(headline(number=4),)),
        issue_story(5, section="motorsport", topics=("motorsport",), companies=(honda,)),
        issue_story(6, section="tariffs_trade", headlines=(headline("zh", 6, summary=""),)),
        issue_story(7, headlines=(headline("ja", 7), headline("en", 7)), outlets=outlets(2)),
    ]
    return issue(*stories)


def sentence(text: str, source: str = "Reuters", lang: str = "en") -> KeySentence:
    url = f"https://sentence.example/{lang}"
    return KeySentence(text=text, lang=lang, outlet=source, url=url)


def saga() -> Issue:
    """A week in which sagas have gone on and outlets differ, after a month of issues."""
    merger, jobs = TopicId("mergers_alliances"), TopicId("production")
    nissan, honda, toyota = CompanyId("nissan"), CompanyId("honda"), CompanyId("toyota")
    talks = (
        stage(
            90,
            headlines=(
                headline(title="Honda and Nissan begin talks on a merger", number=90),
                headline("ja", title="ホンダと日産、統合協議を開始", number=90),
            ),
            published=PERIOD.start - timedelta(days=51),
        ),
        stage(
            91,
            headlines=(headline("ja", title="日産、ホンダの子会社化案を拒否", number=91),),
            published=PERIOD.start - timedelta(days=9),
            period="2026-W46",
        ),
    )
    lead = issue_story(
        1,
        section=merger,
        topics=(merger, jobs),
        companies=(nissan, honda),
        headlines=(
            headline(title="Nissan and Honda call off their merger, and cut 9,000 jobs"),
            headline("ja", title="日産とホンダ、経営統合を撤回 9000人削減へ"),
        ),
        outlets=outlets(6),
        owners=6,
        sentences=(
            sentence("The boards of both companies ended the talks on Thursday, six weeks in."),
            sentence(
                "Nissan will close two plants by 2028 and cut 9,000 jobs.", "Motor Ledger & Sons"
            ),
            sentence("Honda keeps the software alliance and its 120 engineers.", "Nikkei Asia"),
            sentence("両社は13日の取締役会で協議の終了を決めた。", "日経", "ja"),
            sentence("日産は2028年までに国内2工場を閉鎖する。", "レスポンス", "ja"),
        ),
        figures=(
            Figure(
                unit="person",
                claims=(
                    Claim(
                        words={"en": "9,000 jobs", "ja": "9000人"},
                        value=9000,
                        outlets=("Reuters", "Kyodo", "Jiji"),
                    ),
                    Claim(words={"ja": "2万人"}, value=20000, outlets=("日経",)),
                ),
            ),
            Figure(
                unit="plant",
                claims=(
                    Claim(words={"en": "2 plants"}, value=2, outlets=("Reuters", "Nikkei Asia")),
                ),
            ),
        ),
        earlier=talks,
    )
    goes_on = issue_story(
        2,
        section=jobs,
        companies=(toyota,),
        headlines=(headline(title="Toyota restarts Miyata works after the fire", number=2),),
        earlier=(stage(92, headlines=(headline(title="Fire halts Toyota’s Miyata", number=92),)),),
        sentences=(
            sentence("Both lines run again since Monday."),
            sentence("The fire cost 11,000 cars, the company says.", "Motor Ledger & Sons"),
        ),
    )
    others = [
        issue_story(n, companies=(company,), topics=(topic,), section=topic)
        for n, (company, topic) in enumerate(
            [(nissan, jobs), (honda, jobs), (honda, TopicId("ev")), (toyota, merger)], start=3
        )
    ]
    return issue(
        lead,
        goes_on,
        *others,
        usual=Usual(
            issues=4,
            counts=(
                UsualCount(company=nissan, topic=jobs, stories=5.25),
                UsualCount(company=honda, topic=jobs, stories=0.25),
            ),
        ),
        alerts=(
            SentAlert(
                at=PERIOD.end - timedelta(days=2),
                headlines=(headline(title="Honda and Nissan end talks, sources say", number=80),),
            ),
        ),
    )


def huge() -> Issue:
    """More stories than there is room for, each with long words of all kinds."""
    title = "Nissan and its partners in the alliance are to close {} plants and lines of assembly"
    japanese = "日産自動車と提携各社、国内外の完成車工場あわせて{}拠点の閉鎖を正式決定"
    return issue(
        *(
            issue_story(
                n,
                headlines=(
                    headline(
                        "ja" if n % 3 == 0 else "en",
                        n,
                        title=(japanese if n % 3 == 0 else title).format(n),
                        summary="The union said that it had not been asked, and wants talks. " * 5,
                    ),
                ),
                outlets=outlets(n % 7),
                section=f"topic_{n % 9}",
                topics=(TopicId(f"topic_{n % 9}"),),
                companies=(CompanyId(f"company {n % 5}"), CompanyId(f"company {n % 3}")),
            )
            for n in range(1, 121)
        )
    )


def long_words() -> Issue:
    """Words that do not break, and headlines that do not end."""
    endless = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    katakana = (
        "トヨタモーターマニュファクチャリングコーポレーションインターナショナルホールディングス"
    )
    return issue(
        issue_story(
            1,
            companies=(CompanyId("mitsubishi fuso truck and bus corporation"), CompanyId(endless)),
            headlines=(
                headline(title=f"{endless}{endless} buys {katakana} " * 2, summary=endless * 4),
                headline("ja", title=katakana * 3),
            ),
            outlets=(outlet(endless), outlet(katakana)),
        ),
        *(
            issue_story(n, companies=(CompanyId(endless),), headlines=(headline("ja", n, title=t),))
            for n, t in enumerate((katakana, katakana * 3, "日" * 200, "EV" * 90, "x" * 150), 2)
        ),
    )


def daily() -> Issue:
    """A day of an edition that comes every day."""
    period = period_of(DAILY, "2026-11-16")
    stories = [
        issue_story(
            n, published=period.end - timedelta(hours=3 * n), headlines=(headline(number=n),)
        )
        for n in (1, 2, 3)
    ]
    return issue(*stories, edition="daily", period=period, title="Kuruma Daily")


MANY = "<b>&amp;\"'`</b> {{ 7 * 7 }} {% raw %}\u202e\x00\n-- \nSubject: x " + marks.LEAVE
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>" + MANY


def hostile() -> Issue:
    """A week in which every field of every story is an attack."""
    return issue(
        *map(
            _attack,
            range(1, 8),
            (
                "javascript:alert(1)",
                'https://x.example/"onmouseover="alert(1)',
                "https://x.example/<script>",
                f"https://x.example/{marks.LEAVE}",
                "data:text/html,x",
                "https://x.example/ok?a=1&b='2'",
                "https://x.example/" + "a" * 3000,
            ),
        ),
        title=HOSTILE,
        usual=Usual(
            issues=4,
            counts=(UsualCount(company=CompanyId(HOSTILE), topic=TopicId(HOSTILE), stories=2.0),),
        ),
        alerts=(SentAlert(at=PERIOD.end, headlines=(headline(title=HOSTILE, url="data:x"),)),),
    )


def _attack(number: int, url: str) -> IssueStory:
    told = KeySentence(text=HOSTILE, lang="en", outlet=HOSTILE, url=url)
    claims = tuple(Claim(words={"en": HOSTILE}, value=n, outlets=(HOSTILE,) * n) for n in (1, 2, 3))
    before = headline(title=HOSTILE, url=url, outlet=HOSTILE)
    return issue_story(
        number,
        companies=(CompanyId(HOSTILE),),
        topics=(TopicId(HOSTILE),),
        section=TopicId(HOSTILE),
        reasons=(HOSTILE,),
        headlines=(
            headline(title=HOSTILE, summary=HOSTILE, outlet=HOSTILE, url=url),
            headline('ja" onclick="x', title=HOSTILE, url=url),
        ),
        outlets=(outlet(HOSTILE, url=url, lang=HOSTILE),),
        sentences=(told, told),
        figures=(
            Figure(unit="person", claims=claims),
            Figure(unit="jpy", claims=claims[:1]),
        ),
        earlier=(stage(headlines=(before,), period=HOSTILE),),
    )


def _draft(of: Issue) -> Kind:
    numbers = numbers_of(of, 1234, ["レスポンス", "Nikkei <Asia>"])
    return Kind(of, operator=draft_view(WEEKLY, PERIOD, numbers, settings()))


KINDS: dict[str, Kind] = {
    "english": Kind(week()),
    "japanese": Kind(week(), JAPANESE),
    "saga": Kind(saga()),
    "saga-ja": Kind(saga(), JAPANESE),
    "draft": _draft(replace(saga(), note="A week of two halves.\nRead the second first.")),
    "daily": Kind(daily()),
    "tiny": Kind(issue(issue_story(1))),
    "huge": Kind(huge()),
    "long-words": Kind(long_words()),
    "hostile": Kind(hostile()),
}
