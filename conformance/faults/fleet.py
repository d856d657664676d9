"""The processes of a poison workload's target, started again when they die."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from onceproof.conformance.history.vocabulary import DIED
from onceproof.conformance.session import Session
from onceproof.conformance.targets.restart import RestartingLevers, restart_fallen


@contextmanager
def keep_alive(session: Session, say: Callable[[str], None]) -> Iterator[Counter[str]]:
    """Start again each replica that ends by itself; yields how often each did.

    Each death is recorded as a fault of its own, from when it was seen until the replica is up.
    """
    levers, deaths = RestartingLevers(session.levers()), Counter[str]()
    session.target.levers = levers

    def note_fall(name: str) -> None:
        deaths[name] += 1
        say(f"{name} ended by itself")
        record(name, "inject")

    def note_try(name: str, up: bool) -> None:
        record(name, "heal", up=up)

    def record(name: str, phase: str, **more: bool) -> None:
        value = {"phase": phase, "replica": name, "recovery_ms": session.recovery_ms, **more}
        session.history.add("fault", DIED, who="faults", value=value)

    names = [each.name for each in session.target.replicas]
    with restart_fallen(levers, names, note_fall, note_try):
        yield deaths
