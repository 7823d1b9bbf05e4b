"""Which story is a later stage of which: by hand-made stages, and by a set of real-life sagas."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.model import ClusterId, CompanyId, EntryId
from digest.stories.lexicon import Concept, Lexicon, Saga
from digest.stories.saga import APART, WINDOW, Earlier, Sagas, Stage
from digest.stories.tokens import Number
from digest.stories.traits import Traits, traits
from tests.builders import NOW, entry
from tests.stories.builders import built_in, cheese_lexicon, seen

DATA = Path(__file__).parents[1] / "data/stories/sagas.jsonl"

WEIGHTS = {"begin": 1.0, "pact": 1.0, "end": 1.0, "fault": 0.7, "wheel": 1.0, "plant": 0.7}
WEIGHTS |= {"ev": 0.5, "suv": 0.6, "mexico": 0.8, "kyushu": 0.8}


def lexicon() -> Lexicon:
    """A lexicon of two kinds of affair."""
    concepts = {
        name: Concept(id=name, weight=weight, topics={}) for name, weight in WEIGHTS.items()
    }
    return replace(
        built_in().lexicon,
        companies={},
        concepts=concepts,
        sagas=(
            Saga(id="talks", stages=(("begin",), ("pact",), ("end",)), needs=1.5),
            Saga(id="fault", stages=(("fault",),), needs=1.6),
        ),
        saga_places=frozenset({"mexico", "kyushu"}),
    )


SAGAS = Sagas(lexicon())


def stage(number: int, days: float, companies: str, concepts: str, **given: Any) -> Stage:
    """A stage so many days after the first, about these companies and concepts."""
    subjects = frozenset(map(CompanyId, companies.split()))
    told: dict[str, Any] = {
        "companies": subjects,
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


def test_talks_that_end_follow_the_pact_and_the_pact_follows_their_beginning() -> None:
    assert follows(PACT, BEGIN) == 1
    assert follows(END, BEGIN, PACT) == 2
    assert follows(END, BEGIN) == 1
    assert follows(BEGIN, stage(4, -5, "nissan honda", "plant")) is None


def test_why_a_story_follows_another_is_told() -> None:
    earlier = SAGAS.follows(END, [PACT])
    assert earlier == Earlier(stage=PACT, score=1.5, shared=("nissan",))


@pytest.mark.parametrize(
    "other",
    [
        stage(4, 0, "toyota", "begin wheel"),
        stage(4, 0, "nissan renault", "begin"),
        stage(4, 0, "nissan", "begin plant ev suv"),
        stage(4, 0, "nissan honda", "fault wheel"),
    ],
    ids=["another company", "another partner", "only what all news tells", "another matter"],
)
def test_what_is_another_affair_of_the_company_is_not_followed(other: Stage) -> None:
    assert follows(END, other) is None


def test_a_wider_recall_follows_the_first_one_of_that_car_or_part() -> None:
    first = stage(1, 0, "toyota", "fault", names=frozenset({"toyota/Prius"}))
    wider = stage(2, 9, "toyota", "fault", names=frozenset({"toyota/Prius"}))
    assert follows(wider, first) == 1
    assert follows(replace(wider, names=frozenset({"toyota/Yaris"})), first) is None
    part = stage(3, 20, "toyota", "fault wheel")
    assert follows(stage(4, 30, "toyota", "fault wheel"), first, part) == 3
    assert follows(stage(4, 30, "toyota", "fault"), first, part) is None


def test_figures_and_unknown_names_count_too() -> None:
    figures = frozenset({Number("vehicle", 135_000), Number("", 2_000_000)})
    first = stage(1, 0, "toyota", "fault", numbers=figures)
    assert follows(stage(2, 5, "toyota", "fault", numbers=figures), first) == 1
    one = frozenset({Number("vehicle", 135_000)})
    assert follows(stage(2, 5, "toyota", "fault", numbers=one), first) is None
    named = stage(1, 0, "toyota", "fault", skeletons=frozenset({"krsn"}), numbers=one)
    told = stage(2, 5, "toyota", "fault", skeletons=frozenset({"krsn"}), numbers=one)
    assert follows(told, named) == 1


def test_different_places_make_different_affairs() -> None:
    first = stage(1, 0, "nissan honda", "begin mexico")
    assert follows(stage(2, 5, "nissan honda", "pact kyushu"), first) is None
    assert follows(stage(2, 5, "nissan honda", "pact kyushu mexico"), first) == 1


def test_news_of_one_day_is_a_later_stage_only_where_the_affair_has_gone_on() -> None:
    near = APART / timedelta(days=1) / 2
    assert follows(stage(2, near, "nissan honda", "begin wheel"), replace(BEGIN)) is None
    assert follows(stage(2, near, "nissan honda", "end"), BEGIN) == 1
    assert follows(stage(2, -near, "nissan honda", "end"), BEGIN) is None


def test_an_affair_that_rested_for_long_is_a_new_one() -> None:
    rest = WINDOW / timedelta(days=1)
    assert follows(stage(2, rest, "nissan honda", "end"), BEGIN) == 1
    assert follows(stage(2, rest + 1, "nissan honda", "end"), BEGIN) is None


def test_stages_are_found_by_company_and_kind_of_affair() -> None:
    both = stage(1, 0, "nissan honda", "begin fault plant")
    assert SAGAS.marks(both) == ["honda fault", "honda talks", "nissan fault", "nissan talks"]


def read(title: str, number: int = 1, **given: Any) -> Traits:
    return seen(built_in(), number, title, **given)


def test_only_what_is_about_few_companies_and_of_a_known_kind_is_a_stage() -> None:
    sagas = Sagas(built_in().lexicon)

    def made(*told: Traits) -> Stage | None:
        return sagas.stage_of(ClusterId(1), told)

    assert made() is None
    assert made(read("Nissan shows a poster")) is None
    assert made(read("Recall of imported toys")) is None
    many = "Toyota, Honda, Nissan, Mazda, Suzuki and Subaru recall cars over one airbag"
    assert made(read(many)) is None
    early, late = read("Toyota recalls Prius over rear doors"), read("Prius recall", 2, hours=3)
    stage = made(late, early)
    assert stage is not None
    assert (stage.published, sorted(stage.subjects)) == (early.published, ["toyota"])
    assert "toyota/Prius" in stage.names


def test_a_lexicon_without_sagas_has_no_stages(tmp_path: Path) -> None:
    sagas = Sagas(cheese_lexicon(tmp_path))
    assert sagas.stage_of(ClusterId(1), [read("Toyota recalls Prius over rear doors")]) is None


# --- the set of sagas ------------------------------------------------------------------------


def rows(half: str) -> list[dict[str, str]]:
    found = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    return sorted(
        (row for row in found if row["half"] == half), key=lambda row: (row["at"], row["id"])
    )


def stages_of(told: Iterable[Mapping[str, str]], sagas: Sagas) -> list[Stage | None]:
    stages: list[Stage | None] = []
    for number, row in enumerate(told):
        at = datetime.fromisoformat(row["at"]).replace(tzinfo=UTC)
        one = entry(number=number, title=row["title"], lang=row["lang"], published=at)
        reading = built_in().read(one.title, "", lang=one.lang)
        told_of = traits(EntryId(number), one, reading, "owner")
        stages.append(sagas.stage_of(ClusterId(number), [told_of]))
    return stages


@pytest.mark.parametrize("half", ["a", "b", "c"])
def test_stages_of_sagas_are_found_among_other_news_of_the_same_companies(half: str) -> None:
    """Eleven to sixteen sagas each, most of them across languages, with as many decoys."""
    sagas = Sagas(built_in().lexicon)
    told = rows(half)
    stages = stages_of(told, sagas)
    found = right = wanted = 0
    for number, row in enumerate(told):
        before = [other for other in stages[:number] if other is not None]
        stage = stages[number]
        earlier = None if stage is None else sagas.follows(stage, before)
        same = {n for n in range(number) if row["saga"] and told[n]["saga"] == row["saga"]}
        wanted += bool(same)
        found += earlier is not None
        right += earlier is not None and earlier.stage.cluster in same
    assert right / found >= 0.85, half
    assert right / wanted >= 0.6, half
