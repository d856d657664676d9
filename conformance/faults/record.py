"""The frame of every fault: what it is called, whom it hits, and how long it is felt."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from onceproof.conformance.history import Recorder
from onceproof.conformance.history.vocabulary import EXPECTED_END


def expect_end(
    history: Recorder, nonce: str, *statuses: str, most: int, fatal: bool = False
) -> None:
    """Note how a run should end, how often a step may begin, and if its process dies of it."""
    value = {"nonce": nonce, "statuses": list(statuses), "most": most, "fatal": fatal}
    history.add("mark", EXPECTED_END, who="harness", value=value)


@contextmanager
def fault(
    history: Recorder,
    name: str,
    *,
    inject: Callable[[], object],
    heal: Callable[[], object],
    recovery_ms: int,
    replica: str | None = None,
    nonces: Sequence[str] | None = None,
    loses_streams: bool = False,
) -> Iterator[None]:
    """Inject, and heal at the end of the block; both are recorded just outside of the effect.

    `nonces` limits the fault to these runs, `replica` to what ran there; neither means all.
    `loses_streams` says that buffers of resumable streams are lost by it.
    """
    value: dict[str, object] = {"recovery_ms": recovery_ms}
    if loses_streams:
        value["loses_streams"] = True
    if replica is not None:
        value["replica"] = replica
    if nonces is not None:
        value["nonces"] = list(nonces)
    history.add("fault", name, who="faults", value={"phase": "inject", **value})
    try:
        inject()
        yield
    finally:
        try:
            heal()
        finally:
            history.add("fault", name, who="faults", value={"phase": "heal", **value})
