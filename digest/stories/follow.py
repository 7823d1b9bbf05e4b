"""Walks new clusters past the earlier ones: which of them is a later stage of which.

Once for each cluster, after its reports were placed; the earlier ones come from the store, because
the live clusters go back some days only, and a saga goes on for months.
"""

from digest.model import ClusterId, Report, Role, Stage
from digest.store import Store
from digest.stories.cluster import StoryIndex
from digest.stories.recall import Recall
from digest.stories.saga import WINDOW, Sagas, Witness
from digest.stories.tag import Tagger

BATCH = 500  # clusters a transaction
REPORTS = 3  # of a cluster; the first ones say what it is about
CANDIDATES = 20  # earlier stages with one mark, the newest


def follow(store: Store, index: StoryIndex, tagger: Tagger, sagas: Sagas) -> int:
    """Find the earlier stage of each cluster that is new; gives how many have one.

    Reports that are no longer in the index are recalled. Raises StoreError.
    """
    recall = Recall(store, tagger)
    following = 0
    while batch := store.stages.new(BATCH, REPORTS):
        with store.transaction():
            for cluster, reports in batch.items():
                told = [found for report in reports if (found := _told(index, recall, report))]
                stage = sagas.stage_of(cluster, told)
                following += stage is not None and _follows(store, index, sagas, stage)
            store.stages.looked_at(max(batch))
    return following


def _follows(store: Store, index: StoryIndex, sagas: Sagas, stage: Stage) -> bool:
    """Record the stage before; or make it part of the story that it tells once more."""
    marks = sagas.marks(stage)
    others = store.stages.earlier(stage, marks, stage.published - WINDOW, limit=CANDIDATES)
    retold = sagas.retells(stage, others)
    if retold is not None and _retell(store, index, stage.cluster, retold.stage.cluster):
        store.stages.record(stage, marks, None)
        return False
    before = [earlier.stage.cluster for earlier in sagas.before(stage, others)]
    store.stages.record(stage, marks, before[0] if before else None)
    if len(before) > 1:
        store.stages.extend(before[0], before[1])
    return bool(before)


def _retell(store: Store, index: StoryIndex, late: ClusterId, first: ClusterId) -> bool:
    """Let a cluster that came late join the story of the first; False if the operator forbids."""
    own, known = store.stages.story_of(late), store.stages.story_of(first)
    if int(own) != int(late) or not index.ties.may_join(own, known):
        return False  # it is of an earlier story already
    kept, gone = sorted((own, known))
    store.stages.join(gone, kept)
    for cluster in sorted(index.of_story(gone)):
        index.assign(cluster, kept)
    index.ties.join(kept, gone)
    return True


def _told(index: StoryIndex, recall: Recall, report: Report) -> Witness | None:
    """A report as it is compared; None if it cannot be read any more."""
    tags = report.tags
    cluster = index.clusters.get(report.cluster)
    known = None if cluster is None else cluster.members.get(report.stored.id)
    traits = known or recall.of(report)
    if traits is None:
        return None
    return Witness(
        published=report.entry.published,
        traits=traits,
        acting=frozenset(
            tag.company
            for tag in tags.companies
            if tag.role is Role.SUBJECT and any(found.where == "title" for found in tag.evidence)
        ),
        headline=traits.headline,
    )
