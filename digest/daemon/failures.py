"""Which failures of the service's parts are said in the log: what is new, and the rest seldom.

A state that is gone fails every part at each of its turns, for one reason: that is a line of each,
and then one a minute.
"""

AGAIN_AFTER = 60.0  # seconds


class Failures:
    """Why parts fail now."""

    def __init__(self) -> None:
        self._reasons: dict[str, str] = {}  # by part
        self._said: dict[str, float] = {}  # when, by reason; monotonic seconds

    def is_news(self, part: str, reason: str, now: float) -> bool:
        """Whether to say that a part failed, at this time of the monotonic clock.

        It is news if the part did not fail for this reason the last time, or if the reason was not
        said of any part for a minute.
        """
        known = self._reasons.get(part) == reason
        self._reasons[part] = reason
        if known and now - self._said[reason] < AGAIN_AFTER:
            return False
        self._said = {why: self._said.get(why, now) for why in self._reasons.values()}
        self._said[reason] = now
        return True

    def end(self, part: str) -> None:
        """The part works."""
        self._reasons.pop(part, None)
