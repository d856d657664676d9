"""What people report of runs and state: each of these habits is met by the requirement for it.

A later attempt begins its run anew. A workflow's `previous` is forgotten. An answer by the id of
its question is taken for the answer to all. Policies of nodes and caches are dropped. Plain
functions share four threads. An earlier run takes all checkpoints with it.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from onceproof.reference_impl import sql
from onceproof.reference_impl.core import attempt, queue, worker
from onceproof.reference_impl.core.checkpoints import fenced
from onceproof.reference_impl.resources import graphs
from onceproof.reference_impl.services import Parts

CAUGHT_BY = (
    "STA-35",
    "STA-36",
    "STA-37",
    "STA-38",
    "STA-39",
    "STA-41",
    "QUE-09",
    "QUE-32",
    "RUN-45",
)

prepare_loop, make_command = worker.prepare_loop, attempt.make_command
prepare_well = graphs._prepare


async def start(self):
    spec, config = self.spec, self._config()
    config["metadata"]["run_id"] = f"attempt {self._run['attempt']}"  # else LangGraph goes on
    return (make_it(spec.command) if spec.command else spec.input), config


def make_it(command):
    answers = command.get("resume")
    if isinstance(answers, dict) and len(answers) == 1:
        return make_command({**command, "resume": next(iter(answers.values()))})
    return make_command(command)


def prepare(graph, use):
    dropped = {"retry_policy": [], "cache_policy": None}
    graph = prepare_well(graph, use)
    nodes = {name: node.copy(dropped) for name, node in graph.nodes.items()}
    return graph.copy(update={"nodes": nodes})


def prepare_slowly(slots):
    prepare_loop(slots)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(4))


class Queue(queue.Queue):
    """As it is: the process of its own that such a run gets imports this module for it."""


class Forgetful(fenced.RunCheckpointer):
    def _tuple(self, row, thread_id):
        found = super()._tuple(row, thread_id)
        found.checkpoint["channel_values"].pop("__previous__", None)
        return found


attempt.Attempt._start = start
worker.prepare_loop = prepare_slowly
graphs._prepare = prepare
fenced.RunCheckpointer = Forgetful
sql.queue.FORGET_CHECKPOINTS += " or thread_id = $1"

PARTS = Parts(queue=Queue)
