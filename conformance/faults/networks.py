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


def partitioned(
    session: Session,
    wiring: Wiring,
    replica: str,
    service: str,
    nonces: Sequence[str] | None = None,
) -> AbstractContextManager[None]:
    """One replica and "postgres" or "redis" hear nothing of each other; packets are sent again."""
    return _broken(
        session,
        f"{service}-partitioned",
        [wiring.between(replica, service)],
        Proxy.hold,
        replica=replica,
        nonces=nonces,
    )


def half_open(session: Session, wiring: Wiring, service: str) -> AbstractContextManager[None]:
    """Every connection to it is silent and stays so; nobody is told. New ones work."""
    return _broken(
        session,
        f"{service}-half-open",
        wiring.towards(service),
        Proxy.half_open,
        # What is published into such a connection was sent for all that its sender can tell.
        loses_streams=service == REDIS,
    )


def severed(session: Session, wiring: Wiring, service: str) -> AbstractContextManager[None]:
    """Every connection to it is reset, once."""
    return _broken(session, f"{service}-cut", wiring.towards(service), Proxy.cut)


def refused(session: Session, wiring: Wiring, service: str) -> AbstractContextManager[None]:
    """Connections to it are reset, and new ones refused."""

    def refuse(proxy: Proxy) -> None:
        proxy.refuse()
        proxy.cut()

    return _broken(session, f"{service}-refused", wiring.towards(service), refuse)


def slowed(
    session: Session, wiring: Wiring, service: str, delay_s: float
) -> AbstractContextManager[None]:
    """Whatever goes to it or comes from it is late by `delay_s`."""
    proxies = wiring.towards(service)
    return _broken(session, f"{service}-slow", proxies, lambda proxy: proxy.slow(delay_s=delay_s))


def acks_lost(session: Session, wiring: Wiring, replica: str) -> AbstractContextManager[None]:
    """Requests to an API replica are applied, and their answers cut before the first byte."""
    proxy = wiring.between(replica, CLIENTS)
    return _broken(session, "ack-lost", [proxy], Proxy.cut_answers, replica=replica)


def answers_truncated(
    session: Session, wiring: Wiring, replica: str, after_bytes: int
) -> AbstractContextManager[None]:
    """Answers of an API replica are cut after so many bytes, in the midst of a body or stream."""
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
