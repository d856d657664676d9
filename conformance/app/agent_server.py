"""What a project's own test has in its hands as `agent_server`."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from onceproof.conformance.app.diagnosis import Fault, diagnose
from onceproof.conformance.app.remains import Remains
from onceproof.conformance.app.server import AppServer

if TYPE_CHECKING:
    from langgraph_sdk.client import LangGraphClient, SyncLangGraphClient

#: What runs have to end after a test, in seconds.
WAIT_S = 30.0


class AgentServer:
    """A server that hosts the project's graphs, and what one test did through it.

    The server is that of the whole session; `faults` and `assert_ok` judge what has happened since
    the test began.
    """

    def __init__(self, server: AppServer, remains: Remains) -> None:
        self._server, self._remains = server, remains
        self._since = datetime.now(UTC)
        self._revive()
        self._written = {each.name: len(server.log_of(each.name)) for each in server.replicas}

    @property
    def url(self) -> str:
        """The address of its API."""
        return self._server.url

    @property
    def graphs(self) -> tuple[str, ...]:
        """The ids of the graphs that it hosts, which are names of assistants, too."""
        return self._server.manifest.graphs

    def client(self) -> "LangGraphClient":
        """Return an asynchronous client of the official SDK."""
        from langgraph_sdk import get_client

        return get_client(url=self.url)

    def sync_client(self) -> "SyncLangGraphClient":
        """Return a synchronous client of the official SDK."""
        from langgraph_sdk import get_sync_client

        return get_sync_client(url=self.url)

    def faults(self, *, wait_s: float = WAIT_S) -> list[Fault]:
        """Return what went wrong since the test began; runs under way have `wait_s` s to end."""
        left = self._remains.inspect(self._since, wait_s)
        # Read last: a run writes its reason into the log before its end is stored.
        return [*diagnose(self._logs()), *left, *self._find_dead()]

    def assert_ok(self, *, expect: Collection[str] = (), wait_s: float = WAIT_S) -> None:
        """Fail the test, with a line for each fault, unless all that it did went well.

        That is: each run came to one end within `wait_s` seconds, none raised, no thread is stuck,
        and every process lives and logged no error. `expect` names exception classes that the test
        provokes, such as "ValueError"; AssertionError also if one of them did not occur.
        """
        __tracebackhide__ = True
        faults = self.faults(wait_s=wait_s)
        kinds = {fault.kind for fault in faults}
        lines = [str(fault) for fault in faults if fault.kind not in expect]
        lines += [f"no run raised {kind}, as was expected" for kind in expect if kind not in kinds]
        if lines:
            raise AssertionError("\n".join(["the agent server saw faults:", *lines]))

    def _logs(self) -> dict[str, str]:
        return {name: self._server.log_of(name)[start:] for name, start in self._written.items()}

    def _find_dead(self) -> list[Fault]:
        dead = [each.name for each in self._server.replicas if not self._is_alive(each.name)]
        return [
            Fault("died", f"{name} is no longer alive: a node ended its process") for name in dead
        ]

    def _is_alive(self, name: str) -> bool:
        return self._server.levers.alive(name)

    def _revive(self) -> None:
        """Start what an earlier test has ended."""
        for each in self._server.replicas:
            if not self._is_alive(each.name):
                self._server.levers.start(each.name)
