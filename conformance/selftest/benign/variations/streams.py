"""Event streams: what the standard leaves to the server, and when bytes come."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

from onceproof.conformance.selftest.benign.answering import EVENT_STREAM, cut_parts, write_frames
from onceproof.conformance.selftest.benign.variation import variation
from onceproof.reference_impl.api import sse
from onceproof.reference_impl.core.streams.event_ids import is_end
from onceproof.reference_impl.core.streams.subscription import Subscription
from onceproof.reference_impl.settings import Settings

#: So much of a part is sent byte by byte: of a megabyte it would take minutes.
BYTES = 400
GATHER_S = 0.04

#: What a stream says to whoever reads it, and takes it up again.
READING = (
    *("STR-0", "STR-1", "STR-2", "STR-32"),
    *("RSM-0", "RSM-11", "RSM-13", "RSM-14", "RSM-16", "SDK"),
)


@variation(*READING)
def end_lines_with_lf() -> None:
    """Lines of an event stream end with LF.

    STR-32: LF or CRLF throughout.
    """

    def frame(name: str, data: str, event_id: str = "") -> bytes:
        tail = f"id: {event_id}\n\n" if event_id else "\n"
        return f"event: {name}\ndata: {data}\n{tail}".encode()

    write_frames(frame, b": heartbeat\n\n")


@variation("STR-0", "STR-1", "STR-2", "RSM-0", "SDK")
def send_events_byte_by_byte() -> None:
    """Events come in chunks of one byte, which cut line ends and characters.

    RFC 9112, section 7.1: the borders of chunks mean nothing.
    """

    def cut(part: bytes) -> Iterator[bytes]:
        yield from (part[at : at + 1] for at in range(min(BYTES, len(part))))
        if len(part) > BYTES:
            yield part[BYTES:]

    cut_parts(cut, EVENT_STREAM)


@variation("STR-0", "STR-1", "STR-2", "STR-32", "RSM-0", "SDK", "CAN-13")
def gather_events_for_a_moment() -> None:
    """Events that follow each other within 40 ms come in one chunk.

    STR-18: each is delivered when it is written, and not held back until the run ends.
    """
    hear = Subscription.next

    async def gather(self: Any, timeout_s: float) -> Any:
        batch = await hear(self, timeout_s)
        if batch and not is_end(batch[-1]):
            await asyncio.sleep(GATHER_S)
            batch += await hear(self, 0)
        return batch

    Subscription.next = gather


@variation(
    *READING,
    "AUT-04",
)
def write_events_otherwise() -> None:
    """The id stands before the data, which take many lines; comments, unknown fields and a time for
    reconnecting stand between, and no space follows a colon.

    HTML standard, 9.2.6: fields come in any order, lines of data are joined, a space after the
    colon is left out, and what is not known is ignored.
    """

    def frame(name: str, data: str, event_id: str = "") -> bytes:
        spread = json.dumps(json.loads(data), indent=1, ensure_ascii=False)
        lines = [": an event follows", "", *([f"id:{event_id}"] * bool(event_id))]
        lines += [":", "retry:50", "x-source:here", f"event:{name}"]
        lines += [f"data:{line}" for line in spread.split("\n")]
        return "\r\n".join([*lines, "", ""]).encode()

    write_frames(frame, b":\r\n\r\n")


@variation("STR-0", "STR-1", "RSM-0", "RSM-13", "SDK")
def begin_streams_with_a_mark() -> None:
    """Each stream begins with a byte order mark and a comment.

    HTML standard, 9.2.5: a leading byte order mark is ignored, and so are comments.
    """
    respond = sse.LongAnswer._send_all

    async def begin(self: Any, send: Any) -> None:
        if self.media_type == EVENT_STREAM.decode():
            body = b"\xef\xbb\xbf: welcome\r\n\r\n"
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await respond(self, send)

    sse.LongAnswer._send_all = begin


@variation("STR-1", "STR-27", "RSM-13", "RSM-14", "RUN-16", "RUN-18", "SDK")
def beat_fast() -> None:
    """Heartbeats come ten times a second, as empty comments.

    STR-15: at least one byte every 15 seconds; STR-16: comments; RUN-16: white space at least
    every 5 seconds.
    """
    _beat_each(0.1)
    write_frames(sse.frame, b":\r\n\r\n")


@variation("STR-14", "STR-15", "STR-16", "STR-21", "RUN-16", "RUN-18", "RSM-19")
def beat_slowly() -> None:
    """Heartbeats come every six and a half seconds.

    RUN-16: every 5 seconds with a tolerance of 2; STR-15: every 15 seconds.
    """
    _beat_each(6.5)


def _beat_each(seconds: float) -> None:
    Settings.model_fields["keepalive_s"].default = seconds
    Settings.model_rebuild(force=True)


@variation(
    *READING,
    "CAN-13",
    "AUT-04",
)
def close_streams_with_end() -> None:
    """The stream of a run that is not resumable says by an event `end` that it is over.

    STR-03 and STR-13 accept an `end` event with null data as the last event; RSM-01 has an id with
    each event of a resumable run, which `end` has not.
    """
    respond = sse.LongAnswer._send_all

    async def close(self: Any, send: Any) -> None:
        if self.media_type != EVENT_STREAM.decode():
            await respond(self, send)
            return

        spoke = numbered = False

        async def before_the_end(message: Any) -> None:
            nonlocal spoke, numbered
            spoke = spoke or b"event:" in message["body"]
            numbered = numbered or b"\nid:" in message["body"]
            if spoke and not numbered and not message["more_body"]:
                message = {**message, "body": sse.frame("end", "null")}
            await send(message)

        await respond(self, before_the_end)

    sse.LongAnswer._send_all = close
