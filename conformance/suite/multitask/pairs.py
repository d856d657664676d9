"""Every strategy of double texting meets every end of the earlier run, and a cancel of either.

Any two of strategy, earlier run and cancel meet in some row of `TABLE`, but for the cancel of a run
that was never accepted (`tests/suite/test_pairs.py` verifies that).
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.suite.kit.gates import gate
from onceproof.conformance.wire.concurrency import gather_within_limit
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.operations import RunRefused
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: strategy of the newcomer, what the earlier run had come to, and who is cancelled.
TABLE = """
reject    running   nobody
reject    running   earlier
reject    success   newcomer
reject    error     earlier
reject    cancelled nobody
enqueue   running   newcomer
enqueue   running   earlier
enqueue   success   earlier
enqueue   error     nobody
enqueue   cancelled newcomer
interrupt running   nobody
interrupt running   newcomer
interrupt success   nobody
interrupt error     newcomer
interrupt cancelled earlier
rollback  running   newcomer
rollback  running   nobody
rollback  success   earlier
rollback  error     nobody
rollback  cancelled newcomer
"""
STRATEGIES = ("reject", "enqueue", "interrupt", "rollback")
EARLIER = ("running", "success", "error", "cancelled")
CANCELLED = ("nobody", "earlier", "newcomer")
#: The status of a run that has come to that; None: it is gone.
STATUS = {"success": "success", "error": "error", "cancelled": "interrupted"}

AT_ONCE = 6
REFUSED = 409
END_S = 30.0


@dataclass(frozen=True)
class Pair:
    """Two runs of a thread."""

    strategy: str
    earlier: str
    cancelled: str

    def __str__(self) -> str:
        return f"{self.strategy} after {self.earlier}, {self.cancelled} cancelled"

    @property
    def has_newcomer(self) -> bool:
        """Whether there is a newcomer at all."""
        return self.strategy != "reject" or self.earlier != "running"

    @property
    def makes_room(self) -> bool:
        """Whether the earlier run makes room at once."""
        return self.earlier == "running" and self.strategy in ("interrupt", "rollback")

    @property
    def right_ends(self) -> tuple[str | None, str | None]:
        """How both have to end; None: there is no such run."""
        return self._end_of_earlier, self._end_of_newcomer

    @property
    def _end_of_earlier(self) -> str | None:
        if self.earlier != "running":
            return STATUS[self.earlier]
        if self.strategy == "rollback":
            return None
        stopped = self.strategy == "interrupt" or self.cancelled == "earlier"
        return "interrupted" if stopped else "success"

    @property
    def _end_of_newcomer(self) -> str | None:
        if not self.has_newcomer:
            return None
        return "interrupted" if self.cancelled == "newcomer" else "success"


@dataclass(frozen=True)
class Ends:
    """How the runs of a pair ended; None for one that is not there."""

    pair: Pair
    earlier: str | None
    newcomer: str | None
    refused: int | None


PAIRS = [Pair(*row.split()) for row in TABLE.strip().splitlines()]


async def play_pairs(runs: Runs, session: Session) -> Sequence[Ends]:
    """Play all of them, a few at a time."""
    return await gather_within_limit((_play(pair, runs, session.sink) for pair in PAIRS), AT_ONCE)


async def _play(pair: Pair, runs: Runs, sink: Sink) -> Ends:
    thread_id = await runs.new_thread()
    with ExitStack() as held:
        first, second = (held.enter_context(gate(sink)) for _ in range(2))
        earlier = await _make_earlier(pair, runs, sink, thread_id, first)
        try:
            newcomer = await runs.create(
                thread_id, "chain", {"steps": 1}, nonce=second, multitask_strategy=pair.strategy
            )
        except RunRefused as refused:
            newcomer, status = None, refused.status
        else:
            status = None
        if pair.cancelled == "earlier":
            # One that is over is not cancelled any more, with 404 or 409 (CAN-06).
            over = () if pair.earlier == "running" else (404, 409)
            expect(await runs.cancel(earlier), 200, 202, 204, *over)
        if newcomer is not None and pair.cancelled == "newcomer":
            if pair.earlier != "running" or pair.makes_room:
                await sink.async_wait_for(second, "begin")
            expect(await runs.cancel(newcomer), 200, 202, 204)
    ended = await runs.until_terminal(earlier, END_S)
    end = None if newcomer is None else await runs.until_terminal(newcomer, END_S)
    return Ends(pair, ended, end, status)


async def _make_earlier(
    pair: Pair, runs: Runs, sink: Sink, thread_id: str, nonce: str
) -> RunHandle:
    """Bring the earlier run to where the newcomer finds it."""
    if pair.earlier == "error":
        sink.release(nonce)
        handle = await runs.create(thread_id, "fail", {}, nonce=nonce)
        await runs.until_terminal(handle, END_S)
        return handle
    handle = await runs.create(thread_id, "chain", {"steps": 1}, nonce=nonce)
    await sink.async_wait_for(nonce, "begin")
    if pair.earlier == "cancelled":
        expect(await runs.cancel(handle), 200, 202, 204)
    if pair.earlier == "success":
        sink.release(nonce)
    if pair.earlier != "running":
        await runs.until_terminal(handle, END_S)
    return handle
