"""Resuming and joining streams: from where, and with what the register leaves to the server."""

from typing import Any

from starlette.requests import Request

from onceproof.conformance.selftest.benign.variation import variation
from onceproof.reference_impl.api import streams, thread_streams
from onceproof.reference_impl.api.run_bodies import BatchRunIn
from onceproof.reference_impl.core.streams.event_ids import START
from onceproof.reference_impl.http import ApiError
from onceproof.reference_impl.resources.run_bodies import RunIn, ThreadRunIn


def _read_ids_by(read: Any) -> None:
    streams.read_last_event_id = thread_streams.read_last_event_id = read


@variation("RSM-0", "RSM-11", "RSM-13", "RSM-14", "RSM-16", "STR-2", "SDK")
def start_at_a_dash_only() -> None:
    """The whole of a stream is asked for by `-` alone; `-1` and `0` are refused.

    RSM-06 accepts at least one of the three; RSM-09 accepts 422 for a malformed id.
    """
    streams.FROM_START = ("-", START)


@variation("RSM-0", "RSM-11", "RSM-13", "RSM-14", "RSM-16")
def ignore_malformed_ids() -> None:
    """A `Last-Event-ID` that is none is treated as if it were absent.

    RSM-09 accepts that.
    """
    read = streams.read_last_event_id

    def lenient(request: Request) -> str | None:
        try:
            return read(request)
        except ApiError:
            return None

    _read_ids_by(lenient)


@variation("RSM-0", "RSM-11", "RSM-13", "RSM-14", "RSM-16", "STR-2", "SDK")
def join_from_the_start() -> None:
    """Whoever joins a resumable run without an id gets all events from the first on.

    RSM-08 accepts only new events and all events from the start.
    """
    join = streams._join

    async def from_the_start(services: Any, run: Any, after: str | None, *wanted: Any) -> Any:
        return await join(services, run, START if after is None else after, *wanted)

    streams._join = from_the_start


@variation("RSM-11", "RUN-03", "RUN-17", "STR-31", "SDK")
def locate_no_stateless_run() -> None:
    """The stream of a stateless run has no `Location`.

    RSM-11 accepts no `Location` for stateless runs.
    """
    answer = streams._answer

    def without(services: Any, run_id: Any, chunks: Any, where: str, *, cancel: bool) -> Any:
        response = answer(services, run_id, chunks, where, cancel=cancel)
        if where.startswith("/runs/"):
            del response.headers["location"]
        return response

    streams._answer = without


@variation(
    "RSM-0",
    "RSM-11",
    "RSM-13",
    "RSM-14",
    "RSM-16",
    "STR-0",
    "STR-1",
    "STR-2",
    "STR-32",
    "CAN-1",
    "RUN-2",
    "REP-02",
    "SDK",
)
def cancel_runs_of_lost_clients() -> None:
    """A run whose client is lost is cancelled, unless the client has said what becomes of it then.

    CAN-16 accepts either default when the client names none.
    """
    for model in (RunIn, ThreadRunIn, BatchRunIn):
        model.model_fields["on_disconnect"].default = "cancel"
    for model in (RunIn, ThreadRunIn, BatchRunIn):
        model.model_rebuild(force=True)
