"""How widely stories of past days were told in the same hours: what is usual at this time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.model import StoryId
from digest.store.database import Database
from digest.store.values import stamp, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The same hours of past days."""

    days: int  # on which there was any news in them
    told: Sequence[tuple[int, StoryId, int]]  # day, story, owners; stories of one are left out


class HabitTable:
    """Queries on how widely stories are told."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hours(self, windows: Sequence[tuple[datetime, datetime]]) -> Hours:
        """The relevant stories with reports in each (since, until] that two owners or more tell."""
        rows = self._database.connection.execute(
            "SELECT d.key AS day, c.story_id, count(DISTINCT e.owner) AS owners"
            " FROM json_each(?) d JOIN entries e ON e.published > json_extract(d.value, '$[0]')"
            " AND e.published <= json_extract(d.value, '$[1]')"
            " JOIN clusters c ON c.id = e.cluster_id"
            " WHERE e.relevant GROUP BY d.key, c.story_id ORDER BY d.key, c.story_id",
            (to_json([(stamp(since), stamp(until)) for since, until in windows]),),
        ).fetchall()
        return Hours(
            days=len({row["day"] for row in rows}),
            told=[
                (row["day"], StoryId(row["story_id"]), row["owners"])
                for row in rows
                if row["owners"] > 1
            ],
        )

    def sizes(self, stories: Collection[StoryId]) -> dict[StoryId, tuple[int, str]]:
        """How many reports each of these stories has, and when the last of them was placed.

        Where neither has changed, the story has not; but for corrections that exchange as many of
        its reports, after which the story is known by earlier names until it grows.
        """
        rows = self._database.connection.execute(
            "SELECT c.story_id, count(*) AS reports, max(e.placed_at) AS last FROM json_each(?) s"
            " JOIN clusters c ON c.story_id = s.value JOIN entries e ON e.cluster_id = c.id"
            " GROUP BY c.story_id",
            (to_json(sorted(stories)),),
        )
        return {StoryId(row["story_id"]): (row["reports"], row["last"]) for row in rows}
