"""One event of a stream in ten never reaches its readers."""

from onceproof.reference_impl.core.streams import broker
from onceproof.reference_impl.services import Parts

CAUGHT_BY = ("STR-24",)


class Broker(broker.Broker):
    async def publish(self, run_id, attempt, first, events, **address):
        kept = [event for n, event in enumerate(events, first) if n % 10 != 5]
        return await super().publish(run_id, attempt, first, kept, **address)


PARTS = Parts(broker=Broker)
