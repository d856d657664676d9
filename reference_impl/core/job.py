"""A run in one of a worker's slots, wherever it is executed."""

import asyncpg

from onceproof.reference_impl.core.run import RunSpec


class Job:
    """One attempt of one run, from its claim to its stored end.

    `stop` says why it has to stop, if it has to: interrupt, rollback, timeout, shutdown or
    superseded.
    """

    def __init__(self, run: asyncpg.Record):
        self.run = run
        self.spec = RunSpec.load(run["kwargs"])
        self.stop: str | None = None
        self.refused_ends = 0
        self._suspected = False

    def end(self, why: str) -> None:
        """Stop the execution, unless it is over: then its end is being stored."""
        raise NotImplementedError

    async def see_through(self) -> None:
        """Return when this attempt is over for this worker, whatever became of it."""
        raise NotImplementedError

    def suspect(self) -> None:
        """Note that the lease seems to be lost; the second time the execution is stopped.

        Not at the first, because a run that is just ending looks the same. There is no hurry: what
        a zombie writes is refused where it is written, whether it has heard of its loss or not.
        """
        if self._suspected:
            self.end("superseded")
        self._suspected = True
