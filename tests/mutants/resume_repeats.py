"""Resuming sends the event again at which the client was cut."""

from onceproof.reference_impl.api import following
from onceproof.reference_impl.core.streams import broker
from onceproof.reference_impl.core.streams.event_ids import order
from onceproof.reference_impl.services import Parts

CAUGHT_BY = ("RSM-04",)


class Position(following.Position):
    def take(self, batch):
        super().take(batch)
        return [event for event in batch if event.name]


class Broker(broker.Broker):
    async def replay(self, run_id, after):
        everything = await super().replay(run_id, "0-0")
        return [e for e in everything if order(e.id) >= order(after)]


following.Position = Position
PARTS = Parts(broker=Broker)
