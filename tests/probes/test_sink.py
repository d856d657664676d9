"""The graphs that report to the sink: what each execution tells, and what survives a crash."""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from onceproof.conformance.witness import Execution, Sink
from tests.probes.probe_host import Host, config_for

pytestmark = pytest.mark.anyio


def summarise(executions: list[Execution]) -> list[tuple]:
    return [(one.step, one.effects, one.outcome) for one in executions]


async def test_chain_reports_each_step_once_and_logs_its_token(host: Host, sink: Sink) -> None:
    result = await host.run("chain", {"nonce": "n1", "steps": 3, "size": 4, "sink": sink.url})

    executions = sink.executions("n1")
    assert summarise(executions) == [(i, [str(i)], "ok") for i in range(3)]
    assert {(one.pid, bool(one.host)) for one in executions} == {(os.getpid(), True)}
    tokens = [one.token for one in executions]
    assert result["log"] == [{"nonce": "n1", "i": i, "token": tokens[i]} for i in range(3)]
    assert result["pad"] == "xxxx"


async def test_chain_pings_while_it_sleeps(host: Host, sink: Sink) -> None:
    await host.run("chain", {"nonce": "n1", "steps": 1, "sleep_ms": 500, "sink": sink.url})

    (execution,) = sink.executions("n1")
    assert execution.pings == 2
    assert execution.last_t - execution.begin_t >= 500e6


async def test_chain_continued_from_its_checkpoint_repeats_only_the_unfinished_step(
    host: Host, sink: Sink
) -> None:
    sink.hold("n1", step=2)
    given = {"nonce": "n1", "steps": 4, "sink": sink.url}
    first = asyncio.create_task(host.run("chain", given))
    await sink.async_wait_for("n1", "begin", step=2)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    sink.release("n1")

    result = await host.run("chain", None)

    executions = sink.executions("n1")
    assert [one.step for one in executions] == [0, 1, 2, 2, 3]
    assert [entry["i"] for entry in result["log"]] == [0, 1, 2, 3]
    assert [entry["token"] for entry in result["log"]] == [1, 2, 4, 5]
    assert [one.effects for one in executions] == [["0"], ["1"], [], ["2"], ["3"]]


async def test_a_cancelled_node_says_goodbye_and_has_no_effect(host: Host, sink: Sink) -> None:
    given = {"nonce": "n1", "seconds": 30, "sink": sink.url}
    run = asyncio.create_task(host.run("slow", given))
    await sink.async_wait_for("n1", "ping")
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    await sink.async_wait_for("n1", "end", timeout_s=5)
    assert summarise(sink.executions("n1")) == [(0, [], "CancelledError")]


async def test_chain_runs_of_a_thread_make_a_ledger(host: Host) -> None:
    await host.run("chain", {"nonce": "n1", "steps": 2})
    result = await host.run("chain", {"nonce": "n2", "steps": 1})

    assert [(entry["nonce"], entry["i"]) for entry in result["log"]] == [
        ("n1", 0),
        ("n1", 1),
        ("n2", 0),
    ]
    assert {entry["token"] for entry in result["log"]} == {0}


async def test_chain_has_a_checkpoint_for_the_input_begin_and_each_step(host: Host) -> None:
    await host.run("chain", {"nonce": "n1", "steps": 3})

    graph = host.graph("chain")
    history = [snapshot async for snapshot in graph.aget_state_history(config_for("t"))]
    assert [snapshot.next for snapshot in history] == [
        (),
        ("step",),
        ("step",),
        ("step",),
        ("begin",),
        ("__start__",),
    ]


async def test_a_step_that_fails_is_told_with_its_error(host: Host, sink: Sink) -> None:
    with pytest.raises(ValueError, match="no luck"):
        await host.run("fail", {"nonce": "n1", "message": "no luck", "sink": sink.url})

    assert summarise(sink.executions("n1")) == [(0, ["0"], "ok"), (1, [], "ValueError")]
    assert (await host.state("fail")).values["passed"] is True


