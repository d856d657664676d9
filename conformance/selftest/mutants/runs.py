"""Runs as the API makes and shows them."""

import sys

from onceproof.conformance.selftest.mutant import mutant
from onceproof.conformance.selftest.mutants.rewriting import rewrite
from onceproof.reference_impl import sql
from onceproof.reference_impl.api import runs
from onceproof.reference_impl.resources import run_requests


@mutant("RUN-09")
def date_delayed_runs_by_their_request() -> None:
    """A delayed run is shown as created when it was requested."""
    rewrite(sql.runs, "COLUMNS", "r.created_at", "least(r.created_at, r.updated_at) as created_at")


@mutant("RUN-11")
def let_clients_name_the_assistant() -> None:
    """A client's metadata override the assistant that a run is shown with."""
    build = run_requests.build_run

    async def overriding(wanted, *args, **more):
        run = await build(wanted, *args, **more)
        for name in ("assistant_id", "graph_id"):
            if name in (wanted.metadata or {}):
                run.thread_metadata[name] = wanted.metadata[name]
        return run

    for module in _users_of(build, "build_run"):
        module.build_run = overriding


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


def _users_of(function, name: str):
    return [
        module
        for module in list(sys.modules.values())
        if getattr(module, name, None) is function and "reference_impl" in module.__name__
    ]
