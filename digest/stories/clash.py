"""What a lexicon's editor should look at: no error, but likely a mistake."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_SHOWN = 3  # of what is listed


@dataclass(frozen=True, slots=True)
class Clash:
    """Something about a lexicon that its editor should look at."""

    about: str  # the table: "company faltec"
    words: str  # what is the matter, and what to do
    others: tuple[str, ...] = ()  # tables that have a part in it

    def told(self, places: Mapping[str, str]) -> str:
        """It in words, with the place of the first of its tables that has one."""
        tables = (self.about, *self.others)
        place = next((f"{places[table]}: " for table in tables if table in places), "")
        return f"{place}{self.about}: {self.words}"


def listed(texts: Iterable[str], *, quoted: bool = True) -> str:
    """The first of these, and how many more there are."""
    told = [f"“{text}”" if quoted else text for text in dict.fromkeys(texts)]
    more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return f"{', '.join(told[:_SHOWN])}{more}"
