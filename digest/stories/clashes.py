"""What in a lexicon is likely a mistake: names that clash, and topics that nothing can reach.

None of it stops the program: a lexicon may mean it so. `digest check` shows it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from digest.stories.lexicon import Company, Lexicon, Outlet, Topic
from digest.stories.tokens import lower, normalise
from digest.stories.topics import COUNTED, TOPIC_FROM

_SHOWN = 3  # forms of a concept


@dataclass(frozen=True, slots=True)
class Clash:
    """Something about a lexicon that its editor should look at."""

    about: str  # the table: "company faltec"
    words: str  # what is the matter, and what to do

    def __str__(self) -> str:
        return f"{self.about}: {self.words}"


def clashes(lexicon: Lexicon, own: Collection[str] = ()) -> list[Clash]:
    """All that is likely a mistake, companies first.

    `own` are the concepts whose forms are looked at, the user's. The built-in ones share many on
    purpose: Barcelona is a place of its own and one in Spain.
    """
    return [
        *_shared(lexicon),
        *(one for company in lexicon.companies.values() for one in _loose(company)),
        *(one for topic in lexicon.topics.values() for one in _unreachable(topic, lexicon)),
        *_repeated(lexicon, own),
        *_outlets(lexicon),
    ]


def _shared(lexicon: Lexicon) -> Iterator[Clash]:
    """Names of two companies: only one of them would ever be found by it."""
    owners: dict[tuple[str, str], list[Company]] = defaultdict(list)
    for company in lexicon.companies.values():
        for key in dict.fromkeys((_key(alias.text), alias.lang) for alias in company.aliases):
            owners[key].append(company)
    for (name, _), companies in owners.items():
        if len(companies) > 1:
            others = " and ".join(company.id for company in companies[1:])
            yield Clash(
                f"company {companies[0].id}",
                f"“{name}” is a name of {others} too; leave it with one of them",
            )


def _loose(company: Company) -> Iterator[Clash]:
    """Names of one character, which stand in many words; a company without any name."""
    if not company.aliases:
        yield Clash(f"company {company.id}", "it has no names, so that nothing finds it; add some")
    for alias in company.aliases:
        if len(normalise(alias.text)) == 1 and not alias.needs_company:
            yield Clash(
                f"company {company.id}",
                f"“{alias.text}” is one character, which is in many words; write “~~{alias.text}”",
            )


def _unreachable(topic: Topic, lexicon: Lexicon) -> Iterator[Clash]:
    """Topics that no text can be about."""
    weights = [phrase.weight for phrase in topic.phrases]
    weights += [c.topics[topic.id] for c in lexicon.concepts.values() if topic.id in c.topics]
    if sum(sorted(weights, reverse=True)[:COUNTED]) < TOPIC_FROM:
        yield Clash(
            f"topic {topic.id}",
            f"its phrases do not add up to {TOPIC_FROM:g}: nothing is ever about it;"
            " add some, or weight",
        )


def _repeated(lexicon: Lexicon, own: Collection[str]) -> Iterator[Clash]:
    """Forms that are of another concept too, where both tie reports: each ties by both."""
    owners: dict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
    for concept in lexicon.concepts.values():
        for form in concept.forms if concept.weight else ():
            owners[tuple(map(_key, form.parts))][concept.id] = None
    shared: dict[tuple[str, str], list[str]] = defaultdict(list)
    for parts, ids in owners.items():
        mine = next((each for each in ids if each in own), None)
        for other in ids if mine is not None else ():
            if mine is not None and other != mine:
                shared[mine, other].append(f"“{' & '.join(parts)}”")
    for (concept_id, other), forms in shared.items():
        more = f" and {len(forms) - _SHOWN} more" if len(forms) > _SHOWN else ""
        what = "is a form" if len(forms) == 1 else "are forms"
        yield Clash(
            f"concept {concept_id}",
            f"{', '.join(forms[:_SHOWN])}{more} {what} of {other} too: reports are tied by both;"
            " leave each with one, or write link = false",
        )


def _outlets(lexicon: Lexicon) -> Iterator[Clash]:
    """Names and hosts of two outlets: only the first of them is found by it."""
    for outlet in {each.id: each for each in lexicon.outlets.values()}.values():
        taken: dict[str, list[str]] = defaultdict(list)
        for key in (*outlet.names, *outlet.hosts):
            first: Outlet = lexicon.outlets[key.lower()]
            if first.id != outlet.id:
                taken[first.id].append(f"“{key}”")
        for other, keys in taken.items():
            yield Clash(
                f"outlet {outlet.id}",
                f"{' and '.join(keys)} {'are' if len(keys) > 1 else 'is'} of {other} already;"
                f" add to {other} by its id, or leave it to one of them",
            )


def _key(text: str) -> str:
    return lower(normalise(text))
