"""State and history."""

from onceproof.conformance.selftest.mutant import mutant
from onceproof.reference_impl.api import state
from onceproof.reference_impl.core import attempt
from onceproof.reference_impl.core.attempt import Attempt
from onceproof.reference_impl.sql.search import HISTORY


@mutant("STA-04")
def include_the_entry_before() -> None:
    """A history `before` a checkpoint begins with that checkpoint."""
    HISTORY.conditions["before"] = HISTORY.conditions["before"].replace("c.seq <", "c.seq <=")


@mutant("STA-04")
def filter_history_by_nothing() -> None:
    """A history is not filtered by metadata."""
    HISTORY.conditions["metadata"] = "({metadata}::jsonb is not null)"


@mutant("STA-05")
def list_all_history_by_default() -> None:
    """A history without a limit has every entry."""
    state.query_int = lambda request, name, default, **bounds: _int(request, name, 1000)
    state.HistoryOf.model_fields["limit"].default = 1000
    state.HistoryOf.model_rebuild(force=True)


def _int(request, name: str, default: int) -> int:
    return int(request.query_params.get(name, default))


@mutant("STA-09")
def update_below_a_run() -> None:
    """A state update is accepted while a run of the thread is under way."""
    from onceproof.reference_impl.resources import threads

    async def never(connection, thread_id):
        return False

    threads.is_busy = never


@mutant("STA-16")
def resume_without_a_thread() -> None:
    """A stateless run with an answer is accepted."""
    from onceproof.reference_impl.resources import run_requests

    sense = run_requests._require_sense
    run_requests._require_sense = lambda wanted, *, stateless: sense(wanted, stateless=False)


@mutant("STA-24")
def leave_out_the_attempt() -> None:
    """Checkpoints do not say which attempt of their run wrote them."""
    config = Attempt._config

    def without_attempt(self):
        made = config(self)
        del made["metadata"]["run_attempt"]
        return made

    Attempt._config = without_attempt


@mutant("STA-19")
def forget_updates_beside_a_goto() -> None:
    """A command's update is dropped if it also names where to go."""
    make = attempt.make_command

    def either(command):
        return make({**command, "update": None} if command.get("goto") else command)

    attempt.make_command = either


@mutant("STA-25")
def answer_with_every_channel() -> None:
    """Answers and `values` events have channels that the output schema does not name."""
    options = Attempt._options

    def all_channels(self, graph):
        return {**options(self, graph), "output_keys": graph.stream_channels_list}

    Attempt._options = all_channels


@mutant("STA-18")
def ignore_breakpoints_after_nodes() -> None:
    """`interrupt_after` is ignored."""
    options = Attempt._options

    def never_after(self, graph):
        return {k: v for k, v in options(self, graph).items() if k != "interrupt_after"}

    Attempt._options = never_after


@mutant("STA-27")
def store_every_step_of_exit() -> None:
    """Under durability `exit` every super-step leaves a checkpoint."""
    options = Attempt._options

    def always_async(self, graph):
        return {**options(self, graph), "durability": "async"}

    Attempt._options = always_async
