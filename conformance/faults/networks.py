"""Faults of the network, each on the connections of a `Wiring`.

What is healed is the proxy and not the connection: one that was cut or went silent has to be made
anew by whoever needs it.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from onceproof.conformance.faults.proxy import Proxy
from onceproof.conformance.faults.record import fault
from onceproof.conformance.faults.wiring import CLIENTS, REDIS, Wiring
from onceproof.conformance.session import Session


def partition(
    session: Session,
    wiring: Wiring,
    replica: str,
    service: str,
    nonces: Sequence[str] | None = None,
) -> AbstractContextManager[None]:
    """Separate one replica from "postgres" or "redis"; their packets are held and sent later."""
    return _broken(
        session,
        f"{service}-partitioned",
        [wiring.between(replica, service)],
        Proxy.hold,
        replica=replica,
        nonces=nonces,
    )


def half_open(session: Session, wiring: Wiring, service: str) -> AbstractContextManager[None]:
    """Let every connection to it fall silent for good, without an error. New ones work."""
    return _broken(
        session,
        f"{service}-half-open",
        wiring.towards(service),
        Proxy.half_open,
        # To its sender, what is published into such a connection looks sent.
        loses_streams=service == REDIS,
    )


def sever(session: Session, wiring: Wiring, service: str) -> AbstractContextManager[None]:
    """Reset every connection to it, once."""
    return _broken(session, f"{service}-cut", wiring.towards(service), Proxy.cut)


def refuse(session: Session, wiring: Wiring, service: str) -> AbstractContextManager[None]:
    """Refuse new connections to it, and reset those there are."""

    def refuse_all(proxy: Proxy) -> None:
        proxy.refuse()
        proxy.cut()

    return _broken(session, f"{service}-refused", wiring.towards(service), refuse_all)


def slow_down(
    session: Session, wiring: Wiring, service: str, delay_s: float
) -> AbstractContextManager[None]:
    """Add a delay of `delay_s` to everything that goes to it or comes from it."""
    proxies = wiring.towards(service)
    return _broken(session, f"{service}-slow", proxies, lambda proxy: proxy.slow(delay_s=delay_s))


def lose_acks(session: Session, wiring: Wiring, replica: str) -> AbstractContextManager[None]:
    """Cut the answers of an API replica before the first byte; requests are applied."""
    proxy = wiring.between(replica, CLIENTS)
    return _broken(session, "ack-lost", [proxy], Proxy.cut_answers, replica=replica)


def truncate_answers(
    session: Session, wiring: Wiring, replica: str, after_bytes: int
) -> AbstractContextManager[None]:
    """Cut the answers of an API replica after `after_bytes`, in the middle of a body or stream."""
    return _broken(
        session,
        "answer-truncated",
        [wiring.between(replica, CLIENTS)],
        lambda proxy: proxy.cut_answers(after_bytes),
        replica=replica,
    )


def _broken(
    session: Session,
    name: str,
    proxies: Sequence[Proxy],
    act: Callable[[Proxy], object],
    *,
    replica: str | None = None,
    nonces: Sequence[str] | None = None,
    loses_streams: bool = False,
) -> AbstractContextManager[None]:
    def each(do: Callable[[Proxy], object]) -> None:
        for proxy in proxies:
            do(proxy)

    return fault(
        session.history,
        name,
        inject=lambda: each(act),
        heal=lambda: each(Proxy.heal),
        recovery_ms=session.recovery_ms,
        replica=replica,
        nonces=nonces,
        loses_streams=loses_streams,
    )
