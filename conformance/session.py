"""One certification under way: the stack, the target on it, the sink, and the history.

Started as one, stopped in reverse order, whatever happened in between.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from conformance.errors import TargetError
from conformance.history import Record, Recorder, read
from conformance.options import Options
from conformance.stacks import Stack, open_stack
from conformance.targets import CommandTarget, Levers, ReferenceTarget, Target, UrlTarget
from conformance.witness import Sink

HISTORY = "history.jsonl"

#: On top of lease and sweep: claiming again, on a machine that is busy with the suite itself.
ALLOWANCE_MS = 4_000


class Session:
    """Everything a suite or a load needs, as attributes; a context manager."""

    stack: Stack
    target: Target
    history: Recorder
    sink: Sink

    def __init__(self, options: Options, say: Callable[[str], None] = lambda text: None):
        """`say` is told what is being started; nothing is started yet."""
        self.options = options
        self.folder: Path = options.folder()
        self._say = say
        self.closing = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.closing.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.closing.close()

    @property
    def recovery_ms(self) -> int:
        """How long after a fault a target of these timings may still be putting things right."""
        return self.options.lease_ms + 2 * self.options.sweep_ms + ALLOWANCE_MS

    def env_of(self, replica: str) -> Mapping[str, str]:
        """What is told to this replica alone: nothing, unless it is to have ways of its own."""
        return {}

    def levers(self) -> Levers:
        """Hands on the target's processes; TargetError where there are none."""
        if self.target.levers is None:
            raise TargetError(f"a target of kind {self.target.kind!r} has no processes of ours")
        return self.target.levers

    def workers(self) -> list[str]:
        """The replicas of the target that execute runs."""
        return [replica.name for replica in self.target.replicas if replica.role != "api"]

    def records(self) -> list[Record]:
        """The history so far."""
        self.history.flush()
        return list(read(self.history.path))

    def _start(self) -> None:
        self.history = self.closing.enter_context(Recorder(self.folder / HISTORY))
        self.sink = Sink(self.history)
        self.sink.start()
        self.closing.callback(self.sink.stop)
        self.stack = self._make_stack()
        self._say(f"starting the stack ({self.stack.kind})")
        self.closing.callback(self.stack.stop)
        self.stack.start()
        self.target = self._make_target()
        self._say(f"starting the target ({self.target.kind})")
        self.closing.callback(self.target.stop)
        self.target.start()

    def _make_stack(self) -> Stack:
        return open_stack(self.options.stack_kind(), self.folder / "stack", self.options.environ)

    def _make_target(self) -> Target:
        options = self.options
        if options.urls:
            return UrlTarget(list(options.urls))
        if options.command:
            return CommandTarget(
                options.command,
                self.stack,
                self.folder,
                # Without roles a process is a whole server, and two of them may share nothing.
                api_replicas=options.api_replicas if "{role}" in options.command else 1,
                worker_replicas=options.worker_replicas,
                env=options.settings(self.folder),
                health=options.profile.start.health,
                env_of=self.env_of,
            )
        return ReferenceTarget(
            self.stack,
            self.folder,
            api_replicas=options.api_replicas,
            worker_replicas=options.worker_replicas,
            env=options.settings(self.folder),
            env_of=self.env_of,
        )
