"""What the doctor says of a Postgres and a Redis that make a server lose or refuse work."""

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
from onceproof.conformance.preflight.stack.sharing import find_strangers
from onceproof.conformance.stacks.embedded import EmbeddedStack
from onceproof.conformance.stacks.uris import with_redis_number
from tests.preflight.broken import Broken, run_broken
from tests.preflight.pooler import run_pgbouncer
from tests.preflight.test_doctor import doctor

GOOD = Postgres("16.2", 16, "agents", most=97, used=12)
INFO = {"redis_version": "7.2.4", "maxmemory": 0, "role": "master"}
FULL = {"maxmemory": 2**26, "used_memory": 0.95 * 2**26, "maxmemory_policy": "noeviction"}

FLAWS = {
    "pooler": (replace(GOOD, changes_sessions=True), "a pooler in transaction mode stands before"),
    "small pool": (replace(GOOD, keeps_waiting=True), "a second connection has to wait while"),
    "standby": (
        replace(GOOD, standby=True),
        "it is a standby, where nothing can be written; name the primary",
    ),
    "full disk": (
        replace(GOOD, read_only=True),
        "nothing can be written to it; see whether its disk is full",
    ),
    "old": (replace(GOOD, version="12.1", major=12), "it is older than Postgres 14; upgrade it"),
    "connections": (replace(GOOD, used=95), "only 2 of 97 connections are free; raise"),
    "slot": (replace(GOOD, kept_bytes=3 * 2**30), "keeps 3 GiB of its log, which fills its disk"),
    "archive": (replace(GOOD, fails_to_archive=True), "its log cannot be archived, which fills"),
    "shared": (
        replace(GOOD, clients=("agents", "billing")),
        "agents, billing: are they of several deployments? If so, give each one a database",
    ),
    "evicting": (
        Redis(INFO | {"maxmemory": 2**26, "maxmemory_policy": "allkeys-lru"}),
        "it evicts keys when it is full (allkeys-lru), and with them events of streams; set",
    ),
    "full": (Redis(INFO | FULL), "95 % of its memory is in use; raise maxmemory"),
    "replica": (Redis(INFO | {"role": "slave"}), "it is a replica, where nothing can be written"),
    "cluster": (
        Redis(INFO | {"cluster_enabled": 1}),
        "it is a cluster, which has no numbers; name a Redis without",
    ),
    "no disk": (
        Redis(INFO | {"rdb_last_bgsave_status": "err"}),
        "it cannot write to its disk (rdb_last_bgsave_status); see",
    ),
    "clients": (
        Redis(INFO | {"maxclients": 100, "connected_clients": 95}),
        "95 of 100 connections are in use; raise maxclients",
    ),
    "redis 5": (Redis(INFO | {"redis_version": "5.0.14"}), "it is older than Redis 6; upgrade it"),
    "names": (Redis(INFO, 3, names=("a", "b")), "call themselves a, b: are they of several dep"),
    "number": (Redis(INFO, 3, ("Celery",)), "number 3 holds keys of Celery; give each application"),
}


@pytest.mark.parametrize("name", FLAWS)
def test_a_flaw_is_named_with_what_to_do(name: str) -> None:
    found, sentence = FLAWS[name]
    _, [described, finding] = ask_stack(lambda uri: found, "")
    assert (described.outcome, finding.outcome) == (Outcome.OK, Outcome.WARNING)
    assert sentence in finding.sentence


def describe(found: Postgres | Redis) -> str:
    _, [finding] = ask_stack(lambda uri: found, "")
    return finding.sentence


def test_what_is_well_is_described() -> None:
    assert describe(GOOD) == "Postgres 16.2, 12 of 97 connections in use"
    well = Redis(INFO | {"maxmemory": 2**26, "valkey_version": "8.0.1"}, 2)
    assert describe(well) == "Valkey 8.0.1, number 2, at most 64 MiB of memory"


HERE = replace(GOOD, addresses=("10.0.0.1", "10.0.0.2"))


@pytest.mark.parametrize(
    ("addresses", "sentences"),
    [
        (("10.0.0.1", "10.0.0.2"), []),
        (("10.0.0.9",), []),  # as through a proxy or a pooler
        ((), []),
        (
            ("10.0.0.1", "10.0.0.2", "10.0.0.9"),
            ["clients at 10.0.0.9 use number 2 of this Redis, but not database 'agents': are they"],
        ),
        (
            ("10.0.0.1",),
            ["clients at 10.0.0.2 use database 'agents', but not number 2 of this Redis: are they"],
        ),
    ],
)
def test_whoever_uses_only_one_of_the_two_may_be_of_another_deployment(
    addresses: tuple[str, ...], sentences: list[str]
) -> None:
    found = find_strangers(HERE, Redis(INFO, 2, addresses=addresses))
    asked = [flaw.said.split(" of another")[0] for flaw in found]
    assert asked == sentences


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
    assert any(line.startswith("ok          postgres     Postgres ") for line in lines)
    assert any(line.startswith("ok          redis        Redis ") for line in lines)
    assert urlsplit(stack.database_uri).password not in "".join(lines)


def test_a_redis_that_evicts_and_is_shared(stack: EmbeddedStack) -> None:
    uri = with_redis_number(stack.redis_uri, 9)
    with redis.Redis.from_url(uri) as client:
        client.config_set("maxmemory", 2**26)
        client.config_set("maxmemory-policy", "volatile-ttl")
        client.set("_kombu.binding.celery", 1)
        client.set("bull:mails:1", 1)
        _, findings = ask_stack(read_redis, uri)
        client.config_set("maxmemory", 0)
        client.config_set("maxmemory-policy", "noeviction")
        client.flushdb()
    described, evicts, shared = (each.sentence for each in findings)
    assert described.endswith(", number 9, at most 64 MiB of memory")
    assert evicts.startswith("it evicts keys when it is full (volatile-ttl)")
    assert shared.startswith("number 9 holds keys of BullMQ, Celery; give")


def test_nobody_there_is_one_sentence_without_the_password() -> None:
    for read, uri in (
        (read_postgres, "postgresql://me:s3cret-pw@127.0.0.1:1/d"),
        (read_redis, "redis://:s3cret-pw@127.0.0.1:1/0"),
    ):
        _, [finding] = ask_stack(read, uri)
        assert finding.outcome is Outcome.UNREACHABLE
        assert "connection refused; start the server or correct the address" in finding.sentence
        assert "s3cret" not in finding.sentence


@pytest.mark.parametrize(("mode", "is_named"), [("transaction", True), ("session", False)])
def test_a_real_pooler_is_seen_by_its_mode(
    mode: str, is_named: bool, stack: EmbeddedStack, tmp_path: Path
) -> None:
    with run_pgbouncer(tmp_path, stack.database_uri, mode) as uri:
        found = read_postgres(uri)
    assert found.changes_sessions is is_named
    assert not found.keeps_waiting
