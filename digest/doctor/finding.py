"""What the doctor says of one thing."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a thing was found."""

    OK = "ok"
    WARN = "warn"  # it works, and something about it is worth knowing
    BAD = "bad"  # something does not work, or will not


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    check: str  # what: "state folder", "SPF"
    verdict: Verdict
    seen: str
    advice: str = ""  # what to do; "" where nothing needs doing


def ok(check: str, seen: str, advice: str = "") -> Finding:
    """It is as it should be."""
    return Finding(check=check, verdict=Verdict.OK, seen=seen, advice=advice)


def warn(check: str, seen: str, advice: str) -> Finding:
    """It works, and something about it is worth knowing."""
    return Finding(check=check, verdict=Verdict.WARN, seen=seen, advice=advice)


def bad(check: str, seen: str, advice: str) -> Finding:
    """It does not work, or will not."""
    return Finding(check=check, verdict=Verdict.BAD, seen=seen, advice=advice)
