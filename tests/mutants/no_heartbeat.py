"""Leases are never extended, so a node longer than one is executed again beside itself."""

from onceproof.reference_impl.core import heartbeat
from onceproof.reference_impl.services import Parts

CAUGHT_BY = ("QUE-02",)


class Heartbeat(heartbeat.Heartbeat):
    def hold(self, run_id, attempt):
        pass


PARTS = Parts(heartbeat=Heartbeat)
