"""Makes the messages of a run; what the messages of a segment share is made once."""

import asyncio
from collections import OrderedDict

from digest.mail.message import Message, Sender, Template, build, fill, prepare
from digest.model import Delivery, DeliveryKind, SegmentId
from digest.store import Store, StoreThread

_KEPT = 64  # in memory; deliveries are claimed segment by segment


class Prepared:
    """What is made once for each segment, of those that were sent last."""

    def __init__(self, store: Store, db: StoreThread, sender: Sender) -> None:
        self._issues = store.issues
        self._db = db
        self._sender = sender
        self._kept: OrderedDict[SegmentId, Template] = OrderedDict()
        self._making = asyncio.Lock()  # all couriers begin a segment together

    async def message(self, delivery: Delivery) -> Message:
        """The message of a delivery. Raises ValueError if it cannot be made."""
        if delivery.segment is None:
            return build(delivery, None, self._sender)
        template = self._kept.get(delivery.segment)
        if template is None:
            template = await self._make(delivery.segment, delivery.kind)
        return fill(template, delivery, self._sender)

    async def _make(self, segment: SegmentId, kind: DeliveryKind) -> Template:
        async with self._making:
            if segment not in self._kept:
                self._kept[segment] = await self._db(self._prepare, segment, kind)
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            return self._kept[segment]

    def _prepare(self, segment: SegmentId, kind: DeliveryKind) -> Template:
        return prepare(self._issues.segment(segment), kind, self._sender)
