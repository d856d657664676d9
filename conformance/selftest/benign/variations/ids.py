"""What things are called: ids of other versions, and events whose numbers leave gaps."""

from typing import Any
from uuid import UUID, uuid4

from langchain_core.utils.uuid import uuid7

from onceproof.conformance.selftest.benign.answering import write_frames
from onceproof.conformance.selftest.benign.variation import variation
from onceproof.reference_impl.api import assistants, crons, sse, streams, thread_streams, threads
from onceproof.reference_impl.core.streams.event_ids import START
from onceproof.reference_impl.resources import run_requests

#: The distance of two events' numbers, and the number of the first.
STEP, FIRST = 1000, 5


@variation("RUN-0", "RUN-1", "THR-1", "SYS-10", "SYS-12", "SYS-13", "SYS-17", "MUL-0", "SDK")
def draw_ids_by_chance() -> None:
    """Threads and runs have ids without an order.

    SYS-17: canonical UUID text; SYS-18: that ids are ordered by time is a MAY.
    """
    threads.uuid7 = uuid4
    run_requests.uuid7 = uuid4


@variation("AST-0", "AST-1", "CRN-12", "SYS-17")
def order_all_ids() -> None:
    """Assistants and crons have ids in the order of their creation.

    SYS-17: canonical UUID text; no requirement says which version the ids of these have.
    """
    assistants.uuid4 = crons.uuid4 = lambda: UUID(str(uuid7()))


@variation(
    "STR-0", "STR-1", "STR-2", "STR-32", "RSM-0", "RSM-11", "RSM-13", "RSM-14", "RSM-16", "SDK"
)
def leave_gaps_between_event_ids() -> None:
    """The second part of event ids grows by a thousand with each event.

    RSM-02: unique and strictly increasing; STR-X1: that they count is a MAY.
    """
    frame = sse.frame

    def spread(name: str, data: str, event_id: str = "") -> bytes:
        return frame(name, data, _spread(event_id) if event_id else "")

    write_frames(spread)
    read = streams.read_last_event_id

    def narrow(request: Any) -> str | None:
        event_id = read(request)
        return event_id if event_id in (None, START) else _narrow(event_id)

    streams.read_last_event_id = thread_streams.read_last_event_id = narrow


def _spread(event_id: str) -> str:
    ms, _, number = event_id.partition("-")
    return f"{ms}-{int(number) * STEP + FIRST}"


def _narrow(event_id: str) -> str:
    ms, _, number = event_id.partition("-")
    return f"{ms}-{max(0, int(number) - FIRST) // STEP}"
