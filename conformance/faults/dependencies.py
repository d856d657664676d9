"""Faults of what the target depends on: Redis emptied, and either of the two restarted or gone."""

from contextlib import AbstractContextManager

import redis

from conformance.errors import StackError
from conformance.faults.record import fault
from conformance.session import Session
from conformance.stacks import StackLevers


def flush_redis(session: Session) -> AbstractContextManager[None]:
    """FLUSHALL: buffers, and whatever queue a server keeps there, are gone at once."""

    def flush() -> None:
        with redis.Redis.from_url(session.stack.redis_uri, socket_timeout=5) as client:
            client.flushall()

    return fault(
        session.history,
        "redis-flushed",
        inject=flush,
        heal=lambda: None,
        recovery_ms=session.recovery_ms,
        loses_streams=True,
    )


def deaf_to_redis(session: Session) -> AbstractContextManager[None]:
    """Cut every connection that listens to Redis; whoever listened has to notice and come back.

    No buffer is lost by it: what was published meanwhile can still be read.
    """

    def cut() -> None:
        with redis.Redis.from_url(session.stack.redis_uri, socket_timeout=5) as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")

    return fault(
        session.history,
        "redis-listeners-cut",
        inject=cut,
        heal=lambda: None,
        recovery_ms=session.recovery_ms,
    )


def restart_redis(session: Session) -> AbstractContextManager[None]:
    """Stop Redis and start it again, empty; the block runs when it answers."""
    return fault(
        session.history,
        "redis-restarted",
        inject=_levers(session).restart_redis,
        heal=lambda: None,
        recovery_ms=session.recovery_ms,
        loses_streams=True,
    )


def restart_postgres(session: Session) -> AbstractContextManager[None]:
    """Stop Postgres in good order, cutting its sessions, and start it; the block runs after."""
    return fault(
        session.history,
        "postgres-restarted",
        inject=_levers(session).restart_postgres,
        heal=lambda: None,
        recovery_ms=session.recovery_ms,
    )


def killed_service(session: Session, service: str) -> AbstractContextManager[None]:
    """SIGKILL for "postgres" or "redis", which is gone during the block and then started again."""
    levers = _levers(session)
    return fault(
        session.history,
        f"{service}-killed",
        inject=lambda: levers.kill(service),
        heal=lambda: levers.start(service),
        recovery_ms=session.recovery_ms,
        loses_streams=service == "redis",
    )


def _levers(session: Session) -> StackLevers:
    levers = session.stack.levers()
    if levers is None:
        raise StackError(f"a stack of kind {session.stack.kind!r} cannot be restarted by us")
    return levers