async def test_fanout_executes_each_task_once_and_merges_all(host: Host, sink: Sink) -> None:
    result = await host.run("fanout", {"nonce": "n1", "n": 50, "sink": sink.url})

    assert Counter(one.step for one in sink.executions("n1")) == Counter(range(50))
    assert sorted(entry["k"] for entry in result["results"]) == list(range(50))
    assert result["done"] == 50


async def test_fanout_of_nothing_and_a_second_run_count_their_own(host: Host) -> None:
    assert (await host.run("fanout", {"nonce": "n1", "n": 3}))["done"] == 3
    assert (await host.run("fanout", {"nonce": "n2", "n": 0}))["done"] == 0


async def test_block_lets_nothing_else_run(host: Host, sink: Sink) -> None:
    gaps: list[float] = []

    async def watch() -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            gaps.append(time.monotonic() - before)

    watcher = asyncio.create_task(watch())
    await host.run("block", {"nonce": "n1", "seconds": 0.4, "sink": sink.url})
    await asyncio.sleep(0.02)
    watcher.cancel()

    assert max(gaps) >= 0.35
    (execution,) = sink.executions("n1")
    assert (execution.pings, execution.effects) == (0, ["0"])


async def test_load_echo_is_one_message_and_one_log_entry(host: Host, sink: Sink) -> None:
    result = await host.run("load_echo", {"nonce": "n1", "sink": sink.url})

    assert result == {
        "nonce": "n1",
        "sink": sink.url,
        "log": [{"nonce": "n1", "i": 0, "token": 1}],
    }
    (execution,) = sink.executions("n1")
    assert (execution.via, execution.effects) == ("once", ["0"])
    without = await host.run("load_echo", {"nonce": "n2"}, thread="another")
    assert without["log"] == [{"nonce": "n2", "i": 0, "token": 0}]


@pytest.mark.parametrize("graph_id", ["chain", "ticks", "slow", "fanout", "load_echo"])
async def test_a_sink_that_cannot_be_reached_fails_the_run(host: Host, graph_id: str) -> None:
    with pytest.raises(Exception, match=r"effect sink at http://127\.0\.0\.1:1/.* did not answer"):
        await host.run(graph_id, {"nonce": "n1", "sink": "http://127.0.0.1:1"})
    with pytest.raises(Exception, match="is not the address of an effect sink"):
        await host.run(graph_id, {"nonce": "n2", "sink": "ftp://x"}, thread="another")


async def test_a_refusal_of_the_sink_fails_the_run_with_its_reason(host: Host, sink: Sink) -> None:
    sink.hold("n1", limit_s=0.05)
    with pytest.raises(Exception, match="with 503: step 0 of 'n1' was held"):
        await host.run("chain", {"nonce": "n1", "sink": sink.url})


async def test_crash_will_not_start_without_a_sink(host: Host) -> None:
    with pytest.raises(ValueError, match="crash needs a sink"):
        await host.run("crash", {"nonce": "n1"})


CRASH = """
import asyncio, json, os, sys
sys.path.insert(0, sys.argv[1])
from tests.probes.probe_host import Host
given = {"nonce": "n1", "attempts": 2, "sink": sys.argv[2]}
graph = Host()
for _ in range(3):
    child = os.fork()
    if not child:
        print(json.dumps(asyncio.run(graph.run("crash", given))["log"]), flush=True)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


async def test_crash_dies_as_often_as_asked_and_then_finishes(sink: Sink) -> None:
    command = [sys.executable, "-c", CRASH, str(Path(__file__).parent), sink.url]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await asyncio.wait_for(process.communicate(), 60)

    first, second, log, third = output.decode().split("\n", 3)
    assert (first, second, third.strip()) == ("-9", "-9", "0")
    assert [entry["i"] for entry in json.loads(log)] == ["before", "crash", "after"]
    crashes = [one for one in sink.executions("n1") if one.step == "crash"]
    assert [(one.effects, one.outcome) for one in crashes] == [
        ([], None),
        ([], None),
        (["crash"], "ok"),
    ]
