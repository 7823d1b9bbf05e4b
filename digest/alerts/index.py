"""Which of thousands of rules may be met by a story, found without trying each.

A rule that can only be met by stories about a company or a topic it names is filed under those
names; one that cannot be filed so is tried each time.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from digest.stories.rules import ANY, And, Facts, Has, Or, Rule, matches

Watcher = TypeVar("Watcher")


class RuleIndex(Generic[Watcher]):
    """Rules, each with whoever watches by it. Equal rules are tried once."""

    def __init__(self, watched: Iterable[tuple[Rule, Watcher]]) -> None:
        places: dict[Rule, int] = {}
        self._rules: list[tuple[Rule, list[Watcher]]] = []
        for rule, watcher in watched:
            if places.setdefault(rule, len(self._rules)) == len(self._rules):
                self._rules.append((rule, []))
            self._rules[places[rule]][1].append(watcher)
        self._by_name: dict[str, list[int]] = {}
        self._unfiled: list[int] = []
        for place, (rule, _) in enumerate(self._rules):
            names = needed(rule)
            if names is None:
                self._unfiled.append(place)
            else:
                for name in names:
                    self._by_name.setdefault(name, []).append(place)

    def met_by(self, facts: Facts) -> Iterator[tuple[Rule, Sequence[Watcher]]]:
        """The rules that these facts meet, each with its watchers, in the order they were given."""
        names = [f"company:{company}" for company in facts.companies]
        names += [f"topic:{topic}" for topic in facts.topics]
        tried = {place for name in names for place in self._by_name.get(name, ())}
        for place in sorted(tried.union(self._unfiled)):
            rule, watchers = self._rules[place]
            if matches(rule, facts):
                yield rule, watchers


def needed(rule: Rule) -> frozenset[str] | None:
    """Names ("company:nissan") of which facts that meet the rule have one; None: of none."""
    match rule:
        case Has("company" | "topic" as field, value) if value != ANY:
            return frozenset({f"{field}:{value}"})
        case And(left, right):
            both = [names for names in (needed(left), needed(right)) if names is not None]
            return min(both, key=len, default=None)
        case Or(left, right):
            one, other = needed(left), needed(right)
            return None if one is None or other is None else one | other
        case _:
            return None
