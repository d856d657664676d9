"""One certification under way: the stack, the target on it, the sink, and the history.

Started as one, stopped in reverse order, whatever happened in between.
"""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from conformance.history import Record, Recorder, read
from conformance.options import Options
from conformance.stacks import Stack, open_stack
from conformance.targets import CommandTarget, ReferenceTarget, Target, UrlTarget
from conformance.witness import Sink

HISTORY = "history.jsonl"


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
        self._open = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._open.close()

    def records(self) -> list[Record]:
        """The history so far."""
        self.history.flush()
        return list(read(self.history.path))

    def _start(self) -> None:
        self.history = self._open.enter_context(Recorder(self.folder / HISTORY))
        self.sink = Sink(self.history)
        self.sink.start()
        self._open.callback(self.sink.stop)
        self.stack = self._make_stack()
        self._say(f"starting the stack ({self.stack.kind})")
        self._open.callback(self.stack.stop)
        self.stack.start()
        self.target = self._make_target()
        self._say(f"starting the target ({self.target.kind})")
        self._open.callback(self.target.stop)
        self.target.start()

    def _make_stack(self) -> Stack:
        options = self.options
        kind = options.stack or ("none" if options.urls else None)
        return open_stack(kind, self.folder / "stack", options.environ)

    def _make_target(self) -> Target:
        options = self.options
        if options.urls:
            return UrlTarget(list(options.urls))
        replicas = {
            "api_replicas": options.api_replicas,
            "worker_replicas": options.worker_replicas,
        }
        if options.command:
            return CommandTarget(options.command, self.stack, self.folder, **replicas)
        return ReferenceTarget(self.stack, self.folder, **replicas)
