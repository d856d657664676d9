"""The graphs that stream: numbered events, tokens, subgraphs."""

import math

import pytest

from onceproof.conformance.witness import Sink, chain_hash
from tests.probes.probe_host import Host

pytestmark = pytest.mark.anyio


def verify(events: list[dict], nonce: str, total: int) -> str:
    """Recompute the chain over whole events and return its last hash."""
    h = ""
    for seq, event in enumerate(events):
        h = chain_hash(h, nonce, seq, event.get("pad", ""))
        assert (event["nonce"], event["seq"], event["total"]) == (nonce, seq, total)
        assert event["h"] == h
    assert len(events) == total
    return h


@pytest.mark.parametrize("size", [0, 20])
async def test_ticks_are_numbered_and_chained(host: Host, sink: Sink, size: int) -> None:
    given = {"nonce": "n1", "total": 7, "size": size, "sleep_ms": 1, "sink": sink.url}
    events = await host.stream("ticks", given, stream_mode="custom")

    h = verify(events, "n1", 7)
    assert {event["token"] for event in events} == {sink.executions("n1")[0].token}
    assert {len(event.get("pad", "")) for event in events} == {size}
    assert (await host.state("ticks")).values["h"] == h


async def test_ticks_arrive_while_the_node_is_running(host: Host, sink: Sink) -> None:
    given = {"nonce": "n1", "total": 3, "sleep_ms": 100, "sink": sink.url}
    open_at_arrival = []
    async for _ in host.graph("ticks").astream(
        given, {"configurable": {"thread_id": "t"}}, stream_mode="custom"
    ):
        open_at_arrival.append(sink.executions("n1")[0].end_t is None)

    # The last one races with the end of the node, which comes right after it.
    assert open_at_arrival[:2] == [True, True]
    assert len(open_at_arrival) == 3


async def test_a_second_attempt_of_ticks_tells_the_same_story(host: Host) -> None:
    given = {"nonce": "n1", "total": 5}
    first = await host.stream("ticks", given, thread="a", stream_mode="custom")
    second = await host.stream("ticks", given, thread="b", stream_mode="custom")

    assert first == second


async def test_burst_writes_all_events_before_its_state(host: Host) -> None:
    parts = await host.stream(
        "burst", {"nonce": "n1", "total": 300}, stream_mode=["custom", "updates"]
    )

    events = [data for mode, data in parts if mode == "custom"]
    assert parts[-1] == ("updates", {"burst": {"total": 300, "h": verify(events, "n1", 300)}})


async def test_big_is_one_event_and_one_value_of_that_size(host: Host) -> None:
    (event,) = await host.stream("big", {"nonce": "n1", "size": 200_000}, stream_mode="custom")

    h = verify([event], "n1", 1)
    values = (await host.state("big")).values
    assert (len(event["pad"]), len(values["blob"]), values["h"]) == (200_000, 200_000, h)


async def test_chat_streams_words_that_add_up_to_the_message(host: Host) -> None:
    given = {"nonce": "n1", "text": "one two three"}
    parts = await host.stream("chat", given, stream_mode="messages")

    chunks = [chunk for chunk, _ in parts]
    assert [chunk.content for chunk in chunks if chunk.content] == ["one", " ", "two", " ", "three"]
    assert {chunk.id for chunk in chunks} == {"n1-answer"}
    (message,) = (await host.state("chat")).values["messages"]
    assert (message.content, message.id, message.type) == ("one two three", "n1-answer", "ai")


async def test_nested_streams_from_three_levels(host: Host) -> None:
    parts = await host.stream(
        "nested", {"nonce": "n1"}, stream_mode=["updates", "custom"], subgraphs=True
    )

    levels = [[segment.partition(":")[0] for segment in space] for space, _, _ in parts]
    assert levels == [[], ["inner"], ["inner", "core"], ["inner", "core"], ["inner"], [], []]
    events = [data for _, mode, data in parts if mode == "custom"]
    assert events == [{"nonce": "n1", "where": "leaf"}]
    log = (await host.state("nested")).values["log"]
    assert log == ["enter", "first", "leaf", "leave"]


async def test_newline_puts_a_line_end_into_a_namespace(host: Host) -> None:
    parts = await host.stream("newline", {"nonce": "n1"}, stream_mode="custom", subgraphs=True)

    ((space, event),) = parts
    assert space[0].startswith("line\r\ndata\r\n\r\n:")
    assert event == {"nonce": "n1", "where": "leaf"}


async def test_types_survive_a_checkpoint(host: Host) -> None:
    first = await host.run("types", {"nonce": "n1"})
    assert first["kept"] == []
    assert math.isnan(first["nan"])

    second = await host.run("types", {"nonce": "n2"})
    assert set(second["kept"]) == set(second) - {"nonce", "kept"}
