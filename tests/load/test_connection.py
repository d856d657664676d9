"""The generator's connection: answers of every shape, and no answer at all."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from onceproof.load import connection
from onceproof.load.connection import Connection, NoAnswer

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-name: v\r\n\r\nhi"


@contextmanager
def serve_script(*answers: list[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """Serve one connection per answer list, and send an answer to each of its requests."""
    listener = socket.create_server(("127.0.0.1", 0))
    requests: list[bytes] = []

    def serve() -> None:
        for script in answers:
            peer, _ = listener.accept()
            with peer:
                for answer in script:
                    requests.append(peer.recv(65536))
                    peer.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", requests
    finally:
        listener.close()
        thread.join(5)


def connect(url: str, timeout_s: float = 10.0) -> Connection:
    return Connection(url, {"x-api-key": "k"}, timeout_s)


def test_a_request_carries_host_headers_and_body():
    with serve_script([OK]) as (url, requests):
        reply = connect(url + "/base/").exchange("POST", "/runs", b"{}", "last-event-id: 3\r\n")
    assert (reply.status, reply.take(), reply.header(b"x-name")) == (200, b"hi", "v")
    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /base/runs HTTP/1.1\r\nhost: 127.0.0.1:")
    assert {b"x-api-key: k", b"content-length: 2", b"last-event-id: 3"} <= {*head.split(b"\r\n")}
    assert body == b"{}"


def test_the_connection_is_kept_for_the_next_request():
    with serve_script([OK, OK]) as (url, _):
        client = connect(url)
        assert [client.exchange("GET", "/").take() for _ in range(2)] == [b"hi", b"hi"]


def test_a_connection_that_the_server_closes_is_opened_again():
    closing = OK.replace(b"x-name: v", b"connection: close")
    with serve_script([closing], [OK]) as (url, _):
        client = connect(url)
        assert [client.exchange("GET", "/").take() for _ in range(2)] == [b"hi", b"hi"]


def test_an_idle_connection_is_not_used_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "IDLE_S", -1.0)
    with serve_script([OK], [OK]) as (url, _):
        client = connect(url)
        assert [client.exchange("GET", "/").take() for _ in range(2)] == [b"hi", b"hi"]


def test_chunks_are_given_out_as_they_arrive():
    listener = socket.create_server(("127.0.0.1", 0))
    client = connect(f"http://127.0.0.1:{listener.getsockname()[1]}")
    pushes: list[Callable[[bytes], None]] = []

    def accept() -> None:
        peer, _ = listener.accept()
        peer.recv(65536)
        peer.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        pushes.append(peer.sendall)

    thread = threading.Thread(target=accept)
    thread.start()
    reply = client.open("GET", "/")
    thread.join()
    seen = []
    for piece in (b"1\r\na\r\n", b"2\r\nbc\r\n", b"0\r\n\r\n"):
        pushes[0](piece)
        client.more(reply)
        seen.append((reply.take(), reply.done))
    listener.close()
    assert seen == [(b"a", False), (b"bc", False), (b"", True)]


def test_a_body_without_a_length_ends_with_the_connection():
    with serve_script([b"HTTP/1.1 200 OK\r\n\r\nhello"]) as (url, _):
        assert connect(url).exchange("GET", "/").take() == b"hello"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhi",
        b"nonsense\r\n\r\n",
    ],
    ids=["nothing", "half a head", "half a body", "half a chunk", "nonsense"],
)
def test_a_broken_answer_is_none(answer: bytes):
    with serve_script([answer]) as (url, _), pytest.raises(NoAnswer):
        connect(url).exchange("GET", "/")


def test_a_refused_connection_is_no_answer():
    with pytest.raises(NoAnswer, match="not sent"):
        connect("http://127.0.0.1:9").exchange("GET", "/")


def test_a_silent_server_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = connect(f"http://127.0.0.1:{listener.getsockname()[1]}", 0.1)
        with pytest.raises(NoAnswer, match="TimeoutError"):
            client.exchange("GET", "/")


def test_an_answer_that_trickles_is_given_up():
    listener = socket.create_server(("127.0.0.1", 0))

    def trickle() -> None:
        peer, _ = listener.accept()
        with peer, suppress(OSError):
            peer.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            while True:
                peer.sendall(b"1\r\n\n\r\n")
                time.sleep(0.02)

    thread = threading.Thread(target=trickle)
    thread.start()
    client = connect(f"http://127.0.0.1:{listener.getsockname()[1]}", 0.3)
    with pytest.raises(NoAnswer, match=r"no whole answer in 0\.3 s"):
        client.exchange("GET", "/")
    thread.join()
    listener.close()
