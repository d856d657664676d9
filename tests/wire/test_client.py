"""The client: replicas in turn, every wait bounded, every error remembered, streams to the end."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.streams import NotAnEventStream, StreamBroken, StreamTimeout
from tests.wire.log import Log
from tests.wire.stand_in import Served

pytestmark = pytest.mark.anyio

TWO = b"event: a\r\ndata: 1\r\nid: 1\r\n\r\n: heartbeat\r\n\r\nevent: b\r\ndata: 2\r\n\r\n"


def sse(chunks: AsyncIterator[bytes]) -> Response:
    return StreamingResponse(chunks, media_type="text/event-stream")


async def bytewise() -> AsyncIterator[bytes]:
    for i in range(len(TWO)):
        yield TWO[i : i + 1]
        await asyncio.sleep(0)


async def cut() -> AsyncIterator[bytes]:
    yield TWO + b"event: c\r\nda"
    await asyncio.sleep(0.01)
    raise ConnectionError


async def unfinished() -> AsyncIterator[bytes]:
    yield TWO + b"event: c\r\ndata: 3"


async def heartbeats() -> AsyncIterator[bytes]:
    yield TWO
    while True:
        yield b": heartbeat\r\n\r\n"
        await asyncio.sleep(0.02)


async def late() -> AsyncIterator[bytes]:
    yield b"event: a\r\ndata: 1\r\n\r\n"
    await asyncio.sleep(0.3)
    yield b"event: b\r\ndata: 2\r\n\r\n"


STREAMS = {f.__name__: f for f in (bytewise, cut, unfinished, heartbeats, late)}


def app(name: str) -> Starlette:
    async def who(request: Request) -> Response:
        return JSONResponse({"name": name, "header": request.headers.get("x-key")})

    async def stream(request: Request) -> Response:
        return sse(STREAMS[request.path_params["kind"]]())

    async def answer_resume(request: Request) -> Response:
        return JSONResponse({"after": request.headers.get("last-event-id")})

    async def error(request: Request) -> Response:
        return JSONResponse({"detail": "no such thing"}, request.path_params["status"])

    async def trickle(request: Request) -> Response:
        return StreamingResponse(newlines(), media_type="application/json")

    async def text(request: Request) -> Response:
        return PlainTextResponse("data: 1\n\n")

    return Starlette(
        routes=[
            Route("/who", who, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
            Route("/stream/{kind}", stream),
            Route("/resumed", answer_resume),
            Route("/error/{status:int}", error),
            Route("/trickle", trickle),
            Route("/text", text),
        ]
    )


async def newlines() -> AsyncIterator[bytes]:
    while True:
        yield b"\n"
        await asyncio.sleep(0.02)


@pytest.fixture(scope="module")
def urls() -> Iterator[list[str]]:
    with Served(app("one")) as one, Served(app("two")) as two:
        yield [one.url, two.url + "/"]


@pytest.fixture
async def api(urls: list[str]) -> AsyncIterator[Api]:
    async with Api(urls, timeout_s=10, headers={"x-key": "k"}) as client:
        yield client


async def test_requests_go_to_the_replicas_in_turn(api: Api):
    names = [(await api.get("/who")).json()["name"] for _ in range(4)]
    assert names == ["one", "two", "one", "two"]


async def test_a_request_can_be_pinned_to_a_replica(api: Api):
    names = [(await api.get("/who", at=1)).json()["name"] for _ in range(3)]
    assert names == ["two"] * 3


@pytest.mark.parametrize("verb", ["get", "post", "put", "patch", "delete"])
async def test_headers_of_the_api_go_with_every_verb(api: Api, verb: str):
    response = await getattr(api, verb)("/who")
    assert response.json()["header"] == "k"
    assert response.request.method == verb.upper()


async def test_an_absolute_url_is_taken_as_it_is(api: Api, urls: list[str]):
    assert (await api.get(f"{urls[0]}/who", at=1)).json()["name"] == "one"


@pytest.mark.parametrize("status", [404, 422, 500])
async def test_error_answers_are_remembered(api: Api, status: int):
    await api.get(f"/error/{status}")
    await api.get("/who")
    [error] = api.errors
    assert (error.method, error.path, error.status) == ("GET", f"/error/{status}", status)
    assert error.content_type == "application/json"
    assert error.body == b'{"detail":"no such thing"}'


async def test_error_answers_stand_in_the_history(urls: list[str], log: Log):
    async with Api(urls, log) as api:
        await api.post("/nowhere")
    [record] = log.records("mark", "http-error")
    assert record.value["path"] == "/nowhere"
    assert record.http == {"status": 404}


async def test_an_answer_that_trickles_is_bounded(api: Api):
    with pytest.raises(httpx.ReadTimeout, match=r"GET /trickle took more than 0\.2 s"):
        await api.get("/trickle", timeout_s=0.2)


async def test_a_refused_connection_is_a_transport_error():
    async with Api(["http://127.0.0.1:9"]) as api:
        with pytest.raises(httpx.TransportError):
            await api.get("/who")


async def test_a_stream_cut_at_every_byte_is_whole(api: Api):
    async with api.stream("GET", "/stream/bytewise") as stream:
        events = await stream.collect()
    assert [(event.name, event.data, event.id) for event in events] == [
        ("a", b"1", "1"),
        ("b", b"2", None),
    ]
    assert (stream.ended, stream.ends_inside_event) == ("eof", False)
    assert [comment.text for comment in stream.comments] == [b"heartbeat"]
    assert stream.parser.line_endings == {"CRLF"}


async def test_events_before_a_broken_connection_are_kept(api: Api):
    async with api.stream("GET", "/stream/cut") as stream:
        with pytest.raises(StreamBroken, match="after 2 events") as caught:
            await stream.collect()
    assert [event.name for event in caught.value.events] == ["a", "b"]
    assert (stream.ended, stream.ends_inside_event) == ("error", True)


async def test_an_unfinished_event_at_the_end_is_truncated(api: Api):
    async with api.stream("GET", "/stream/unfinished") as stream:
        assert len(await stream.collect()) == 2
    assert (stream.ended, stream.ends_inside_event) == ("eof", True)


async def test_heartbeats_do_not_extend_the_wait_for_an_event(api: Api):
    async with api.stream("GET", "/stream/heartbeats") as stream:
        with pytest.raises(StreamTimeout, match="no event within") as caught:
            await stream.collect(timeout_s=0.2)
    assert len(caught.value.events) == 2
    assert len(stream.comments) > 2
    assert stream.ended == "cut"


async def test_a_wait_that_timed_out_loses_nothing(api: Api):
    async with api.stream("GET", "/stream/late") as stream:
        first = await stream.next()
        with pytest.raises(StreamTimeout):
            await stream.next(timeout_s=0.05)
        second = await stream.next()
    assert first is not None
    assert second is not None
    assert (first.data, second.data) == (b"1", b"2")
    assert second.t_ns - first.t_ns > 200_000_000


async def test_collect_stops_at_the_event_asked_for(api: Api):
    async with api.stream("GET", "/stream/heartbeats") as stream:
        assert [e.name for e in await stream.collect(until=lambda e: e.name == "a")] == ["a"]
        assert [e.name for e in await stream.collect(limit=1)] == ["b"]


async def test_a_stream_can_be_iterated(api: Api):
    async with api.stream("GET", "/stream/bytewise") as stream:
        assert [event.name async for event in stream] == ["a", "b"]


async def test_a_closed_stream_gives_no_more_events(api: Api):
    async with api.stream("GET", "/stream/heartbeats") as stream:
        await stream.next()
        await stream.close()
        assert await stream.collect() == []
    assert (stream.ended, stream.last_event_id) == ("cut", "1")


async def test_last_event_id_is_sent(api: Api):
    async with api.stream("GET", "/resumed", last_event_id="7-0") as stream:
        await stream.response.aread()
    assert stream.response.json() == {"after": "7-0"}


async def test_an_error_instead_of_a_stream_says_so(api: Api):
    async with api.stream("GET", "/error/404") as stream:
        with pytest.raises(NotAnEventStream, match=r"404 .*no such thing.*should be 200"):
            await stream.next()
    assert [error.status for error in api.errors] == [404]


async def test_another_content_type_is_not_a_stream(api: Api):
    async with api.stream("GET", "/text") as stream:
        with pytest.raises(NotAnEventStream, match="200 text/plain"):
            await stream.collect()
