"""What dies by itself is started again, and what was taken down is not."""

import threading
from typing import Any

from onceproof.conformance.targets.restart import RestartingLevers, restart_fallen


class Processes:
    """Levers of processes that are up or down, and nothing else."""

    def __init__(self) -> None:
        self.up = {"worker-1": True, "worker-2": True}

    def alive(self, name: str) -> bool:
        return self.up[name]

    def kill(self, name: str) -> None:
        self.up[name] = False

    def start(self, name: str) -> None:
        self.up[name] = True


def test_only_what_ended_by_itself_is_started_again() -> None:
    processes: Any = Processes()
    levers, rose, seen = RestartingLevers(processes), threading.Event(), []

    def tried(name: str, up: bool) -> None:
        seen.append((name, up))
        rose.set()

    with restart_fallen(levers, list(processes.up), lambda name: seen.append(name), tried):
        levers.kill("worker-2")
        processes.up["worker-1"] = False
        assert rose.wait(30)
    assert seen == ["worker-1", ("worker-1", True)]
    assert processes.up == {"worker-1": True, "worker-2": False}
    levers.start("worker-2")
    processes.up["worker-2"] = False
    assert levers.has_fallen("worker-2")
