"""Faults of the network, through the wiring of two replicas, and what the history says of each."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from onceproof.conformance.faults import networks
from onceproof.conformance.faults.wiring import CLIENTS, POSTGRES, REDIS, Wiring
from onceproof.conformance.history import Recorder, read


class Server:
    """Says hello to whoever connects, and echoes."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                threading.Thread(target=self._echo, args=(client,), daemon=True).start()

    def _echo(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            while data := client.recv(1000):
                client.sendall(data)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Any]:
    with Recorder(tmp_path / "history.jsonl") as history:
        yield SimpleNamespace(history=history, recovery_ms=1000)


@pytest.fixture
def wiring() -> Iterator[Wiring]:
    postgres, redis, api = Server(), Server(), Server()
    made = Wiring(
        f"postgresql://me:geheim%40@127.0.0.1:{postgres.port}/data?sslmode=disable",
        f"redis://127.0.0.1:{redis.port}/3",
    )
    with made:
        for replica in ("worker-1", "worker-2"):
            made.env_of(replica)
        made.add("api-1", CLIENTS, ("127.0.0.1", api.port))
        yield made


@contextlib.contextmanager
def connect(wiring: Wiring, replica: str, what: str) -> Iterator[socket.socket]:
    port = wiring.between(replica, what).port
    with socket.create_connection(("127.0.0.1", port), 5) as made:
        assert answers(made)
        yield made


def silent(made: socket.socket) -> bool:
    return not answers(made, within_s=0.3)


def answers(made: socket.socket, within_s: float = 10.0) -> bool:
    made.settimeout(within_s)
    try:
        made.sendall(b"x")
        return made.recv(1) == b"x"
    except (TimeoutError, ConnectionError):
        return False


def list_faults(session: Any) -> list[tuple[str, str, Any, bool]]:
    session.history.flush()
    return [
        (r.op, r.value["phase"], r.value.get("replica"), r.value.get("loses_streams", False))
        for r in read(session.history.path)
    ]


def test_each_replica_has_its_own_ways_and_the_same_ones_when_it_is_started_again(
    wiring: Wiring,
) -> None:
    one, two = wiring.env_of("worker-1"), wiring.env_of("worker-2")
    assert one == wiring.env_of("worker-1")
    assert one["DATABASE_URI"] != two["DATABASE_URI"]
    port = wiring.between("worker-1", POSTGRES).port
    expected = f"postgresql://me:geheim%40@127.0.0.1:{port}/data?sslmode=disable"
    assert one["DATABASE_URI"] == expected
    assert one["REDIS_URI"] == f"redis://127.0.0.1:{wiring.between('worker-1', REDIS).port}/3"


def test_a_partition_concerns_one_replica_and_one_service(session: Any, wiring: Wiring) -> None:
    with (
        connect(wiring, "worker-1", REDIS) as cut_off,
        connect(wiring, "worker-1", POSTGRES) as database,
        connect(wiring, "worker-2", REDIS) as other,
    ):
        with networks.partition(session, wiring, "worker-1", REDIS, ["n"]):
            assert silent(cut_off)
            assert answers(database)
            assert answers(other)
        assert answers(cut_off)
    assert list_faults(session) == [
        ("redis-partitioned", "inject", "worker-1", False),
        ("redis-partitioned", "heal", "worker-1", False),
    ]


def test_half_open_is_for_every_replica_and_for_what_is_established(
    session: Any, wiring: Wiring
) -> None:
    with connect(wiring, "worker-1", REDIS) as one, connect(wiring, "worker-2", REDIS) as two:
        with networks.half_open(session, wiring, REDIS):
            assert silent(one)
            assert silent(two)
            with connect(wiring, "worker-1", REDIS) as new:
                assert answers(new)
        assert silent(one)
    assert list_faults(session)[0] == ("redis-half-open", "inject", None, True)


def test_severed_connections_can_be_made_again(session: Any, wiring: Wiring) -> None:
    established = connect(wiring, "worker-1", POSTGRES)
    with established as one, networks.sever(session, wiring, POSTGRES):
        assert silent(one)
        with connect(wiring, "worker-1", POSTGRES) as new:
            assert answers(new)
    assert [each[:2] for each in list_faults(session)] == [
        ("postgres-cut", "inject"),
        ("postgres-cut", "heal"),
    ]


def test_refused_connections_cannot_be_made_until_it_is_healed(
    session: Any, wiring: Wiring
) -> None:
    with connect(wiring, "worker-2", POSTGRES) as one:
        with networks.refuse(session, wiring, POSTGRES):
            assert silent(one)
            with pytest.raises(ConnectionRefusedError), connect(wiring, "worker-1", POSTGRES):
                pass
        with connect(wiring, "worker-1", POSTGRES) as new:
            assert answers(new)


def test_slow_is_slow_while_it_lasts(session: Any, wiring: Wiring) -> None:
    with connect(wiring, "worker-1", POSTGRES) as one:
        with networks.slow_down(session, wiring, POSTGRES, 5.0):
            assert silent(one)
        one.settimeout(5)
        assert one.recv(1) == b"x"


def test_a_lost_ack_and_a_truncated_answer_end_the_connection(session: Any, wiring: Wiring) -> None:
    with connect(wiring, "api-1", CLIENTS) as one, networks.lose_acks(session, wiring, "api-1"):
        assert silent(one)
    truncated = networks.truncate_answers(session, wiring, "api-1", 2)
    with connect(wiring, "api-1", CLIENTS) as one, truncated:
        one.sendall(b"answer")
        assert one.recv(2) == b"an"
        with pytest.raises(ConnectionResetError):
            one.recv(1)
    names = {name for name, *_ in list_faults(session)}
    assert names == {"ack-lost", "answer-truncated"}


def test_it_is_healed_though_the_block_fails(session: Any, wiring: Wiring) -> None:
    with pytest.raises(ValueError), networks.refuse(session, wiring, REDIS):
        raise ValueError
    with connect(wiring, "worker-1", REDIS) as made:
        assert answers(made)
