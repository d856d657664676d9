"""What the doctor says of a Postgres and a Redis that make a server lose or refuse work."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from onceproof.conformance.preflight.finding import Outcome
from onceproof.conformance.preflight.stack.asked import ask_stack
from onceproof.conformance.preflight.stack.postgres import Postgres, read_postgres
from onceproof.conformance.preflight.stack.redis import Redis, read_redis
from onceproof.conformance.stacks.embedded import EmbeddedStack
from onceproof.conformance.stacks.ports import free_port
from onceproof.conformance.stacks.uris import with_redis_number
from onceproof.conformance.stacks.waiting import wait_for_start
from tests.access.nginx import is_listening
from tests.preflight.broken import Broken, run_broken
from tests.preflight.test_doctor import doctor

PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
GOOD = Postgres("16.2", 16, "agents", most=97, used=12)
INFO = {"redis_version": "7.2.4", "maxmemory": 0, "role": "master"}
FULL = {"maxmemory": 2**26, "used_memory": 0.95 * 2**26, "maxmemory_policy": "noeviction"}

FLAWS = {
    "pooler": (replace(GOOD, changes_sessions=True), "a pooler in transaction mode stands before"),
    "small pool": (replace(GOOD, keeps_waiting=True), "a second connection gets nothing while"),
    "standby": (replace(GOOD, standby=True), "it is a standby: nothing can be written"),
    "full disk": (replace(GOOD, read_only=True), "only allows reads: nothing can be written – see"),
    "old": (replace(GOOD, version="12.1", major=12), "it is older than Postgres 14 – upgrade it"),
    "connections": (replace(GOOD, used=95), "only 2 of 97 connections are free – raise"),
    "shared": (
        replace(GOOD, clients=("agents", "billing")),
        "database 'agents' has clients of 2 names: agents, billing – give each deployment a",
    ),
    "evicting": (
        Redis(INFO | {"maxmemory": 2**26, "maxmemory_policy": "allkeys-lru"}),
        "it evicts keys when it is full (allkeys-lru), and streams and wake-ups with them – set",
    ),
    "full": (Redis(INFO | FULL), "95 % of its memory are in use – raise maxmemory"),
    "replica": (Redis(INFO | {"role": "slave"}), "it is a replica: nothing can be written"),
    "cluster": (Redis(INFO | {"cluster_enabled": 1}), "it is a cluster – name a Redis without"),
    "no disk": (Redis(INFO | {"rdb_last_bgsave_status": "err"}), "could not write to its disk"),
    "clients": (
        Redis(INFO | {"maxclients": 100, "connected_clients": 95}),
        "95 of 100 connections are in use – raise maxclients",
    ),
    "redis 5": (Redis(INFO | {"redis_version": "5.0.14"}), "it is older than Redis 6 – upgrade it"),
    "number": (Redis(INFO, 3, ("Celery",)), "database 3 is shared with others: Celery – give each"),
}


@pytest.mark.parametrize("name", FLAWS)
def test_a_flaw_is_named_with_what_to_do(name: str) -> None:
    found, sentence = FLAWS[name]
    finding = ask_stack(lambda uri: found, "")
    assert finding.outcome is Outcome.WARNING
    assert sentence in finding.said
    assert len(list(found.flaws())) == 1


def test_what_is_well_is_described() -> None:
    assert ask_stack(lambda uri: GOOD, "").said == "Postgres 16.2, 12 of 97 connections in use"
    well = Redis(INFO | {"maxmemory": 2**26, "valkey_version": "8.0.1"}, 2)
    assert ask_stack(lambda uri: well, "").said == "Valkey 8.0.1, at most 64 MiB, database 2"


# -- real ones -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    made = EmbeddedStack(tmp_path_factory.mktemp("stack"))
    made.start()
    yield made
    made.stop()


def test_the_doctor_looks_at_the_stack(
    stack: EmbeddedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    uris = ("--database-uri", stack.database_uri, "--redis-uri", stack.redis_uri)
    alone = Broken("", answers={"/assistants/search": (200, [{"graph_id": "agent"}])})
    with run_broken(alone) as url:
        status, lines = doctor(capsys, "--url", url, *uris)
    assert status == 0
    assert lines[-2].startswith("ok          postgres     Postgres ")
    assert lines[-1].startswith("ok          redis        Redis ")
    assert urlsplit(stack.database_uri).password not in "".join(lines)


def test_a_redis_that_evicts_and_is_shared(stack: EmbeddedStack) -> None:
    uri = with_redis_number(stack.redis_uri, 9)
    with redis.Redis.from_url(uri) as client:
        client.config_set("maxmemory", 2**26)
        client.config_set("maxmemory-policy", "volatile-ttl")
        client.set("_kombu.binding.celery", 1)
        client.set("bull:mails:1", 1)
        said = ask_stack(read_redis, uri).said
        client.config_set("maxmemory", 0)
        client.config_set("maxmemory-policy", "noeviction")
        client.flushdb()
    assert "at most 64 MiB, database 9: it evicts keys when it is full (volatile-ttl)" in said
    assert "database 9 is shared with others: BullMQ, Celery" in said


def test_nobody_there_is_one_sentence_without_the_password() -> None:
    for read, uri in (
        (read_postgres, "postgresql://me:s3cret-pw@127.0.0.1:1/d"),
        (read_redis, "redis://:s3cret-pw@127.0.0.1:1/0"),
    ):
        finding = ask_stack(read, uri)
        assert finding.outcome is Outcome.UNREACHABLE
        assert "connection refused; start the server or correct the address" in finding.said
        assert "s3cret" not in finding.said


@pytest.mark.parametrize(("mode", "is_named"), [("transaction", True), ("session", False)])
def test_a_real_pooler_is_seen_by_its_mode(
    mode: str, is_named: bool, stack: EmbeddedStack, tmp_path: Path
) -> None:
    if PGBOUNCER is None:
        pytest.skip("pgbouncer is not installed")
    parts, port = urlsplit(stack.database_uri), free_port()
    (tmp_path / "users").write_text(f'"{parts.username}" "{parts.password}"\n', encoding="utf-8")
    (tmp_path / "pgbouncer.ini").write_text(
        f"[databases]\n* = host=127.0.0.1 port={parts.port}\n[pgbouncer]\n"
        f"listen_addr=127.0.0.1\nlisten_port={port}\nauth_type=plain\nunix_socket_dir=\n"
        f"auth_file={tmp_path}/users\npool_mode={mode}\n",
        encoding="utf-8",
    )
    for each in (tmp_path, *tmp_path.parents[:2]):
        each.chmod(0o755)
    command = [PGBOUNCER, "-q", "-u", "nobody", str(tmp_path / "pgbouncer.ini")]
    process = subprocess.Popen(command)
    try:
        assert wait_for_start(lambda: is_listening(port), 20)
        found = read_postgres(stack.database_uri.replace(f":{parts.port}/", f":{port}/"))
    finally:
        process.terminate()
        process.wait(20)
    assert found.changes_sessions is is_named
    assert not found.keeps_waiting
