"""Faults of what the target depends on: Redis emptied, and either of the two restarted or gone."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import redis

from onceproof.conformance.errors import StackError
from onceproof.conformance.faults.guest import demand_own_redis
from onceproof.conformance.faults.record import fault
from onceproof.conformance.session import Session
from onceproof.conformance.stacks import StackLevers


def flush_redis(session: Session) -> AbstractContextManager[None]:
    """Send FLUSHALL: buffers, and whatever queue a server keeps there, are gone at once."""

    demand_own_redis(session)

    def flush() -> None:
        with redis.Redis.from_url(session.stack.redis_uri, socket_timeout=5) as client:
            client.flushall()

    return _sudden(session, "redis-flushed", flush, loses_streams=True)


def cut_redis_listeners(session: Session) -> AbstractContextManager[None]:
    """Cut every connection that listens to Redis; whoever listened has to notice and come back.

    No buffer is lost by it: what was published meanwhile can still be read.
    """

    demand_own_redis(session)

    def cut() -> None:
        with redis.Redis.from_url(session.stack.redis_uri, socket_timeout=5) as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")

    return _sudden(session, "redis-listeners-cut", cut)


def restart_redis(session: Session) -> AbstractContextManager[None]:
    """Stop Redis and start it again, empty; the block runs when it answers."""
    restart = _breaking(session).restart_redis
    return _sudden(session, "redis-restarted", restart, loses_streams=True)


def restart_postgres(session: Session) -> AbstractContextManager[None]:
    """Stop Postgres in good order, cutting its sessions, and start it; the block runs after."""
    return _sudden(session, "postgres-restarted", _breaking(session).restart_postgres)


def kill_service(session: Session, service: str) -> AbstractContextManager[None]:
    """Kill "postgres" or "redis" (SIGKILL) for the length of the block, then start it again."""
    levers = _breaking(session)
    return fault(
        session.history,
        f"{service}-killed",
        inject=lambda: levers.kill(service),
        heal=lambda: levers.start(service),
        recovery_ms=session.recovery_ms,
        loses_streams=service == "redis",
    )


def _sudden(
    session: Session, name: str, act: Callable[[], object], *, loses_streams: bool = False
) -> AbstractContextManager[None]:
    """A fault that is over as soon as it is done, and felt for a while."""
    return fault(
        session.history,
        name,
        inject=act,
        heal=lambda: None,
        recovery_ms=session.recovery_ms,
        loses_streams=loses_streams,
    )


def _breaking(session: Session) -> StackLevers:
    levers = session.stack.levers()
    if levers is None:
        raise StackError(f"onceproof cannot restart a stack of kind {session.stack.kind!r}")
    session.outages += 1
    return levers
