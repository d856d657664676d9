"""Ask a PostgreSQL or a Redis for its version, and turn every refusal into one sentence.

Three mistakes look alike in a client's traceback and need different hands: a URI that cannot
be read, a server that does not answer, and a login it turns down. Each has its own sentence
here, none of which carries a password. Connecting is bounded at `CONNECT_S` seconds.
"""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn, TypeVar

import asyncpg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from onceproof.conformance.errors import StackError, UsageError
from onceproof.conformance.stacks.uris import postgres_flaw, redact, redis_flaw

CONNECT_S = 5.0
_STATEMENT_S = 30.0
_POSTGRES_FORM = "postgresql://user:password@host:5432/database"
_REDIS_FORM = "redis://:password@host:6379/0"

T = TypeVar("T")


def postgres_version(uri: str, label: str) -> str:
    """Log in and return the server's version, such as "16.2"."""

    async def version(connection: asyncpg.Connection) -> str:
        # Told at login: a query more could fail behind a pooler in transaction mode.
        return connection.get_settings().server_version.split()[0]

    return ask_postgres(uri, label, version)


def execute(uri: str, statement: str, label: str) -> None:
    """Run one statement outside of a transaction; a refusal is a StackError."""

    async def run(connection: asyncpg.Connection) -> None:
        await connection.execute(statement, timeout=_STATEMENT_S)

    ask_postgres(uri, label, run)


def redis_version(uri: str, label: str) -> str:
    """Log in and return the server's version, such as "7.2.4" or "valkey 8.0.1"."""
    info = redis_info(uri, label)
    if "valkey_version" in info:
        return f"valkey {info['valkey_version']}"
    return str(info["redis_version"])


def redis_info(uri: str, label: str) -> Mapping[str, Any]:
    """Return the section `server` of INFO, after selecting the database of the URI."""
    return ask_redis(uri, label, lambda client: client.info("server"))


def ask_redis(uri: str, label: str, use: Callable[[redis.Redis], T]) -> T:
    """Return what `use` makes of a client that is bounded at `CONNECT_S` in each wait."""
    if flaw := redis_flaw(uri):
        _refuse_uri(uri, label, f"{flaw}; write it like {_REDIS_FORM}")
    try:
        with redis.Redis.from_url(
            uri,
            socket_connect_timeout=CONNECT_S,
            socket_timeout=CONNECT_S,
            retry=Retry(NoBackoff(), 0),  # the client's own retries would stretch the bound
        ) as client:
            return use(client)
    except (ValueError, TypeError):
        _refuse_uri(uri, label, f"its options are not well formed; write it like {_REDIS_FORM}")
    except redis.AuthenticationError:
        _wrong_login(uri, label)
    except redis.TimeoutError as error:
        raise _silent(uri, label) from error
    except redis.ConnectionError as error:
        raise _unreachable(uri, label, _cause(error)) from error
    except redis.RedisError as error:
        raise StackError(f"{label} at {redact(uri)!r} refused the session: {error}") from error


async def connect_postgres(uri: str) -> asyncpg.Connection:
    """Connect as `ask_postgres` does; raises what the driver raises."""
    return await asyncpg.connect(uri, timeout=CONNECT_S, statement_cache_size=0)


def ask_postgres(
    uri: str, label: str, use: Callable[[asyncpg.Connection], Coroutine[Any, Any, T]]
) -> T:
    """Return what `use` makes of a connection, which keeps no prepared statement: a pooler may hand
    it another session for each transaction."""

    async def session() -> T:
        connection = await connect_postgres(uri)
        try:
            return await use(connection)
        finally:
            await connection.close(timeout=CONNECT_S)

    # A thread of its own: the caller may already stand inside a running event loop.
    with ThreadPoolExecutor(1) as thread:
        try:
            return thread.submit(asyncio.run, session()).result()
        except (ValueError, OverflowError):
            # `from None` in there: the client's text quotes pieces of the password.
            _refuse_uri(uri, label, f"{postgres_flaw(uri)}; write it like {_POSTGRES_FORM}")
        except asyncpg.InvalidAuthorizationSpecificationError:
            _wrong_login(uri, label)
        except TimeoutError as error:
            raise _silent(uri, label) from error
        except OSError as error:
            raise _unreachable(uri, label, _cause(error)) from error
        except asyncpg.PostgresError as error:
            reason = str(error).rstrip(".")
            raise StackError(f"{label} at {redact(uri)!r} refused: {reason}") from error


def _refuse_uri(uri: str, label: str, flaw: str) -> NoReturn:
    raise UsageError(f"{label} {redact(uri)!r} cannot be read: {flaw}") from None


def _wrong_login(uri: str, label: str) -> NoReturn:
    raise StackError(
        f"{label} at {redact(uri)!r} answers but turns the login down; "
        "correct the user name and the password"
    ) from None


def _silent(uri: str, label: str) -> StackError:
    return StackError(
        f"{label} at {redact(uri)!r} did not answer within {CONNECT_S:g} s; "
        "check host, port and the firewall between"
    )


def _unreachable(uri: str, label: str, cause: str) -> StackError:
    return StackError(
        f"nothing answers for {label} at {redact(uri)!r}: {cause}; "
        "start the server or correct the address"
    )


def _cause(error: BaseException) -> str:
    """The operating system's own words, below what a client wraps around them."""
    deepest = error
    while isinstance(deepest.__context__, OSError):
        deepest = deepest.__context__
    if isinstance(deepest, socket.gaierror):
        return "unknown host name"
    if isinstance(deepest, ConnectionRefusedError):
        return "connection refused"
    if isinstance(deepest, FileNotFoundError):
        return "no such socket"
    return getattr(deepest, "strerror", None) or str(deepest).rstrip(".")
