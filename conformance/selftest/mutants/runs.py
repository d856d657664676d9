"""Runs as the API makes and shows them."""

from onceproof.conformance.selftest.mutant import mutant
from onceproof.conformance.selftest.mutants.rewriting import rewrite, rewrite_schema
from onceproof.reference_impl import sql
from onceproof.reference_impl.api import runs
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
