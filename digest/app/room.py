"""The room on the disk of state/, and what is not begun without it."""

import os

from digest import upkeep
from digest.errors import DiskLowError
from digest.settings import Settings
from digest.store import Store


def room(settings: Settings, store: Store) -> tuple[int, int]:
    """The bytes that are free, and those that must be before anything large is begun."""
    found = os.statvfs(settings.state)
    issues, editions = store.issues, settings.editions
    needed = upkeep.needed(
        sum(issues.readers(name) for name in editions),
        sum(len(issues.choices(name)) for name in editions),
        found.f_blocks * found.f_frsize,
    )
    return found.f_bavail * found.f_frsize, needed


def require_room(settings: Settings, store: Store) -> None:
    """Raise DiskLowError where a poll or an issue may find no room."""
    free, needed = room(settings, store)
    if upkeep.is_low(free, needed, was_low=False):
        raise DiskLowError(
            f"{settings.state}: {upkeep.in_words(free)} are free on this disk, and"
            f" {upkeep.in_words(needed)} are needed before feeds are read or an issue is opened."
            " Nothing was changed; make room and try again"
        )
