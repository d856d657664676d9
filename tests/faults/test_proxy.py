"""The fault proxy: each fault on established and on new connections, and bounded memory."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from onceproof.conformance.errors import OnceproofError
from onceproof.conformance.faults.proxy import Proxy
from onceproof.conformance.stacks.ports import free_port

WAIT_S = 15.0
SHORT_S = 0.15


class Echo:
    """A server that sends back what it gets, and counts it."""

    def __init__(self, path: Path | None = None) -> None:
        self._socket = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self._socket.bind(str(path) if path else ("127.0.0.1", 0))
        self._socket.listen()
        self.address = str(path) if path else self._socket.getsockname()
        self.accepted = 0
        self.received = bytearray()
        self.ended: list[str] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                self.accepted += 1
                threading.Thread(target=self._echo, args=(client,), daemon=True).start()

    def _echo(self, client: socket.socket) -> None:
        try:
            with client:
                while data := client.recv(65536):
                    self.received += data
                    client.sendall(data)
            self.ended.append("eof")
        except ConnectionError:
            self.ended.append("reset")

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with Proxy(echo.address) as made:
        yield made


@contextlib.contextmanager
def client(proxy: Proxy, timeout_s: float = WAIT_S) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout_s) as made:
        yield made


@contextlib.contextmanager
def establish(proxy: Proxy) -> Iterator[socket.socket]:
    """Establish a client connection that has already carried data."""
    with client(proxy) as made:
        exchange(made)
        yield made


def exchange(made: socket.socket, data: bytes = b"ping") -> bytes:
    made.sendall(data)
    return receive(made, len(data))


def receive(made: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size and (piece := made.recv(size - len(got))):
        got += piece
    return got


def silent(made: socket.socket) -> bool:
    """Whether nothing at all comes, its end included."""
    made.settimeout(SHORT_S)
    try:
        made.recv(1)
    except TimeoutError:
        return True
    finally:
        made.settimeout(WAIT_S)
    return False


def until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + WAIT_S
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.005)
    return holds()


def test_bytes_and_ends_are_carried_both_ways(proxy: Proxy, echo: Echo) -> None:
    with client(proxy) as made:
        assert exchange(made, b"x" * 1_000_000) == b"x" * 1_000_000
        made.shutdown(socket.SHUT_WR)
        assert made.recv(1) == b""
    assert until(lambda: echo.ended == ["eof"])
    assert until(lambda: proxy.connections == 0)


def test_a_reset_of_one_side_is_a_reset_of_the_other(proxy: Proxy, echo: Echo) -> None:
    with establish(proxy) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert until(lambda: echo.ended == ["reset"])


def test_it_leads_to_a_unix_socket(tmp_path: Path) -> None:
    echo = Echo(tmp_path / "socket")
    with Proxy(echo.address) as proxy, client(proxy) as made:
        assert exchange(made) == b"ping"
    echo.close()


def test_cut_by_reset(proxy: Proxy, echo: Echo) -> None:
    with establish(proxy) as one, establish(proxy) as two:
        assert proxy.cut() == 2
        assert proxy.connections == 0
        for made in (one, two):
            with pytest.raises(ConnectionResetError):
                made.recv(1)
    assert until(lambda: echo.ended == ["reset", "reset"])
    with client(proxy) as new:
        assert exchange(new) == b"ping"


def test_cut_in_order(proxy: Proxy, echo: Echo) -> None:
    with establish(proxy) as made:
        proxy.cut(reset=False)
        assert made.recv(1) == b""
    assert until(lambda: echo.ended == ["eof"])


def test_refuse_is_for_new_connections_only(proxy: Proxy) -> None:
    with establish(proxy) as old:
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError), client(proxy):
            pass
        assert exchange(old) == b"ping"
        proxy.heal()
        with client(proxy) as new:
            assert exchange(new) == b"ping"


def test_what_was_held_is_delivered_later_and_nothing_of_it_is_lost(
    proxy: Proxy, echo: Echo
) -> None:
    with establish(proxy) as old:
        proxy.hold()
        with client(proxy) as new:
            for made in (old, new):
                made.sendall(b"held")
                assert silent(made)
            assert (bytes(echo.received), echo.accepted) == (b"ping", 1)
            proxy.heal()
            assert [receive(made, 4) for made in (old, new)] == [b"held", b"held"]


def test_hold_of_answers_lets_requests_through(proxy: Proxy, echo: Echo) -> None:
    with establish(proxy) as made:
        proxy.hold(["answers"])
        made.sendall(b"request")
        assert until(lambda: bytes(echo.received) == b"pingrequest")
        assert silent(made)
        proxy.heal()
        assert receive(made, 7) == b"request"


def test_the_end_of_a_held_connection_is_held_too(proxy: Proxy, echo: Echo) -> None:
    with establish(proxy):
        proxy.hold()
    time.sleep(SHORT_S)
    assert echo.ended == []
    proxy.heal()
    assert until(lambda: len(echo.ended) == 1)


def test_half_open_is_silent_for_ever_and_spares_new_connections(proxy: Proxy, echo: Echo) -> None:
    with establish(proxy) as old:
        assert proxy.half_open() == 1
        old.sendall(b"into the void")
        assert silent(old)
        with client(proxy) as new:
            assert exchange(new, b"new") == b"new"
        assert bytes(echo.received) == b"pingnew"
        proxy.heal()
        with pytest.raises(ConnectionResetError):
            old.recv(1)


def test_half_open_towards_the_client_only(proxy: Proxy, echo: Echo) -> None:
    with establish(proxy) as made:
        proxy.half_open(["answers"])
        made.sendall(b"applied")
        assert until(lambda: bytes(echo.received) == b"pingapplied")
        assert silent(made)


def test_the_server_does_not_hear_that_a_half_open_client_has_gone(
    proxy: Proxy, echo: Echo
) -> None:
    with establish(proxy):
        proxy.half_open()
    time.sleep(SHORT_S)
    assert echo.ended == []
    proxy.heal()
    assert until(lambda: echo.ended == ["reset"])


def test_slow_is_late_in_both_directions_until_healed(proxy: Proxy) -> None:
    with establish(proxy) as made:
        proxy.slow(delay_s=0.1)
        began = time.monotonic()
        exchange(made)
        assert time.monotonic() - began >= 0.2
        proxy.slow(delay_s=60)
        made.sendall(b"ping")
        assert silent(made)
        proxy.heal()
        assert receive(made, 4) == b"ping"


def test_a_rate_is_kept(proxy: Proxy, echo: Echo) -> None:
    proxy.slow(bytes_per_s=200_000)
    with client(proxy) as made:
        began = time.monotonic()
        made.sendall(b"x" * 60_000)
        assert until(lambda: len(echo.received) == 60_000)
        assert time.monotonic() - began >= 0.25


def test_a_lost_ack(proxy: Proxy, echo: Echo) -> None:
    """The request is applied and its answer is cut, on old connections and on new ones."""
    with establish(proxy) as old:
        proxy.cut_answers()
        with client(proxy) as new:
            for made in (old, new):
                made.sendall(b"apply")
                with pytest.raises(ConnectionResetError):
                    made.recv(1)
    assert bytes(echo.received) == b"pingapplyapply"
    proxy.heal()
    with client(proxy) as made:
        assert exchange(made) == b"ping"


def test_an_answer_is_carried_up_to_a_byte_and_then_cut(proxy: Proxy) -> None:
    with establish(proxy) as made:
        proxy.cut_answers(after_bytes=3, reset=False)
        assert exchange(made, b"answer") == b"ans"
        assert made.recv(1) == b""


@pytest.mark.parametrize("fault", ["hold", "slow"])
def test_memory_is_bounded_since_the_sender_has_to_wait(
    proxy: Proxy, echo: Echo, fault: str
) -> None:
    """Far more is offered than sockets buffer; the proxy takes none of it before it delivers."""
    with establish(proxy) as made:
        proxy.hold() if fault == "hold" else proxy.slow(delay_s=60)
        made.settimeout(SHORT_S)
        with pytest.raises(TimeoutError):
            made.sendall(bytes(64_000_000))
        assert bytes(echo.received) == b"ping"


def test_a_server_that_is_away_ends_the_connection() -> None:
    nowhere = Proxy(("127.0.0.1", free_port()))
    # The connection may be reset before `connect` has looked at it.
    with nowhere, pytest.raises(ConnectionResetError), client(nowhere) as made:
        made.recv(1)


def test_stop_ends_everything_whatever_is_in_force(echo: Echo) -> None:
    proxy = Proxy(echo.address)
    proxy.start()
    with establish(proxy) as made:
        proxy.hold()
        proxy.stop()
        proxy.stop()
        with contextlib.suppress(ConnectionError):
            assert made.recv(1) == b""
    with pytest.raises(OnceproofError, match="not started"):
        proxy.heal()
