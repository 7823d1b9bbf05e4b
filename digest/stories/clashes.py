"""What in a lexicon is likely a mistake: names that clash, and topics that nothing can reach.

None of it stops the program: a lexicon may mean it so. `digest check` shows it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from digest.stories.lexicon import Company, Lexicon, Topic
from digest.stories.tokens import lower, normalise

# What a topic needs in a title (tag.TOPIC_FROM); so many phrases are counted (tag._COUNTED).
_ENOUGH, _COUNTED = 2.0, 3


@dataclass(frozen=True, slots=True)
class Clash:
    """Something about a lexicon that its editor should look at."""

    about: str  # the table: "company faltec"
    words: str  # what is the matter, and what to do

    def __str__(self) -> str:
        return f"{self.about}: {self.words}"


def clashes(lexicon: Lexicon) -> list[Clash]:
    """All that is likely a mistake, companies first."""
    return [
        *_shared(lexicon),
        *(one for company in lexicon.companies.values() for one in _loose(company)),
        *(one for topic in lexicon.topics.values() for one in _unreachable(topic, lexicon)),
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
    """Names of one character, which stand in many words."""
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
    if sum(sorted(weights, reverse=True)[:_COUNTED]) < _ENOUGH:
        yield Clash(
            f"topic {topic.id}",
            "its phrases do not add up to 2: nothing is ever about it; add some, or weight",
        )


def _key(text: str) -> str:
    return lower(normalise(text))
