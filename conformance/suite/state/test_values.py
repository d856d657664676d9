"""What graphs write is what the server stores: fan-outs, output schemas, wide states."""

from operator import or_
from typing import Any

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.reads import read_history, read_state
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

TASKS = 50
ROUNDS = 4
SIZE = 40
OUTPUT = {"nonce", "answer"}


@requirement("STA-20")
async def test_every_task_of_a_fan_out_runs_once_and_is_merged(
    runs: Runs, api: Api, sink: Sink
) -> None:
    thread_id = await runs.new_thread()
    handle, values = await runs.wait(thread_id, "fanout", {"n": TASKS})
    executions = sink.executions(handle.nonce)
    same("executed tasks", sorted(each.step for each in executions), list(range(TASKS)))
    same(
        "effects",
        sorted(int(key) for each in executions for key in each.effects),
        list(range(TASKS)),
    )
    tokens = {each.step: each.token for each in executions}
    merged = sorted((each["k"], each["token"]) for each in values["results"])
    same("merged results", merged, sorted(tokens.items()))
    same("tasks that the next node saw", values["done"], TASKS)
    same("the state", (await read_state(api, thread_id))["values"]["results"], values["results"])


@requirement("STA-25")
async def test_a_wait_answers_the_output_schema_only(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    handle, answer = await runs.wait(thread_id, "out", {"text": "abc"})
    same("the answer", answer, {"nonce": handle.nonce, "answer": "ABC"})
    same("join", await runs.join(handle), answer)
    kept = (await read_state(api, thread_id))["values"]
    same("what the state holds besides it", kept["scratch"], "thinking about abc")


@requirement("STA-25")
async def test_values_events_hold_the_output_schema_only(runs: Runs) -> None:
    thread_id = await runs.new_thread()
    async with runs.stream(thread_id, "out", {"text": "abc"}, stream_mode="values") as sub:
        events = await sub.collect()
    shown = [event.json() for event in events if event.name == "values"]
    strangers = {name for values in shown for name in values} - OUTPUT
    same("keys outside of the output schema", strangers, set())
    same("the last values", shown[-1], {"nonce": sub.nonce, "answer": "ABC"})


@requirement("STA-26")
async def test_a_wide_state_survives_every_super_step(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    _, answer = await runs.wait(thread_id, "wide", {"rounds": ROUNDS, "size": SIZE})
    same("channels that a round found damaged", answer["damaged"], [])
    entries = [each for each in await read_history(api, thread_id) if each["values"].get("i")]
    same(
        "rounds in the history",
        [each["values"]["i"] for each in entries],
        list(range(ROUNDS, 0, -1)),
    )
    for entry in entries:
        rounds = entry["values"]["i"]
        for name, want in compute_channels(rounds).items():
            same(f"{name} after {rounds} rounds", entry["values"][name], want)


def compute_channels(rounds: int) -> dict[str, Any]:
    """Compute what the channels of the probe `wide` hold after this many rounds."""
    last, entries = rounds - 1, range(rounds * SIZE)
    numbers = range(rounds)
    dicts: list[dict[str, Any]] = [
        {str(e): {"at": e // SIZE, "of": [e, n]} for e in entries} for n in range(5)
    ]
    return {
        "s0": last,
        "s1": last / 4,
        "s2": f"round {last}",
        "s3": last % 2 == 0,
        "s4": None,
        **{f"l{n}": [e * (n + 1) for e in entries] for n in range(5)},
        **{f"d{n}": or_({}, dicts[n]) for n in range(5)},
        **{f"sum{n}": sum(i + n for i in numbers) for n in range(3)},
        **{f"max{n}": max((i * 7 + n) % 5 for i in numbers) for n in range(2)},
    }
