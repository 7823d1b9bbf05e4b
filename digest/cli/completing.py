"""What the shell offers for an id that is being typed. Quick, and silent about what is wrong.

The shell asks at each press of a key: feeds.toml is read without being checked, the lexicon's files
for their ids alone.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click


def feeds(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The ids of feeds."""
    return _beginning(incomplete, _feed_ids(_file(ctx)))


def editions(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The names of editions."""
    return _beginning(incomplete, _editions(_file(ctx)))


def companies(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The ids of companies."""
    return _beginning(incomplete, _words(ctx, "company"))


def topics(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The ids of topics."""
    return _beginning(incomplete, _words(ctx, "topic"))


def rules(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The names of the operator's rules for alerts, and that of the rule without a name."""
    from digest.model import BREAKING

    named = [str(each["name"]) for each in _tables(_file(ctx).get("alerts")) if "name" in each]
    return _beginning(incomplete, [BREAKING, *named])


def lists_of_companies(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The ids of companies with commas between them."""
    return _one_more(incomplete, _words(ctx, "company"))


def lists_of_topics(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The ids of topics with commas between them."""
    return _one_more(incomplete, _words(ctx, "topic"))


def periods(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The periods of issues that were decided, the newest first."""
    found = _decided(ctx, _wanted(ctx))
    return sorted(_beginning(incomplete, set().union(*found.values())), reverse=True)


def periods_to_come(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The periods of issues that were decided, and the one of each edition that comes next."""
    found = _decided(ctx, _wanted(ctx))
    keys = set().union(*found.values()) | _next(_file(ctx), found)
    return sorted(_beginning(incomplete, keys), reverse=True)


def _wanted(ctx: click.Context) -> list[str]:
    """The editions of which there is talk."""
    named = ctx.params.get("edition")
    return [named] if named else _editions(_file(ctx))


def _decided(ctx: click.Context, names: Iterable[str]) -> dict[str, set[str]]:
    """The periods of these editions that were decided."""
    from digest.cli.project import Project
    from digest.errors import DigestError
    from digest.store import Store

    try:
        with Store.open_at_once(Project(_folder(ctx)).state) as store:
            return {name: set(store.issues.keys(name)) for name in names}
    except DigestError:
        return {name: set() for name in names}


def _next(file: dict[str, Any], decided: Mapping[str, Collection[str]]) -> set[str]:
    """The period of each edition that is due next."""
    from digest.clock import clock_from_environment
    from digest.errors import DigestError
    from digest.issues.calendar import parse_schedule, upcoming
    from digest.settings import Edition
    from digest.tomlvalues import zone

    head = file.get("digest")
    head = head if isinstance(head, dict) else {}
    told = head.get("editions")
    schedules = told if isinstance(told, dict) else {"weekly": "mon 07:00"}
    found = set()
    with suppress(
        DigestError, ValueError, TypeError, AttributeError, LookupError
    ):  # wrong in feeds.toml
        place = zone(head.get("timezone", "Asia/Tokyo"))
        now = clock_from_environment()()
        for name, keys in decided.items():
            edition = Edition(name=name, schedule=parse_schedule(schedules[name]), zone=place)
            found |= {period.key for period in upcoming(edition, keys, now, 1)}
    return found


def _one_more(incomplete: str, ids: Iterable[str]) -> list[str]:
    """What was typed with each id that can stand at its end."""
    before, comma, begun = incomplete.rpartition(",")
    there = before.split(",")
    return [
        f"{before}{comma}{each}" for each in ids if each.startswith(begun) and each not in there
    ]


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def _folder(ctx: click.Context) -> Path:
    return Path(ctx.find_root().params.get("folder") or ".")


def _file(ctx: click.Context) -> dict[str, Any]:
    """What feeds.toml says, unchecked; nothing where it cannot be read."""
    import tomllib

    try:
        return tomllib.loads((_folder(ctx) / "feeds.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}


def _tables(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _feed_ids(file: dict[str, Any]) -> list[str]:
    from digest.tomladdresses import feed_id

    found = []
    for table in _tables(file.get("feeds")):
        given, url = table.get("id"), table.get("url")
        if isinstance(given, str):
            found.append(given)
        elif isinstance(url, str):
            found.append(feed_id(url))
    return found


def _editions(file: dict[str, Any]) -> list[str]:
    head = file.get("digest")
    named = head.get("editions") if isinstance(head, dict) else None
    return list(named) if isinstance(named, dict) else ["weekly"]


def _words(ctx: click.Context, kind: str) -> list[str]:
    """The ids of the built-in lexicon, and those that the project adds."""
    from digest.stories.ids import built_in_ids

    added = [table["id"] for table in _tables(_file(ctx).get(kind)) if "id" in table]
    ours = [name.partition(":")[2] for name in built_in_ids() if name.startswith(f"{kind}:")]
    return sorted({*ours, *map(str, added)})
