"""Servers in containers, wherever an engine answers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from testcontainers.core.labels import LABEL_SESSION_ID, SESSION_ID

from onceproof.conformance.errors import StackError
from onceproof.conformance.stacks import Stack, open_stack
from tests.stacks.clients import fetch, redis_at
from tests.stacks.engines import list_by_label, needs_engine


def containers() -> set[str]:
    """Those that this process started; other tests may start some at the same time."""
    return set(list_by_label(f"{LABEL_SESSION_ID}={SESSION_ID}"))


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    before = containers()
    with open_stack("containers", Path("unused"), os.environ) as stack:
        yield stack
    assert containers() <= before


@needs_engine
def test_both_servers_answer_and_tell_versions_and_images(stack: Stack) -> None:
    description = stack.describe()
    assert fetch(stack.database_uri, "SHOW server_version").startswith(description["postgres"])
    assert redis_at(stack.redis_uri).info()["redis_version"] in description["redis"]
    assert description["postgres_image"] == os.environ.get("POSTGRES_IMAGE", "postgres:16-alpine")


@needs_engine
def test_databases_and_numbers_are_apart(stack: Stack) -> None:
    assert fetch(stack.add_database("apart"), "SELECT current_database()") == "apart"
    redis_at(stack.redis_number(1)).set("key", "value")
    assert redis_at(stack.redis_number(2)).get("key") is None


@needs_engine
def test_postgres_keeps_committed_data_through_restart_kill_and_pause(stack: Stack) -> None:
    levers = stack.levers()
    assert levers is not None
    fetch(stack.database_uri, "CREATE TABLE kept AS SELECT 1 AS x")

    levers.restart_postgres()
    assert fetch(stack.database_uri, "SELECT count(*) FROM kept") == 1

    levers.pause("postgres")
    with pytest.raises(TimeoutError):
        fetch(stack.database_uri, "SELECT 1", timeout_s=0.5)
    levers.kill("postgres")
    assert not levers.alive("postgres")
    levers.start("postgres")
    assert fetch(stack.database_uri, "SELECT count(*) FROM kept") == 1


@needs_engine
def test_resuming_a_service_that_is_not_paused_changes_nothing(stack: Stack) -> None:
    levers = stack.levers()
    assert levers is not None
    levers.resume("redis")
    assert redis_at(stack.redis_uri).ping()


@needs_engine
def test_redis_forgets_at_a_restart(stack: Stack) -> None:
    levers = stack.levers()
    assert levers is not None
    redis_at(stack.redis_uri).set("key", "value")
    levers.restart_redis()
    assert redis_at(stack.redis_uri).dbsize() == 0


@needs_engine
def test_an_image_that_cannot_be_had_is_named() -> None:
    before = containers()
    environ = {**os.environ, "REDIS_IMAGE": "127.0.0.1:1/absent:1"}
    with pytest.raises(
        StackError, match=r"'127.0.0.1:1/absent:1' could not be started.*REDIS_IMAGE"
    ):
        open_stack("containers", Path("unused"), environ).start()
    assert containers() <= before


@needs_engine
def test_an_image_without_a_server_is_named() -> None:
    image = os.environ.get("REDIS_IMAGE", "redis:7-alpine")
    environ = {**os.environ, "POSTGRES_IMAGE": image}
    with pytest.raises(StackError, match=r"runs no server that answers.*POSTGRES_IMAGE"):
        open_stack("containers", Path("unused"), environ).start()


def test_no_engine_names_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(
        StackError, match=r"no container engine that answers .*refused.*start Docker"
    ):
        open_stack("containers", Path("unused"), {}).start()
