"""How widely the most told stories of past days were told in the hours before this one."""

from collections.abc import Collection
from datetime import datetime, timedelta

from digest.alerts.burst import DAYS, WINDOWS, Habits, habits, names_of
from digest.model import StoryId
from digest.store import Store


class KnownHabits:
    """What is usual, found out once an hour.

    Stories are read again only where they have changed: from one hour to the next that is hardly
    any of those of four weeks, and to read all of them takes a second. Its queries rest on nobody
    else's placing meanwhile: whoever asks holds the lock, or only tries a rule.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._latest: tuple[datetime, Habits] | None = None
        self._names: dict[StoryId, tuple[tuple[int, str], tuple[str, ...]]] = {}  # with sizes

    def at(self, now: datetime) -> Habits:
        """What is usual at this time."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if self._latest is None or self._latest[0] != hour:
            self._latest = hour, self._found(hour)
        return self._latest[1]

    def _found(self, hour: datetime) -> Habits:
        ends = [hour - timedelta(days=day) for day in range(1, DAYS + 1)]
        hours = {
            window: self._store.habits.hours([(end - window, end) for end in ends])
            for window in WINDOWS
        }
        self._read({story for each in hours.values() for _, story, _ in each.told})
        return {
            window: habits(
                [(day, self._names[story][1], owners) for day, story, owners in each.told],
                each.days,
            )
            for window, each in hours.items()
        }

    def _read(self, told: Collection[StoryId]) -> None:
        """Know the names of these stories, and of no others."""
        sizes = self._store.habits.sizes(told)
        known = {story: self._names.get(story) for story in told}
        changed = [story for story, one in known.items() if one is None or one[0] != sizes[story]]
        names = {story.id: names_of(story) for story in self._store.entries.stories(changed)}
        kept = {story: one for story, one in known.items() if one is not None}
        self._names = kept | {story: (sizes[story], found) for story, found in names.items()}
