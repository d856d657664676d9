"""The embedded stack serves honestly, isolates, and leaves nothing behind."""

import asyncio
import os
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import psutil
import pytest

from onceproof.conformance.errors import StackError, UsageError
from onceproof.conformance.stacks import Stack, open_stack, servers
from tests.stacks.clients import Harness, fetch, left_over, redis_at


def test_both_servers_answer_and_tell_their_versions(embedded: Stack) -> None:
    description = embedded.describe()

    assert description["kind"] == "embedded"
    assert fetch(embedded.database_uri, "SHOW server_version").startswith(description["postgres"])
    assert redis_at(embedded.redis_uri).info()["redis_version"] in description["redis"]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("max_connections", "300"),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
    ],
)
def test_postgres_is_durable_and_private(embedded: Stack, setting: str, value: str) -> None:
    assert fetch(embedded.database_uri, f"SHOW {setting}") == value


def test_postgres_turns_a_wrong_password_down(embedded: Stack) -> None:
    parts = urlsplit(embedded.database_uri)
    with pytest.raises(asyncpg.InvalidPasswordError):
        fetch(f"postgresql://postgres:guess@127.0.0.1:{parts.port}/postgres", "SELECT 1")


def test_redis_listens_on_the_loopback_only_and_persists_nothing(embedded: Stack) -> None:
    client = redis_at(embedded.redis_uri)
    assert client.config_get("bind") == {"bind": "127.0.0.1"}
    assert client.config_get("save") == {"save": ""}
    assert client.config_get("appendonly") == {"appendonly": "no"}


def test_ports_are_below_the_ephemeral_range(embedded: Stack) -> None:
    for uri in (embedded.database_uri, embedded.redis_uri):
        port = urlsplit(uri).port
        assert port is not None
        assert port < 32768


def test_an_added_database_is_empty_and_apart(embedded: Stack) -> None:
    other = embedded.add_database("apart")
    fetch(embedded.database_uri, "CREATE TABLE mine (x int)")

    assert fetch(other, "SELECT current_database()") == "apart"
    assert fetch(other, "SELECT to_regclass('mine')") is None


def test_adding_the_same_database_twice_is_refused(embedded: Stack) -> None:
    embedded.add_database("twice")
    with pytest.raises(StackError, match="already exists"):
        embedded.add_database("twice")


@pytest.mark.parametrize("name", ["", "UPPER", 'x"; DROP TABLE runs; --', "1st", "x" * 64])
def test_a_database_name_that_would_need_quoting_is_refused(embedded: Stack, name: str) -> None:
    with pytest.raises(UsageError, match="lower-case"):
        embedded.add_database(name)


def test_redis_numbers_are_apart(embedded: Stack) -> None:
    first, second = (redis_at(embedded.redis_number(number)) for number in (1, 2))
    first.set("key", "value")

    assert second.get("key") is None
    assert first.get("key") == "value"


def test_stop_leaves_no_process_and_no_folder(open_folder: Path) -> None:
    folder = open_folder / "leaves-nothing"
    stack = open_stack("embedded", folder, {})
    stack.start()
    pids = [member.pid for member in psutil.Process().children(recursive=True)]
    ours = [pid for pid in pids if str(folder) in " ".join(psutil.Process(pid).cmdline())]
    assert len(list(folder.iterdir())) == 1
    assert len(ours) >= 2  # the guard and the postmaster name the folder

    stack.stop()
    stack.stop()

    assert left_over(ours, *folder.iterdir(), wait_s=0) == []


def test_starting_twice_is_refused_and_harms_nothing(embedded: Stack) -> None:
    with pytest.raises(StackError, match="already started"):
        embedded.start()
    assert fetch(embedded.database_uri, "SELECT 1") == 1


def test_it_serves_a_caller_inside_an_event_loop(embedded: Stack) -> None:
    async def inside() -> str:
        return embedded.add_database("looped")

    assert asyncio.run(inside()).endswith("/looped")


def test_a_port_taken_in_the_last_moment_costs_another_try(
    embedded: Stack, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = [urlsplit(uri).port for uri in (embedded.redis_uri, embedded.database_uri)]
    real = servers.free_port
    monkeypatch.setattr(servers, "free_port", lambda: taken.pop(0) if taken else real())

    with open_stack("embedded", open_folder / "taken", {}) as stack:
        assert fetch(stack.database_uri, "SELECT 1") == 1
        assert stack.redis_uri != embedded.redis_uri
    assert taken == []


def test_a_failing_start_says_why_and_leaves_nothing(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = open_folder / "failing"
    monkeypatch.setitem(servers._POSTGRES_SETTINGS, "shared_buffers", "plenty")

    with pytest.raises(StackError, match=r"embedded postgres did not start.*shared_buffers"):
        open_stack("embedded", folder, {}).start()

    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("then", ["raise RuntimeError('gone')", "stack._guard._shell.kill()"])
def test_nothing_is_left_when_nobody_called_stop(open_folder: Path, then: str) -> None:
    harness = Harness(open_folder / "exits", then)
    harness.finish()
    assert len(harness.pids) >= 4
    assert left_over(harness.pids, wait_s=0) == []


@pytest.mark.parametrize("then", ["", "stack.levers().pause('postgres');"])
def test_nothing_is_left_when_the_harness_is_killed(open_folder: Path, then: str) -> None:
    harness = Harness(open_folder / "killed", then + "print('ready', flush=True); time.sleep(60)")
    assert harness.process.stdout is not None
    assert harness.process.stdout.readline() == "ready\n"

    harness.kill()

    assert len(harness.pids) >= 4
    assert left_over(harness.pids, harness.home) == []


def test_a_forked_child_does_not_stop_its_parents_servers(embedded: Stack) -> None:
    pid = os.fork()
    if pid == 0:
        embedded.stop()  # as its inherited exit handler would
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert fetch(embedded.database_uri, "SELECT 1") == 1
