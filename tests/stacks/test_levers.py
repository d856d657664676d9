"""Breaking a server of the embedded stack, and what it still knows afterwards."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from onceproof.conformance.errors import UsageError
from onceproof.conformance.stacks import Stack, StackLevers, open_stack
from tests.stacks.clients import fetch, redis_at


@pytest.fixture(scope="module")
def stack(open_folder: Path) -> Iterator[Stack]:
    with open_stack("embedded", open_folder / "levers", {}) as stack:
        fetch(stack.database_uri, "CREATE TABLE kept (what text)")
        yield stack


@pytest.fixture
def levers(stack: Stack) -> StackLevers:
    levers = stack.levers()
    assert levers is not None
    return levers


def count_rows(stack: Stack, what: str) -> int:
    return fetch(stack.database_uri, f"SELECT count(*) FROM kept WHERE what = '{what}'")


def test_a_restarted_postgres_keeps_what_was_committed(stack: Stack, levers: StackLevers) -> None:
    fetch(stack.database_uri, "INSERT INTO kept VALUES ('restart')")
    began = fetch(stack.database_uri, "SELECT pg_postmaster_start_time()")

    levers.restart_postgres()

    assert count_rows(stack, "restart") == 1
    assert fetch(stack.database_uri, "SELECT pg_postmaster_start_time()") > began


def test_a_killed_postgres_is_gone_and_comes_back_with_its_data(
    stack: Stack, levers: StackLevers
) -> None:
    fetch(stack.database_uri, "INSERT INTO kept VALUES ('kill')")

    levers.kill("postgres")

    assert not levers.alive("postgres")
    with pytest.raises(ConnectionRefusedError):
        fetch(stack.database_uri, "SELECT 1")
    levers.start("postgres")
    assert levers.alive("postgres")
    assert count_rows(stack, "kill") == 1


def test_a_paused_postgres_says_nothing_until_it_is_resumed(
    stack: Stack, levers: StackLevers
) -> None:
    query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
    checkpointer = psutil.Process(fetch(stack.database_uri, query))

    levers.pause("postgres")

    assert levers.alive("postgres")
    assert checkpointer.status() == psutil.STATUS_STOPPED  # in a session of its own
    with pytest.raises(TimeoutError):
        fetch(stack.database_uri, "SELECT 1", timeout_s=0.5)

    levers.resume("postgres")

    assert fetch(stack.database_uri, "SELECT 1") == 1


def test_a_paused_postgres_can_be_killed(stack: Stack, levers: StackLevers) -> None:
    levers.pause("postgres")
    levers.kill("postgres")
    assert not levers.alive("postgres")
    levers.start("postgres")
    assert fetch(stack.database_uri, "SELECT 1") == 1


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_redis_forgets_whatever_ends_it(stack: Stack, levers: StackLevers, how: str) -> None:
    redis_at(stack.redis_uri).set("key", "value")

    if how == "restart":
        levers.restart_redis()
    else:
        levers.kill("redis")
        assert not levers.alive("redis")
        levers.start("redis")

    assert redis_at(stack.redis_uri).dbsize() == 0


def test_a_paused_redis_says_nothing_until_it_is_resumed(stack: Stack, levers: StackLevers) -> None:
    client = redis.Redis.from_url(stack.redis_uri, socket_timeout=0.3, retry=None)
    levers.pause("redis")
    with pytest.raises(redis.TimeoutError):
        client.ping()
    levers.resume("redis")
    assert redis_at(stack.redis_uri).ping()


def test_starting_a_running_service_changes_nothing(stack: Stack, levers: StackLevers) -> None:
    redis_at(stack.redis_uri).set("key", "value")
    levers.start("redis")
    assert redis_at(stack.redis_uri).get("key") == "value"


def test_resuming_a_service_that_is_not_paused_changes_nothing(
    stack: Stack, levers: StackLevers
) -> None:
    levers.resume("redis")
    assert redis_at(stack.redis_uri).ping()


def test_an_unknown_service_is_named(levers: StackLevers) -> None:
    with pytest.raises(UsageError, match="no service 'mongo'; it has postgres, redis"):
        levers.kill("mongo")


def test_levers_of_a_stopped_stack_find_nothing(open_folder: Path) -> None:
    stack = open_stack("embedded", open_folder / "stopped", {})
    levers = stack.levers()
    assert levers is not None
    with pytest.raises(UsageError, match="not started"):
        levers.start("redis")
