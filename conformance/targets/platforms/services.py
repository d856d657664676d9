"""Postgres and Redis of a deployment in containers: hands on either, as a stack of ours gives them.

A pause cuts them off: connections stay open and silent. A container that is taken from
its network loses its published ports, and may come back with another address.
"""

from onceproof.conformance.errors import TargetError
from onceproof.conformance.stacks.waiting import wait_for_start, wait_until
from onceproof.conformance.targets.platforms.containers import State, inspect
from onceproof.conformance.targets.platforms.program import Program

_START_S = 60.0
_KILL_S = 20.0
_EVERY_S = 0.1


class ContainerService:
    """See `stacks.levers.Service`: it keeps its address and its volumes through all of these."""

    def __init__(self, engine: Program, name: str) -> None:
        self._engine = engine
        self._name = name

    def start(self) -> None:
        """Start it, and return when its health check passes, if it has one."""
        self._engine.run("start", self._name)
        self._wait_until_up()

    def restart(self) -> None:
        """Stop it as its image wants to be stopped, and start it again."""
        self._engine.run("restart", self._name, limit_s=_START_S)
        self._wait_until_up()

    def pause(self) -> None:
        """Freeze it; without effect on one that is paused."""
        if not self._state().paused:
            self._engine.run("pause", self._name)

    def resume(self) -> None:
        """Let it run on; without effect on one that is not paused."""
        if self._state().paused:
            self._engine.run("unpause", self._name)

    def kill(self) -> None:
        """Send SIGKILL, and return when it is down."""
        if self.alive():
            self._engine.run("kill", self._name)
        if not wait_until(lambda: not self.alive(), _KILL_S, _EVERY_S):
            raise TargetError(f"container {self._name} still runs {_KILL_S:g} s after SIGKILL")

    def alive(self) -> bool:
        """Return whether it has a process, paused or not."""
        return self._state().running

    def _state(self) -> State:
        [container] = inspect(self._engine, [self._name])
        return container.state

    def _wait_until_up(self) -> None:
        if not wait_for_start(lambda: self._state().is_up, _START_S, _EVERY_S):
            raise TargetError(
                f"container {self._name} is not healthy {_START_S:g} s after its start: look at "
                f"`docker logs {self._name}`"
            )
