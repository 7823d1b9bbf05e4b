"""What the operator wants silence about for a while: rules, stories, what breaks."""

from datetime import datetime

from digest.store.database import Database
from digest.store.values import moment, stamp


class MuteTable:
    """Queries on what is muted: "rule/NAME" or "story/NUMBER"."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mute(self, what: str, until: datetime) -> None:
        """Be silent about a rule or a story until then."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO mutes (what, until) VALUES (?, ?)", (what, stamp(until))
            )

    def unmute(self, what: str) -> bool:
        """Speak of it again. False if nobody was silent about it."""
        with self._database.transaction() as connection:
            return connection.execute("DELETE FROM mutes WHERE what = ?", (what,)).rowcount == 1

    def all(self, now: datetime) -> dict[str, datetime]:
        """What nothing is said of, and until when."""
        rows = self._database.connection.execute(
            "SELECT what, until FROM mutes WHERE until > ?", (stamp(now),)
        )
        return {row["what"]: moment(row["until"]) for row in rows}
