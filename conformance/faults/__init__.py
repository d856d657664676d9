"""Breaking things on purpose, and mending them again.

A fault is a context: entered, something is broken; left, it is mended, whatever happened in
between. Both ends are in the history, so that the checks know when which anomaly is excused and
the reports can draw the band. `recovery_ms` is how long after its end a fault may still be felt.

processes, dependencies   of what was started here: replicas, Postgres, Redis
networks                  of the connections in between, through a `wiring` of fault proxies
readers                   brought about by clients and graphs
packages, schedule        all of them by name, with what they hit and how long, drawn from a seed
"""

from onceproof.conformance.faults.dependencies import (
    deaf_to_redis,
    flush_redis,
    killed_service,
    restart_postgres,
    restart_redis,
)
from onceproof.conformance.faults.processes import all_killed, killed, paused, revive, stopping
from onceproof.conformance.faults.record import fault

__all__ = [
    "all_killed",
    "deaf_to_redis",
    "fault",
    "flush_redis",
    "killed",
    "killed_service",
    "paused",
    "restart_postgres",
    "restart_redis",
    "revive",
    "stopping",
]
