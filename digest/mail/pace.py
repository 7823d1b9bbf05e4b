"""How fast messages may leave: so many a second overall, with at most a second's worth at once.

A bucket of tokens, kept as one number: the moment at which it would be full again (the generic
cell rate algorithm). Time is a monotonic clock's, in seconds.
"""

BURST = 1.0  # seconds' worth of messages that may leave at once


class Pace:
    """The bucket of one way out, whatever the number of connections and of runs."""

    def __init__(self, per_second: float | None) -> None:
        """None: never wait."""
        self.per_second = per_second
        self._gap = 0.0 if per_second is None else 1.0 / per_second
        self._full_at = 0.0

    def reserve(self, now: float, messages: int = 1, *, urgent: bool = False) -> float:
        """Take that many tokens; gives the seconds until they may be used.

        What is urgent may borrow a second bucket, so that it does not wait behind what has
        reserved before; the debt is paid by whoever comes next.
        """
        if self.per_second is None:
            return 0.0
        depth = max(BURST, self._gap) * (2 if urgent else 1)
        self._full_at = max(self._full_at, now) + self._gap * messages
        return max(0.0, self._full_at - depth - now)
