"""An orderly stop: what a server does with its runs and its clients."""

from onceproof.conformance.selftest.mutant import mutant
from onceproof.reference_impl import serving
from onceproof.reference_impl.core.queue import Queue


@mutant("SHD-03", replicas=2)
def leave_runs_to_their_leases() -> None:
    """An orderly stop hands no run back: they wait until their leases have passed.

    The leases have a while to go at that moment. Left as they are they may pass while the process
    ends on a busy machine, and then nobody could tell.
    """
    leave = "update run set lease_until = now() + interval '8 s' where run_id = $1 and attempt = $2"

    async def keep(self, run_id, attempt):
        await self._pool.execute(leave, run_id, attempt)
        return False

    Queue.hand_back = keep


def _do_at_each_start(statement: str) -> None:
    """Execute a statement whenever a process of the server starts."""
    build = serving.build

    async def build_after(settings, parts, rebuild):
        services = await build(settings, parts, rebuild)
        await services.pool.execute(statement)
        return services

    serving.build = build_after
