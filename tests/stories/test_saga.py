"""Which story is a later stage of which: by hand-made stages, and by a set of real-life sagas."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.model import ClusterId, CompanyId, EntryId, Role, Stage
from digest.stories.lexicon import Concept, Lexicon, SagaKind
from digest.stories.numbers import COUNTED, Number
from digest.stories.saga import APART, MOVED_ON, SOON, WINDOW, Earlier, Sagas, Witness
from digest.stories.traits import traits
from tests.builders import NOW, entry
from tests.stories.builders import built_in, cheese_lexicon

DATA = Path(__file__).parents[1] / "data/stories/sagas.jsonl"

WEIGHTS = {"begin": 1.0, "pact": 1.0, "end": 1.0, "fault": 0.7, "wheel": 1.0, "plant": 0.7}
WEIGHTS |= {"ev": 0.5, "suv": 0.6, "mexico": 0.8, "kyushu": 0.8, "trade": 1.0}
WEIGHTS |= {"halt": 1.0, "resume": 1.0, "fraud": 1.0, "fine": 1.0}


def lexicon() -> Lexicon:
    """A lexicon of four kinds of saga."""
    concepts = {
        name: Concept(id=name, weight=weight, topics={}) for name, weight in WEIGHTS.items()
    }
    return replace(
        built_in().lexicon,
        companies={},
        concepts=concepts,
        sagas=(
            SagaKind(id="talks", stages=(("begin",), ("pact",), ("end",)), needs=1.5),
            SagaKind(id="fault", stages=(("fault",),), needs=1),
            SagaKind(id="stop", stages=(("halt",), ("resume",)), needs=1, steps=True),
            SagaKind(id="fraud", stages=(("fraud",), ("fine",)), needs=0.5, single=True),
        ),
        saga_places=frozenset({"mexico", "kyushu"}),
        saga_common=frozenset({"trade"}),
    )


SAGAS = Sagas(lexicon())


def stage(number: int, days: float, companies: str, concepts: str, **given: Any) -> Stage:
    """A stage so many days after the first, about these companies and concepts."""
    subjects = frozenset(map(CompanyId, companies.split()))
    told: dict[str, Any] = {
        "companies": subjects,
        "headline": frozenset(concepts.split()),
        "names": frozenset(),
        "numbers": frozenset(),
        "skeletons": frozenset(),
    }
    return Stage(
        cluster=ClusterId(number),
        published=NOW + timedelta(days=days),
        subjects=subjects,
        concepts=frozenset(concepts.split()),
        **(told | given),
    )


def follows(later: Stage, *others: Stage) -> int | None:
    earlier = SAGAS.follows(later, others)
    return None if earlier is None else int(earlier.stage.cluster)


BEGIN = stage(1, 0, "nissan honda", "begin")
PACT = stage(2, 20, "nissan honda", "pact")
END = stage(3, 50, "nissan honda", "end")
PRIUS = frozenset({"toyota/Prius"})


def test_talks_that_end_follow_the_pact_and_the_pact_follows_their_beginning() -> None:
    assert follows(PACT, BEGIN) == 1
    assert follows(END, BEGIN, PACT) == 2
    assert follows(END, BEGIN) == 1


def test_why_a_story_follows_another_is_told() -> None:
    earlier = SAGAS.follows(END, [PACT])
    assert earlier == Earlier(stage=PACT, score=1.5, shared=("nissan",))


@pytest.mark.parametrize(
    "other",
    [
        stage(4, 0, "toyota", "begin wheel"),
        stage(4, 0, "nissan renault", "begin"),
        stage(4, 0, "nissan", "begin plant ev suv"),
        stage(4, 0, "nissan", "begin trade"),
        stage(4, 0, "nissan honda", "fault wheel"),
        stage(4, 0, "nissan honda", "begin", headline=frozenset({"plant"})),
    ],
    ids=[
        "another company",
        "another partner",
        "only what all news tells",
        "only what many sagas of a company tell",
        "another matter",
        "talks that only the summary remembers",
    ],
)
def test_what_is_another_saga_of_the_company_is_not_followed(other: Stage) -> None:
    assert follows(END, other) is None


def test_a_partner_that_is_only_mentioned_says_little() -> None:
    both = frozenset({CompanyId("nissan"), CompanyId("honda")})
    alone = replace(stage(4, 0, "nissan", "begin"), companies=both)
    assert follows(END, alone) is None
    later, place = stage(5, 20, "nissan honda", "begin kyushu"), frozenset({"begin", "kyushu"})
    assert follows(later, replace(alone, concepts=place)) == 4
    assert follows(later, stage(4, 0, "nissan", "begin kyushu")) is None


def test_a_saga_does_not_go_back() -> None:
    assert follows(stage(4, 70, "nissan honda", "begin wheel"), END) is None


def test_a_wider_recall_follows_the_first_one_of_that_car_or_part() -> None:
    first = stage(1, 0, "toyota", "fault", names=PRIUS)
    wider = stage(2, 12, "toyota", "fault", names=PRIUS)
    assert follows(wider, first) == 1
    assert follows(replace(wider, names=frozenset({"toyota/Yaris"})), first) is None
    part = stage(3, 20, "toyota", "fault wheel")
    assert follows(stage(4, 31, "toyota", "fault wheel"), first, part) == 3
    assert follows(stage(4, 31, "toyota", "fault"), first, part) is None


def test_a_second_stoppage_is_another_one_and_a_restart_is_of_the_first() -> None:
    halt = stage(1, 0, "toyota", "halt wheel")
    assert follows(stage(2, 20, "toyota", "halt wheel"), halt) is None
    assert follows(stage(2, 3, "toyota", "resume wheel"), halt) == 1
    assert follows(stage(2, 3, "toyota", "resume kyushu"), halt) is None


def test_of_some_kinds_a_company_has_one_saga_at_a_time() -> None:
    first = stage(1, 0, "toyota", "fraud")
    assert follows(stage(2, 20, "toyota", "fraud"), first) == 1
    assert follows(stage(2, 20, "toyota", "fine"), first) == 1
    assert follows(stage(2, 2, "toyota", "fine"), first) is None


def test_figures_and_unknown_names_count_beside_what_is_telling() -> None:
    figures = frozenset({Number("vehicle", 135_000), Number("", 2_000_000)})
    first = stage(1, 0, "nissan", "begin kyushu", numbers=figures)
    later = stage(2, 20, "nissan", "begin kyushu")
    assert follows(later, first) is None
    assert follows(replace(later, numbers=figures), first) == 1
    named = frozenset({"krsn"})
    assert follows(replace(later, skeletons=named), replace(first, skeletons=named)) == 1
    only = stage(3, 0, "nissan", "begin", numbers=figures, skeletons=named)
    assert follows(stage(4, 20, "nissan", "pact", numbers=figures, skeletons=named), only) is None


def test_different_places_make_different_sagas() -> None:
    first = stage(1, 0, "nissan honda", "begin mexico")
    assert follows(stage(2, 5, "nissan honda", "pact kyushu"), first) is None
    assert follows(stage(2, 5, "nissan honda", "pact kyushu mexico"), first) == 1


def test_news_of_one_day_is_no_later_stage() -> None:
    near = MOVED_ON / timedelta(days=1)
    assert follows(stage(2, near, "nissan honda", "end"), BEGIN) == 1
    assert follows(stage(2, near / 2, "nissan honda", "end"), BEGIN) is None
    assert follows(stage(2, -1, "nissan honda", "end"), BEGIN) is None


def test_what_has_not_moved_on_is_the_same_event_told_late_unless_it_is_well_apart() -> None:
    apart = APART / timedelta(days=1)
    assert follows(stage(2, apart - 1, "nissan honda", "begin wheel"), BEGIN) is None
    assert follows(stage(2, apart, "nissan honda", "begin wheel"), BEGIN) == 1


def test_a_saga_that_rested_for_long_is_a_new_one() -> None:
    rest = WINDOW / timedelta(days=1)
    assert follows(stage(2, rest, "nissan honda", "end"), BEGIN) == 1
    assert follows(stage(2, rest + 1, "nissan honda", "end"), BEGIN) is None


def test_stages_are_found_by_company_and_kind_of_saga() -> None:
    both = stage(1, 0, "nissan honda", "begin fault plant")
    assert SAGAS.marks(both) == ["honda fault", "honda talks", "nissan fault", "nissan talks"]


def told(title: str, summary: str = "", *, hours: float = 0, lang: str = "en") -> Witness:
    """A report as `follow` sees it."""
    one = entry(title=title, summary=summary, lang=lang, published=NOW + timedelta(hours=hours))
    reading = built_in().read(title, summary, lang=lang)
    return Witness(
        published=one.published,
        traits=traits(EntryId(1), one, reading, "owner"),
        acting=frozenset(
            tag.company
            for tag in reading.tags.companies
            if tag.role is Role.SUBJECT and any(each.where == "title" for each in tag.evidence)
        ),
        headline=built_in().read(title, "", lang=lang).concepts,
    )


def test_only_what_is_about_few_companies_and_of_a_known_kind_is_a_stage() -> None:
    sagas = Sagas(built_in().lexicon)

    def made(*reports: Witness) -> Stage | None:
        return sagas.stage_of(ClusterId(1), reports)

    assert made() is None
    assert made(told("Nissan shows a poster")) is None
    assert made(told("Recall of imported toys")) is None
    many = "Toyota, Honda, Nissan, Mazda, Suzuki and Subaru recall cars over one airbag"
    assert made(told(many)) is None
    early, late = told("Toyota recalls Prius over rear doors"), told("Prius recall", hours=3)
    stage = made(late, early)
    assert stage is not None
    assert (stage.published, sorted(stage.subjects)) == (early.published, ["toyota"])
    assert "toyota/Prius" in stage.names


def test_those_act_whom_a_headline_names() -> None:
    sagas = Sagas(built_in().lexicon)
    report = told("Nissan to close Oppama plant", "Honda weighs a joint use of the site.")
    stage = sagas.stage_of(ClusterId(1), [report])
    assert stage is not None
    assert (sorted(stage.subjects), sorted(stage.companies)) == (["nissan"], ["honda", "nissan"])
    nameless = told("Carmaker to close plant in Yokosuka", "Nissan will end output in Oppama.")
    stage = sagas.stage_of(ClusterId(1), [nameless])
    assert stage is not None
    assert sorted(stage.subjects) == ["nissan"]


def test_a_lexicon_without_sagas_has_no_stages(tmp_path: Path) -> None:
    sagas = Sagas(cheese_lexicon(tmp_path))
    assert sagas.stage_of(ClusterId(1), [told("Toyota recalls Prius over rear doors")]) is None


# --- the set of sagas ------------------------------------------------------------------------


def rows(half: str) -> list[dict[str, str]]:
    found = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    return sorted(
        (row for row in found if row["half"] == half), key=lambda row: (row["at"], row["id"])
    )


def stages_of(rows: Iterable[Mapping[str, str]], sagas: Sagas) -> list[Stage | None]:
    stages: list[Stage | None] = []
    for number, row in enumerate(rows):
        at = datetime.fromisoformat(row["at"]).replace(tzinfo=UTC)
        report = told(
            row["title"],
            row.get("summary", ""),
            hours=(at - NOW) / timedelta(hours=1),
            lang=row["lang"],
        )
        stages.append(sagas.stage_of(ClusterId(number), [report]))
    return stages


@pytest.mark.parametrize("half", ["a", "b", "c", "d", "e"])
def test_stages_of_sagas_are_found_among_other_news_of_the_same_companies(half: str) -> None:
    """Eight to sixteen sagas each, most of them across languages, with as many decoys.

    Rows of one `event` are reports of the same day: none is a later stage of another.
    """
    sagas = Sagas(built_in().lexicon)
    told_of = rows(half)
    stages = stages_of(told_of, sagas)
    found = right = wanted = 0
    for number, row in enumerate(told_of):
        before = [other for other in stages[:number] if other is not None]
        stage = stages[number]
        earlier = None if stage is None else sagas.follows(stage, before)
        same = {
            n
            for n in range(number)
            if row["saga"]
            and told_of[n]["saga"] == row["saga"]
            and _event(told_of[n]) != _event(row)
        }
        wanted += bool(same)
        found += earlier is not None
        right += earlier is not None and earlier.stage.cluster in same
    assert right / found >= 0.9, half
    assert right / wanted >= 0.6, half


def _event(row: Mapping[str, str]) -> str:
    return row.get("event", row["id"])


def test_what_is_decided_follows_what_was_considered_but_not_within_a_day() -> None:
    kinds = tuple(replace(kind, needs=1) for kind in lexicon().sagas)
    sagas = Sagas(replace(lexicon(), sagas=kinds, saga_considered=frozenset({"ev"})))
    first = stage(1, 0, "toyota", "pact wheel ev")

    def earlier(days: float, concepts: str) -> Earlier | None:
        return sagas.follows(stage(2, days, "toyota", concepts), [first])

    assert earlier(2, "pact wheel")
    assert earlier(SOON / timedelta(days=1) / 2, "pact wheel") is None
    assert earlier(2, "pact wheel ev") is None


def test_one_person_alone_ties_no_saga() -> None:
    sagas = Sagas(replace(lexicon(), companies=built_in().lexicon.companies))
    person, car = frozenset({"nissan/Ivan Espinosa"}), frozenset({"nissan/Leaf"})
    for shared, found in ((person, False), (person | car, True)):
        begin = stage(1, 0, "nissan", "begin", names=shared)
        end = stage(2, 9, "nissan", "end", names=shared)
        assert bool(sagas.follows(end, [begin])) is found


def test_a_later_stage_of_some_kinds_may_come_after_days() -> None:
    kinds = tuple(replace(kind, soon=True) for kind in lexicon().sagas)
    sagas = Sagas(replace(lexicon(), sagas=kinds))
    first, raid = stage(1, 0, "toyota", "fraud"), stage(2, 2, "toyota", "fine")
    assert sagas.follows(raid, [first])
    assert sagas.follows(replace(raid, published=first.published + SOON / 2), [first]) is None


def test_the_same_of_another_place_is_no_later_stage() -> None:
    first = stage(1, 0, "toyota", "fraud")
    assert follows(stage(2, 20, "toyota", "fraud mexico"), first) is None
    assert follows(stage(2, 20, "toyota", "fraud"), first) == 1


def test_other_parts_make_other_sagas() -> None:
    whole = lexicon()
    parts = {
        **whole.concepts,
        "door": Concept(id="door", topics={}, opposes=frozenset({"wheel"})),
    }
    sagas = Sagas(replace(whole, concepts=parts))
    first = stage(1, 0, "toyota", "fault wheel", names=PRIUS)
    assert sagas.follows(stage(2, 20, "toyota", "fault", names=PRIUS), [first])
    assert sagas.follows(stage(2, 20, "toyota", "fault door", names=PRIUS), [first]) is None


def test_stages_before_the_one_that_is_followed_are_told() -> None:
    found = [one.stage for one in SAGAS.before(END, [BEGIN, PACT])]
    assert found == [PACT, BEGIN]


def test_of_nobody_is_only_what_no_company_has() -> None:
    kinds = tuple(replace(kind, nobody=kind.id == "talks") for kind in lexicon().sagas)
    sagas = Sagas(replace(lexicon(), sagas=kinds))
    begin, pact = stage(1, 0, "", "begin wheel"), stage(2, 9, "", "pact wheel")
    assert sagas.marks(pact) == ["- talks"]
    assert sagas.follows(pact, [begin])
    assert sagas.follows(pact, [BEGIN]) is None
    assert sagas.marks(BEGIN) == []


STOPS = Sagas(
    replace(
        lexicon(),
        sagas=(
            SagaKind(
                id="stop",
                stages=(("halt",), ("resume",)),
                needs=0.7,
                single=True,
                soon=True,
                undone=True,
                steps=True,
            ),
        ),
    )
)


def test_a_restart_follows_the_latest_halt_after_hours_whatever_was_its_cause() -> None:
    attack = stage(2, 3, "subaru denso", "halt plant fraud")
    restart = stage(3, 3.4, "subaru denso", "resume plant")
    fire = stage(1, 0, "subaru", "halt plant fault")
    found = STOPS.before(restart, [fire, attack])
    assert [earlier.stage.cluster for earlier in found] == [2]
    assert STOPS.follows(stage(3, 3.2, "subaru denso", "resume plant"), [attack]) is None


RESULTS = stage(1, 0, "acme", "fraud plant trade")


def retells(later: Stage, *others: Stage) -> int | None:
    earlier = SAGAS.retells(later, others)
    return None if earlier is None else int(earlier.stage.cluster)


def test_what_a_weekly_tells_days_later_is_the_news_that_was_told() -> None:
    assert retells(stage(2, 5, "acme", "fraud trade"), RESULTS) == 1
    assert retells(stage(2, 4, "nissan honda", "begin ev wheel"), wheels(BEGIN)) == 1


def wheels(one: Stage) -> Stage:
    return replace(one, concepts=one.concepts | {"ev", "wheel"})


@pytest.mark.parametrize(
    "later",
    [
        stage(2, 0.5, "acme", "fraud trade"),  # two papers of one day are compared by linking
        stage(2, 11, "acme", "fraud trade"),  # the next one of its kind
        stage(2, 5, "acme", "fraud fine trade"),  # tells of another deed
        stage(2, 5, "acme rival", "fraud trade"),  # who was not in it
        stage(2, 5, "rival", "fraud trade"),
        stage(2, 5, "acme", "fraud trade mexico"),  # another place
        stage(2, 5, "acme", "fraud trade", names=frozenset({"acme/Two"})),  # another car
        stage(2, 5, "acme", "fraud trade", numbers=frozenset({(COUNTED, 900.0)})),
    ],
)
def test_what_differs_is_news_of_its_own(later: Stage) -> None:
    known = replace(RESULTS, names=frozenset({"acme/One"}), numbers=frozenset({(COUNTED, 500.0)}))
    assert retells(later, known) is None


def test_a_second_stoppage_is_not_the_first_one_told_late() -> None:
    first, second = (stage(n, 3 * n, "subaru", "halt plant trade") for n in (1, 2))
    assert STOPS.retells(second, [first]) is None


def test_late_news_shares_more_than_its_kind() -> None:
    assert retells(stage(2, 5, "acme", "fault"), stage(1, 0, "acme", "fault")) is None
