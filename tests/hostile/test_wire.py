"""The wire client against servers that never end, lie, or break off: each ends in a sentence."""

import asyncio
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from onceproof.conformance.wire import answer, sse, streams
from onceproof.conformance.wire.answer import BodyGarbled, BodyTooLarge, NotJson
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.streams import StreamError
from tests.hostile.hostile_server import BEHAVIOURS, HostileServer

pytestmark = pytest.mark.anyio

LIMIT_S = 3.0

#: What the whole answer is refused with; what is not here is an answer, however odd.
REFUSED: dict[str, tuple[type[Exception], str]] = {
    "endless-body": (BodyTooLarge, "GET /endless-body/x answered 200 with a body of more than"),
    "endless-headers": (httpx.RemoteProtocolError, "too long|too large|exceed"),
    "gigabyte-event": (BodyTooLarge, "a body of more than"),
    "event-flood": (BodyTooLarge, "a body of more than"),
    "comment-flood": (BodyTooLarge, "a body of more than"),
    "content-length-too-long": (httpx.RemoteProtocolError, "without sending complete message"),
    "content-length-of-words": (httpx.RemoteProtocolError, "ontent-.ength"),
    "heartbeats-only": (httpx.ReadTimeout, "GET /x took more than 3 s"),
    "no-answer": (httpx.ReadTimeout, "GET /x took more than 3 s"),
    "late-answer": (httpx.ReadTimeout, "GET /x took more than 3 s"),
    "header-drip": (httpx.ReadTimeout, "GET /x took more than 3 s"),
    "closed-in-headers": (httpx.RemoteProtocolError, "without sending a response"),
    "packed-bomb": (BodyTooLarge, "a body of more than"),
}

STREAMS = {
    "gigabyte-event": "after 0 events sent an event of more than 1000000 bytes",
    "event-flood": "goes on without an end",
    "comment-flood": "after 0 events sent more than 1000 comments and events without data",
    "heartbeats-only": "no event within 3 s on the stream",
    "endless-body": "is 200 application/json, but should be 200 text/event-stream",
}


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What matters is that there are some; how large they are is for the whole runs to see."""
    monkeypatch.setattr(answer, "MAX_BODY_BYTES", 4_000_000)
    monkeypatch.setattr(sse, "MAX_COMMENTS", 1_000)
    monkeypatch.setattr(streams, "MAX_EVENTS", 2_000)


async def ask(server: HostileServer, name: str) -> httpx.Response:
    async with Api([server.url(name)], timeout_s=LIMIT_S) as api:
        return await api.get("/x")


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_read_to_its_end_is_refused(server: HostileServer, name: str) -> None:
    kind, sentence = REFUSED[name]
    with pytest.raises(kind, match=sentence):
        await ask(server, name)


async def test_what_ends_is_an_answer(server: HostileServer) -> None:
    odd = BEHAVIOURS.keys() - REFUSED.keys()

    statuses = {name: (await ask(server, name)).status_code for name in odd}

    assert statuses == {
        "invalid-utf8": 200,
        "content-length-too-short": 200,
        "redirect-circle": 307,
        "deep-json": 200,
    }


@pytest.mark.parametrize("name", ["invalid-utf8", "deep-json"])
async def test_a_body_that_is_no_json_is_named(server: HostileServer, name: str) -> None:
    answer = await ask(server, name)

    with pytest.raises(NotJson, match=f"GET /{name}/x answered 200 with a body that is not JSON"):
        answer.json()


async def test_what_follows_a_too_short_length_is_no_answer_to_the_next() -> None:
    with HostileServer() as server:
        async with Api([server.url("content-length-too-short")], timeout_s=LIMIT_S) as api:
            assert (await api.get("/x")).json() == []
            # Asked again before the server has closed its end, a client is reset instead.
            assert await asyncio.to_thread(server.closed.wait, LIMIT_S)
            assert (await api.get("/ok")).json() == {"ok": True}


async def test_a_body_that_cannot_be_unpacked_is_named() -> None:
    def send_scraps(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Scraps())

    class Scraps(httpx.AsyncByteStream):
        async def __aiter__(self):  # type: ignore[no-untyped-def]
            yield b"no gzip"

    async with httpx.AsyncClient(transport=httpx.MockTransport(send_scraps)) as client:
        request = client.build_request("GET", "http://a/x")
        packed_answer = answer.Answer.of(await client.send(request, stream=True))
        with pytest.raises(BodyGarbled, match="GET /x answered 200 with a body that cannot be"):
            await packed_answer.aread()


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("name", STREAMS)
async def test_a_stream_without_an_end_is_refused(
    server: HostileServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parser = sse.SseParser
    monkeypatch.setattr(streams, "SseParser", lambda: parser(max_event_bytes=1_000_000))
    async with (
        Api([server.url(name)], timeout_s=LIMIT_S) as api,
        api.stream("GET", "/x") as stream,
    ):
        with pytest.raises(StreamError, match=STREAMS[name]):
            await stream.collect()


async def test_an_event_of_too_many_lines_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_LINES", 10)
    with pytest.raises(sse.EventTooLarge, match="more than 10 lines"):
        sse.SseParser().feed(b"data\n" * 11)


async def test_of_a_comment_only_the_beginning_is_kept() -> None:
    parser = sse.SseParser()
    parser.feed(b": " + b"x" * 5_000 + b"\n\n")
    assert [len(comment.text) for comment in parser.comments] == [1_000]


def test_the_hostile_server_reads_a_request_to_its_end_before_it_answers(
    server: HostileServer,
) -> None:
    url = urlsplit(server.url("invalid-utf8"))
    head = f"POST {url.path}/runs HTTP/1.1\r\nContent-Length: 2\r\n\r\n".encode()

    with socket.create_connection((url.hostname, url.port), timeout=0.3) as client:
        client.sendall(head)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.sendall(b"{}")
        client.settimeout(5)
        assert client.recv(4) == b"HTTP"
