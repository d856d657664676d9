"""One container of an engine: break it, mend it, and read what it wrote."""

from typing import Any

import docker.errors

from onceproof.conformance.errors import OnceproofError, StackError
from onceproof.conformance.stacks.last_words import quote_end
from onceproof.conformance.stacks.waiting import wait_until

LOCAL = "127.0.0.1"
_STOP_S = 10
_FREEZE_S = 10.0
_UNFROZEN = "unable to freeze"


class EngineContainer:
    """Control over the container that a kind gives as `_engine_container`; it keeps its ports."""

    #: What its failures are.
    error: type[OnceproofError] = StackError

    def __init__(self, image: str) -> None:
        self.image = image

    def _engine_container(self) -> Any:
        """The engine client's container."""
        raise NotImplementedError

    def alive(self) -> bool:
        """Return whether the container runs, paused or not."""
        self._engine_container().reload()
        return self._engine_container().status in ("running", "paused")

    def restart(self) -> None:
        """Stop it in good order, or by force after 10 s, and start it."""
        self._act("restart", timeout=_STOP_S)

    def pause(self) -> None:
        """Freeze all its processes.

        With the first version of control groups an engine gives up where processes come and go
        while it freezes them, and leaves them running. It is asked again then, for `_FREEZE_S`.
        """
        if not wait_until(self._frozen, _FREEZE_S):
            self._act("pause")

    def resume(self) -> None:
        """Resume all its processes; without effect on one that is not paused."""
        self._engine_container().reload()
        if self._engine_container().status == "paused":
            self._act("unpause")

    def kill(self) -> None:
        """Send SIGKILL to all its processes; its volume stays."""
        self._act("kill")
        self._act("wait")

    def output(self) -> str:
        """Return all that it has written so far, over all its starts."""
        output: bytes = self._engine_container().logs()
        return output.decode(errors="replace")

    def last_words(self) -> str:
        """Return the end of its output on one line, for a message."""
        return quote_end(self.output()) or "it wrote nothing"

    def _frozen(self) -> bool:
        try:
            self._act("pause")
        except self.error as refused:
            if _UNFROZEN not in str(refused):
                raise
            return False
        return True

    def _act(self, verb: str, **options: object) -> None:
        try:
            getattr(self._engine_container(), verb)(**options)
        except docker.errors.DockerException as error:
            raise self.error(
                f"the container engine refused to {verb} {self.image!r}: {reason(error)}"
            ) from error


def no_engine(option: str, error: BaseException) -> str:
    """Return the sentence for an engine that does not answer."""
    return (
        f"{option} found no container engine that answers ({_root(error)}); "
        "start Docker or set DOCKER_HOST, or do without containers"
    )


def reason(error: BaseException) -> str:
    """Return the engine's own explanation, if it gives one, on one line and unwrapped."""
    output = getattr(error, "explanation", None) or str(error)
    return " ".join(str(output).split()).rstrip(".")


def _root(error: BaseException) -> str:
    """What the operating system said, below the layers of an HTTP client."""
    while deeper := error.__cause__ or error.__context__:
        error = deeper
    return getattr(error, "strerror", None) or reason(error)
