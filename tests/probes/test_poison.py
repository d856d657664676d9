"""The graph that is bad for its process, as far as the process of a test can stand it."""

import asyncio

import pytest

from onceproof.conformance.witness import Sink
from tests.probes.probe_host import Host

pytestmark = pytest.mark.anyio


async def test_what_does_no_harm_ends_well(host: Host, sink: Sink) -> None:
    result = await host.run("poison", {"nonce": "n1", "how": "nothing", "sink": sink.url})
    assert result["done"]
    assert [one.effects for one in sink.executions("n1")] == [["0"]]


async def test_what_cannot_be_stored_is_no_data(host: Host) -> None:
    with pytest.raises(TypeError):
        await host.run("poison", {"nonce": "n1", "how": "unstorable"})


async def test_a_deaf_node_goes_on_although_it_is_cancelled(host: Host, sink: Sink) -> None:
    given = {"nonce": "n1", "how": "deaf", "seconds": 0.5, "sink": sink.url}
    running = asyncio.create_task(host.run("poison", given))
    await sink.async_wait_for("n1", "begin")
    await asyncio.wait({running}, timeout=0.2)  # until the node knows that its begin has arrived
    running.cancel()
    await sink.async_wait_for("n1", "end")
    assert [one.effects for one in sink.executions("n1")] == [["0"]]
    await asyncio.wait({running})
