"""Walks new clusters past the earlier ones: which of them is a later stage of which.

Once for each cluster, after its reports were placed; the earlier ones come from the store, because
the live clusters go back some days only, and a saga goes on for months.
"""

from digest.model import Report, Role, Stage
from digest.store import Store
from digest.stories.cluster import StoryIndex
from digest.stories.reread import headline_concepts, reread
from digest.stories.saga import WINDOW, Sagas, Told
from digest.stories.tag import Tagger

BATCH = 500  # clusters a transaction
REPORTS = 3  # of a cluster; the first ones say what it is about
CANDIDATES = 20  # earlier stages with one mark, the newest


def follow(store: Store, index: StoryIndex, tagger: Tagger, sagas: Sagas) -> int:
    """Find the earlier stage of each cluster that is new; gives how many have one.

    Reports that are no longer in the index are read again. Raises StoreError.
    """
    following = 0
    while batch := store.stages.new(BATCH, REPORTS):
        with store.transaction():
            for cluster, reports in batch.items():
                told = [found for report in reports if (found := _told(index, tagger, report))]
                stage = sagas.stage_of(cluster, told)
                following += stage is not None and _follows(store, sagas, stage)
            store.stages.looked_at(max(batch))
    return following


def _follows(store: Store, sagas: Sagas, stage: Stage) -> bool:
    marks = sagas.marks(stage)
    others = store.stages.earlier(stage, marks, stage.published - WINDOW, limit=CANDIDATES)
    earlier = sagas.follows(stage, others)
    before = None if earlier is None else earlier.stage.cluster
    store.stages.record(stage, marks, before)
    return before is not None


def _told(index: StoryIndex, tagger: Tagger, report: Report) -> Told | None:
    """A report as it is compared; None if it is about no company, or cannot be read any more."""
    tags = report.tags
    if not tags.subjects:
        return None
    cluster = index.clusters.get(report.cluster)
    known = None if cluster is None else cluster.members.get(report.stored.id)
    traits = known or reread(tagger, report)
    if traits is None:
        return None
    return Told(
        published=report.entry.published,
        traits=traits,
        acting=frozenset(
            tag.company
            for tag in tags.companies
            if tag.role is Role.SUBJECT and any(found.where == "title" for found in tag.evidence)
        ),
        headline=headline_concepts(tagger, report),
    )
