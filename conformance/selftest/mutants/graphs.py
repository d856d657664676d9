"""How graphs are executed: answers, policies, caches, and what an attempt goes on from."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from onceproof.conformance.selftest.mutant import mutant
from onceproof.reference_impl.core import alone, attempt, worker
from onceproof.reference_impl.core.checkpoints import fenced
from onceproof.reference_impl.resources import graphs


@mutant("STA-35", "STA-37", "STA-39", replicas=2)
def begin_later_attempts_anew() -> None:
    """A run whose worker was lost begins again with its input."""

    async def begin(self):
        config = self._config()
        config["metadata"]["run_id"] = f"attempt {self._run['attempt']}"  # else LangGraph goes on
        spec = self.spec
        return (attempt.make_command(spec.command) if spec.command else spec.input), config

    attempt.Attempt._start = begin


@mutant("STA-36")
def forget_results_of_workflows() -> None:
    """A workflow of the functional API finds no `previous`."""
    read = fenced.RunCheckpointer._tuple

    def without_previous(self, row, thread_id):
        found = read(self, row, thread_id)
        found.checkpoint["channel_values"].pop("__previous__", None)
        return found

    fenced.RunCheckpointer._tuple = without_previous


@mutant("STA-38")
def take_one_answer_for_all() -> None:
    """An answer by the id of its question is given to all that are open."""
    make = attempt.make_command

    def make_for_all(command):
        answers = command.get("resume")
        if isinstance(answers, dict) and len(answers) == 1:
            command = {**command, "resume": next(iter(answers.values()))}
        return make(command)

    attempt.make_command = make_for_all


@mutant("STA-41", "QUE-32")
def drop_policies_of_nodes() -> None:
    """Retry policies of nodes and their caches are ignored."""
    contain = graphs.contain_unfit_state
    dropped: dict[str, object] = {"retry_policy": [], "cache_policy": None}

    def contain_without_policies(graph):
        graph = contain(graph)
        nodes = {name: node.copy(dropped) for name, node in graph.nodes.items()}
        return graph.copy(update={"nodes": nodes})

    graphs.contain_unfit_state = contain_without_policies


@mutant("QUE-09")
def share_four_threads() -> None:
    """Plain functions of all runs of a worker share four threads."""

    def prepare_slowly(slots):
        prepare(slots)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(4))

    prepare = worker.prepare_loop
    worker.prepare_loop = alone.prepare_loop = prepare_slowly
