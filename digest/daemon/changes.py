"""What differs between two configurations, for a person."""

from collections.abc import Sequence
from dataclasses import fields

from digest.settings import Feed, Settings

# The settings of [digest] stand at the top of Settings; every other field is a table of its name.
_HEAD = frozenset(
    {"title", "zone", "language", "catch_up", "max_stories", "sections", "lexicon"}
    | {"editions", "review"}
)
_NAMES = {"operator": "[operator]", "user_lexicon": "the lexicon's tables"}


def changed(old: Settings, new: Settings) -> list[str]:
    """The tables of feeds.toml that differ, in the order of the settings."""
    told: list[str] = []
    for field in fields(Settings):
        if getattr(old, field.name) == getattr(new, field.name):
            continue
        if field.name == "feeds":
            words = f"feeds ({_feeds(old.feeds, new.feeds)})"
        else:
            words = "[digest]" if field.name in _HEAD else _NAMES.get(field.name, f"[{field.name}]")
        if words not in told:
            told.append(words)
    return told


def _feeds(old: Sequence[Feed], new: Sequence[Feed]) -> str:
    before, after = ({feed.id: feed for feed in feeds} for feeds in (old, new))
    counts = {
        "new": len(after.keys() - before.keys()),
        "gone": len(before.keys() - after.keys()),
        "changed": sum(before[id_] != after[id_] for id_ in before.keys() & after.keys()),
    }
    found = [f"{count} {what}" for what, count in counts.items() if count]
    return ", ".join(found) or "in another order"
