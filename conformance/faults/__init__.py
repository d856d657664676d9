"""Breaking things on purpose, and mending them again.

A fault is a context: entered, something is broken; left, it is mended, whatever happened in
between. Both ends are in the history, so that the checks know when which anomaly is excused and
the reports can draw the band. `recovery_ms` is how long after its end a fault may still be felt.

processes, dependencies   of what was started here: replicas, Postgres, Redis
networks                  of the connections in between, through a `wiring` of fault proxies
readers                   brought about by clients and graphs
catalogue, schedule       all of them by name, with targets and durations drawn from a seed
"""

from onceproof.conformance.faults.dependencies import (
    cut_redis_listeners,
    flush_redis,
    kill_service,
    restart_postgres,
    restart_redis,
)
from onceproof.conformance.faults.processes import (
    kill_all,
    kill_replica,
    pause_replica,
    revive,
    stop_replica,
)
from onceproof.conformance.faults.record import fault

__all__ = [
    "cut_redis_listeners",
    "fault",
    "flush_redis",
    "kill_all",
    "kill_replica",
    "kill_service",
    "pause_replica",
    "restart_postgres",
    "restart_redis",
    "revive",
    "stop_replica",
]
