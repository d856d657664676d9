"""Distributed tests: each worker accounts for its own runs, the master adds the shares up.

Locust gives a worker half a second for its last report, but a worker has to drain first. So the
master tells the workers to finish, and does not stop before it has a share of each.
"""

from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event
from locust.env import Environment
from locust.runners import STATE_CLEANUP, MasterRunner, WorkerRunner

from onceproof.load.result import Part

FINISH = "onceproof-finish"
SHARE = "onceproof-share"
SPENT = "onceproof-spent"
PATIENCE_S = 150.0
"""Longer than the drain, the reads and the checks of a worker together."""

Conclude = Callable[[list[Part]], None]


class Master:
    """Collects one share from each worker when the test stops."""

    def __init__(self, environment: Environment, conclude: Conclude) -> None:
        self._environment = environment
        self._conclude = conclude
        self._shares: dict[str, Part] = {}
        self._spent: set[str] = set()
        self._arrived = Event()
        self._runner.register_message(SHARE, self._on_share)
        self._runner.register_message(SPENT, self._on_spent)
        environment.events.test_start.add_listener(self._on_test_start)
        environment.events.test_stop.add_listener(self._on_test_stop)

    @property
    def _runner(self) -> MasterRunner:
        assert isinstance(self._environment.runner, MasterRunner)
        return self._environment.runner

    def _on_test_start(self, **_: Any) -> None:
        self._shares.clear()
        self._spent.clear()

    def _on_share(self, msg: Any, **_: Any) -> None:
        self._shares[msg.node_id] = msg.data
        self._arrived.set()

    def _on_spent(self, msg: Any, **_: Any) -> None:
        """End the test once no worker has anything more to begin.

        None ends by itself: its users would be given to the others.
        """
        self._spent.add(msg.node_id)
        if self._spent >= {client.id for client in self._runner.clients.all}:
            end(self._environment)

    def _on_test_stop(self, **_: Any) -> None:
        workers = {client.id for client in self._runner.clients.all}
        self._runner.send_message(FINISH)
        with gevent.Timeout(PATIENCE_S, False):
            while workers - self._shares.keys():
                self._arrived.wait()
                self._arrived.clear()
        silent = len(workers - self._shares.keys())
        if silent:
            print(f"{silent} of {len(workers)} workers did not account for their runs")
            self._environment.process_exit_code = 1
        self._conclude(list(self._shares.values()))


def listen(environment: Environment) -> None:
    """Let a worker finish when its master says so."""

    def finish(**_: Any) -> None:
        if environment.runner is not None and environment.runner.state != STATE_CLEANUP:
            environment.runner.stop()

    assert environment.runner is not None
    environment.runner.register_message(FINISH, finish, concurrent=True)


def end(environment: Environment) -> None:
    """End the test before its time, and Locust with it unless somebody is at its page."""
    options, runner = environment.parsed_options, environment.runner
    assert runner is not None
    is_alone = options is None or options.headless
    gevent.spawn(runner.quit if is_alone else runner.stop)


def leave(runner: WorkerRunner) -> None:
    """Say to the master that a worker has nothing more to begin."""
    runner.send_message(SPENT, {})


def send(runner: WorkerRunner, share: Part) -> None:
    """Send a worker's share to its master."""
    runner.send_message(SHARE, {**share})
