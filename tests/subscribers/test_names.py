import pytest

from digest.model import Choice, CompanyId, Preferences, TopicId
from digest.stories.lexicon import Alias, Company, Lexicon, Name, Sort, Topic
from digest.stories.load import load_lexicon
from digest.subscribers.commands import Companies, Language, Rhythm, Setting, Topics
from digest.subscribers.names import Spellings, Unknown, apply, spellings_of

EV = TopicId("ev")
TOYOTA = CompanyId("toyota")
SPELLINGS = Spellings(companies={"トヨタ": TOYOTA}, topics={"ev": EV})
BASE = Preferences(choice=Choice(topics=frozenset({EV})))


@pytest.fixture(scope="module")
def shipped() -> Spellings:
    return spellings_of(load_lexicon(None, {}, ""))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("tariffs", "tariffs_trade"),
        ("tariff", "tariffs_trade"),
        ("tariffs_trade", "tariffs_trade"),
        ("Tariffs & trade", "tariffs_trade"),
        ("関税", "tariffs_trade"),
        ("関税・通商", "tariffs_trade"),
        ("ＥＶ", "ev"),
        ("EVs", "ev"),
        ("電動車", "ev"),
        ("Electric vehicles", "ev"),
        ("batteries", "battery"),
        ("電池", "battery"),
        ("リコール", "recall_safety"),
        ("autonomous", "autonomous_software"),
        ("supply chain", "supply_chain"),
        ("weather", None),
    ],
)
def test_topics_are_known_by_what_people_write(
    shipped: Spellings, written: str, meant: str | None
) -> None:
    made, unknown = apply([(1, Topics((written,)))], Preferences(), shipped, frozenset())
    assert made.choice.topics == (set() if meant is None else {meant})
    assert unknown == (() if meant else (Unknown(1, written),))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("nissan", "nissan"),
        ("日産", "nissan"),
        ("日産自動車", "nissan"),
        ("トヨタ", "toyota"),
        ("ﾄﾖﾀ", "toyota"),
        ("Lexus", "toyota"),
        ("ホンダ", "honda"),
        ("mitsubishi motors", "mitsubishi_motors"),
        ("VW", "volkswagen"),
        ("GM", "gm"),
        ("Prius", None),  # a car is no company
        ("Acme", None),
    ],
)
def test_companies_are_known_by_what_people_write(
    shipped: Spellings, written: str, meant: str | None
) -> None:
    made, _ = apply([(1, Companies((written,)))], Preferences(), shipped, frozenset())
    assert made.choice.companies == (set() if meant is None else {meant})


@pytest.mark.parametrize(
    ("settings", "made", "unknown"),
    [
        ([Topics(())], Preferences(), []),
        ([Topics(("ev", "x"))], BASE, ["x"]),
        ([Topics(("x", "y"))], BASE, ["x", "y"]),
        ([Companies(())], BASE, []),
        (
            [Companies(("トヨタ",)), Language("ja")],
            Preferences(
                choice=Choice(language="ja", companies=frozenset({TOYOTA}), topics=frozenset({EV}))
            ),
            [],
        ),
        ([Rhythm("daily")], Preferences(choice=BASE.choice, rhythm="daily"), []),
        ([Rhythm("hourly")], BASE, ["hourly"]),
        ([], BASE, []),
    ],
)
def test_settings_change_preferences_and_what_is_unknown_changes_nothing(
    settings: list[Setting], made: Preferences, unknown: list[str]
) -> None:
    got, told = apply(enumerate(settings), BASE, SPELLINGS, frozenset({"weekly", "daily"}))
    assert got == made
    assert [each.words for each in told] == unknown


def test_a_spelling_of_two_means_that_which_it_fits_better_or_neither() -> None:
    def company(id_: str, *aliases: Alias) -> Company:
        return Company(id=CompanyId(id_), name=Name(id_.title(), id_), aliases=aliases)

    names = {
        CompanyId("acme"): company("acme", Alias(text="Roadster", label="x", sort=Sort.BRAND)),
        CompanyId("roadster"): company("roadster", Alias(text="Twin", label="x")),
        CompanyId("other"): company(
            "other", Alias(text="Twin", label="x"), Alias(text="Car", label="x", sort=Sort.MODEL)
        ),
    }
    topics = {EV: Topic(id=EV, name=Name("EVs & X", "EV"))}
    found = spellings_of(_lexicon(names, topics))
    assert found.companies["roadster"] == "roadster"
    assert "twin" not in found.companies
    assert "car" not in found.companies


def _lexicon(companies: dict[CompanyId, Company], topics: dict[TopicId, Topic]) -> Lexicon:
    class Small:
        pass

    small = Small()
    small.companies, small.topics = companies, topics  # type: ignore[attr-defined]
    return small  # type: ignore[return-value]
