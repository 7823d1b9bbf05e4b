"""What in a lexicon is likely a mistake: names that clash, and what nothing can reach.

None of it stops the program: a lexicon may mean it so. `digest check` shows it.
"""

from collections import defaultdict
from collections.abc import Iterator

from digest.stories.clash import Clash, listed
from digest.stories.lexicon import Company, Lexicon, Outlet
from digest.stories.misnamed import misnamed
from digest.stories.tokens import lower, normalise
from digest.stories.unreachable import unreachable

_MOST = 20  # of a kind; whoever has more mends these first


def clashes(lexicon: Lexicon, shipped: Lexicon) -> list[Clash]:
    """All that is likely a mistake, companies first.

    What the lexicon has in common with the one that is `shipped` is meant so: Barcelona is a place
    of its own there, and one in Spain.
    """
    kinds = (
        _shared(lexicon),
        misnamed(lexicon, shipped),
        unreachable(lexicon, shipped),
        _repeated(lexicon, shipped),
        _outlets(lexicon),
    )
    return [clash for kind in kinds for clash in _some([*kind])]


def _some(found: list[Clash]) -> Iterator[Clash]:
    """The first of many clashes of a kind, and how many more there are."""
    yield from found[:_MOST]
    if len(found) > _MOST:
        yield Clash("lexicon", f"and {len(found) - _MOST} more of this kind")


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
                tuple(f"company {company.id}" for company in companies[1:]),
            )


def _repeated(lexicon: Lexicon, shipped: Lexicon) -> Iterator[Clash]:
    """Forms that are of another concept too, where both tie reports: each ties by both."""
    known = _concepts_by_form(shipped)
    shared: dict[tuple[str, str], list[str]] = defaultdict(list)
    for parts, ids in _concepts_by_form(lexicon).items():
        fresh = [each for each in ids if each not in known.get(parts, ())]
        for other in ids if fresh else ():
            if other != fresh[-1]:  # the last one added what was there
                shared[fresh[-1], other].append(" & ".join(parts))
    for (concept_id, other), forms in shared.items():
        what = "is a form" if len(forms) == 1 else "are forms"
        yield Clash(
            f"concept {concept_id}",
            f"{listed(forms)} {what} of {other} too: reports are tied by both;"
            " leave each with one, or write link = false",
            (f"concept {other}",),
        )


def _concepts_by_form(lexicon: Lexicon) -> dict[tuple[str, ...], dict[str, None]]:
    """The concepts that tie reports, in order, by each of their forms."""
    found: dict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
    for concept in lexicon.concepts.values():
        for form in concept.forms if concept.weight else ():
            found[tuple(map(_key, form.parts))][concept.id] = None
    return found


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
