"""What the shell offers for an id that is being typed. Quick, and silent about what is wrong.

The shell asks at each press of a key: feeds.toml is read without being checked, the lexicon's files
for their ids alone.
"""

from collections.abc import Iterable
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


def periods(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The periods of issues that were decided, the newest first."""
    from digest.errors import DigestError
    from digest.store import Store

    wanted = ctx.params.get("edition")
    names = [wanted] if wanted else _editions(_file(ctx))
    try:
        with Store.open_to_read(_folder(ctx) / "state") as store:
            found = {key for name in names for key in store.issues.keys(name)}
    except DigestError:
        return []
    return sorted(_beginning(incomplete, found), reverse=True)


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
