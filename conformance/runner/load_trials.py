"""Loads by profiles on one server, one after the other."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import UNSET

from onceproof.conformance.options import Options
from onceproof.conformance.runner.load import LoadPlan, run_load
from onceproof.conformance.session import Session
from onceproof.conformance.stopping import heed_signals, stop_request
from onceproof.load.graphs import GRAPHS
from onceproof.load.profiles import LoadProfile
from onceproof.reports.load import Load


class LoadTrials:
    """A server that is loaded again and again; `folder` has the figures of the last load."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._number = 0
        self.folder = session.folder

    def carry(self, profile: LoadProfile, arrivals: str | None = None) -> Load:
        """Load the server by a profile, with these arrivals if there are any, and account for it.

        The history of the load is judged while the load ends, and not kept.
        """
        self._number += 1
        plan = LoadPlan(
            profile.seconds,
            profile.users,
            arrivals=arrivals or profile.arrivals,
            seed=self._number,
        )
        history = self.folder / f"load-{self._number}.jsonl"
        try:
            with stop_request.break_into():
                return run_load(self._session, plan, history, time.monotonic_ns())
        finally:
            history.unlink(missing_ok=True)

    @staticmethod
    def list_doubts(load: Load) -> list[str]:
        """Return why the latencies of a load may be the generator's."""
        return [] if load.arrivals is UNSET else list(load.arrivals.reasons)


@contextmanager
def open_trials(options: Options) -> Iterator[LoadTrials]:
    """Start the server of these options, or find it; it has to host what the load runs."""
    with heed_signals(), Session(options) as session:
        session.look.demand_graphs(GRAPHS, "the load")
        yield LoadTrials(session)
