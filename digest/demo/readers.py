"""The demo's readers: one for everything, one in Japanese, one with a narrow choice."""

from dataclasses import dataclass

from digest.model import Choice, CompanyId, Preferences, TopicId


@dataclass(frozen=True, slots=True)
class SampleReader:
    """Somebody who reads the demo's issue."""

    address: str
    name: str
    preferences: Preferences


READERS = (
    SampleReader("emma@reader.example", "Emma", Preferences(choice=Choice(language="en"))),
    SampleReader("haruto@reader.example", "遥斗", Preferences(choice=Choice(language="ja"))),
    SampleReader(
        "noor@reader.example",
        "Noor",
        Preferences(
            choice=Choice(
                language="en",
                companies=frozenset(map(CompanyId, ("nissan", "honda", "toyota"))),
                topics=frozenset(map(TopicId, ("tariffs_trade", "ev", "restructuring"))),
            )
        ),
    ),
)
