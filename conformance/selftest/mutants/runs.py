"""Runs as the API makes and shows them."""

from onceproof.conformance.selftest.mutant import mutant
from onceproof.conformance.selftest.mutants.rewriting import (
    replace_endpoint,
    rewrite,
    rewrite_schema,
)
from onceproof.reference_impl import sql
from onceproof.reference_impl.api import runs
from onceproof.reference_impl.http import ApiError, Json
from onceproof.reference_impl.resources import run_requests


@mutant("RUN-09")
def date_delayed_runs_by_their_request() -> None:
    """A delayed run is shown as created when it was requested."""
    rewrite(sql.runs, "FIND", "r.created_at", "least(r.created_at, r.updated_at) as created_at")


@mutant("RUN-11")
def leave_out_the_threads_metadata() -> None:
    """The metadata of a run lack those of its thread."""
    rewrite_schema(
        "p_assistant_metadata || v_known || p_metadata", "p_assistant_metadata || p_metadata"
    )


@mutant("RUN-10")
def accept_context_beside_configurable() -> None:
    """A run that sends both `config.configurable` and `context` is accepted."""
    sense = run_requests._require_sense

    def lenient(wanted, *, stateless):
        return sense(wanted.model_copy(update={"context": None}), stateless=stateless)

    run_requests._require_sense = lenient


@mutant("RUN-03")
def answer_without_a_location() -> None:
    """The answer to a wait does not say which run it was."""
    long_answer = runs.LongAnswer

    def without(chunks, *, headers=None, **more):
        return long_answer(chunks, headers={}, **more)

    runs.LongAnswer = without


@mutant("RUN-X1")
def forget_idempotency_keys() -> None:
    """A retry with the same key makes a second run."""
    rewrite(
        sql.idempotency,
        "TAKE",
        "where known.created_at < now() - interval '24 hours'",
        "where known.created_at < now() + interval '24 hours'",
    )


@mutant("RUN-13")
def list_runs_of_an_unknown_status() -> None:
    """A list of runs with a status that there is not is empty."""
    runs.STATUSES = (*runs.STATUSES, "daydreaming")


@mutant("RUN-19")
def join_runs_that_there_are_not() -> None:
    """The join of an unknown run is answered with 200 and an error in the body."""

    async def join(request):
        try:
            return await runs.join(request)
        except ApiError as error:
            return Json({"__error__": {"error": "HTTPException", "message": str(error)}})

    replace_endpoint(runs.routes, "/threads/{thread_id}/runs/{run_id}/join", join)


@mutant("RUN-45")
def take_all_state_with_a_run() -> None:
    """Deleting an earlier run takes all checkpoints of its thread along."""
    sql.queue.FORGET_CHECKPOINTS += " or thread_id = $1"
