"""How far an entry may be trusted to belong to a cluster that its words are like."""

from datetime import timedelta
from math import inf, log2

from digest.stories.centroid import Cluster
from digest.stories.numbers import COUNTED
from digest.stories.traits import BESIDE, Traits

HALF_LIFE = timedelta(hours=42)
OTHER_NAMES, OTHER_COUNT = 0.45, 0.5  # of a likeness: other cars, another number of them
OTHER_CARS = 0.4  # both count cars, and name others
OTHER_MATTER = 0.85  # both say what happens, and nothing of it is the same
NAMELESS = 0.6  # one names a company, and the other none
OUTSIDE = 0.2  # the same where that is no news of the industry: a namesake's, often
STRANGERS = 0.5  # each is about a company of which the other knows nothing
COPY_WORDS = 20  # a headline has half as many
COPY_FROM = 0.8  # Jaccard of the words: the same text, perhaps cut or retouched

_HALF_LIFE = HALF_LIFE.total_seconds()


def fading(entry: Traits, cluster: Cluster) -> float:
    """What is left of a likeness after the time between an entry and a cluster."""
    age = max(entry.seconds - cluster.last, cluster.first - entry.seconds)
    return left_after(age) if age > 0 else 1.0


def left_after(seconds: float) -> float:
    """What is left of a likeness after so much time."""
    left: float = 0.5 ** (seconds / _HALF_LIFE)
    return left


def lasting(times: float) -> float:
    """After how many seconds a likeness is so many times less."""
    return log2(times) * _HALF_LIFE if times > 0 else -inf


def doubt(entry: Traits, cluster: Cluster) -> float:
    """What is left of a likeness where two tell of other cars, or count other numbers of them.

    Reports of two recalls are much alike, and these are what tells them apart.
    """
    profile, subjects = cluster.profile, entry.subjects
    others = bool(entry.names and profile.names) and profile.names.isdisjoint(entry.names)
    counts = [number for number in entry.numbers if number.unit == COUNTED]
    known = profile.counts if counts else ()
    left = OTHER_NAMES if others else 1.0
    if not entry.companies:
        if profile.companies:
            left *= OUTSIDE if entry.outside else NAMELESS
    elif not profile.companies:
        left *= OUTSIDE if profile.outside else NAMELESS
    elif not (profile.subjects.issubset(entry.companies) or profile.companies.issuperset(subjects)):
        left *= STRANGERS
    if entry.concepts and profile.concepts and profile.concepts.keys().isdisjoint(entry.concepts):
        left *= OTHER_MATTER
    if known and others:
        left *= OTHER_CARS  # even if as many: makers' filings come by round numbers
    elif known and not any(one.agrees(other) for one in counts for other in known):
        left *= OTHER_COUNT
    return left


def is_copy(one: Traits, other: Traits) -> bool:
    """Whether two entries of some length have four words of five in common.

    Bare headlines are no copies of each other: the plainer the event, the more alike they are.
    """
    most, least = one.words, other.words
    if most < least:
        most, least = least, most
    if least < COPY_FROM * most or least < COPY_WORDS:
        return False
    both = sum([not term.startswith(BESIDE) for term in one.terms.keys() & other.terms.keys()])
    return both >= COPY_FROM * (most + least - both)
