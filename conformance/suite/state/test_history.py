"""The history of a thread: one entry per super-step, with limits and filters."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.reads import Observed, checkpoint_id, read_history
from onceproof.conformance.suite.state.finished import STEPS, FinishedChain, run_chain
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

#: Besides the steps: the input, `begin`, and the super-step that writes the input.
MORE = 3


def list_sources(entries: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(entry["metadata"]["source"], entry["metadata"]["step"]) for entry in entries]


@requirement("STA-03")
async def test_history_has_an_entry_per_super_step_newest_first(runs: Runs) -> None:
    done = await run_chain(runs)
    want = [("loop", step) for step in range(STEPS + 1, -1, -1)] + [("input", -1)]
    same("source and step", list_sources(done.history), want)


@requirement("STA-03")
async def test_history_shows_the_state_at_each_super_step(runs: Runs) -> None:
    done = await run_chain(runs)
    lengths = [len(entry["values"].get("log", [])) for entry in done.history]
    same("steps in the ledger", lengths, [3, 2, 1, 0, 0, 0])
    due = [entry["next"] for entry in done.history]
    same("next", due, [[], ["step"], ["step"], ["step"], ["begin"], ["__start__"]])


@requirement("STA-03")
async def test_history_links_each_entry_to_the_one_before(runs: Runs) -> None:
    done = await run_chain(runs)
    parents = [entry["parent_checkpoint"] for entry in done.history]
    same("the parent of the oldest entry", parents[-1], None)
    linked = [parent["checkpoint_id"] for parent in parents[:-1]]
    same("parents", linked, done.checkpoint_ids[1:])


@requirement("STA-03")
async def test_history_goes_on_with_a_second_run(runs: Runs, api: Api) -> None:
    done = await run_chain(runs)
    await runs.wait(done.thread_id, "chain", {"steps": 1})
    entries = await read_history(api, done.thread_id)
    same("the older part", entries[-len(done.history) :], done.history)
    last = STEPS + 1
    want = [*(("loop", last + n) for n in (4, 3, 2)), ("input", last + 1)]
    same("the newer part", list_sources(entries[: -len(done.history)]), want)


@requirement("STA-04")
@pytest.mark.parametrize("limit", [1, 2, 5])
async def test_history_gives_at_most_limit_entries(
    finished_chain: FinishedChain, api: Api, limit: int
) -> None:
    path = f"/threads/{finished_chain.thread_id}/history"
    want = finished_chain.checkpoint_ids[:limit]
    got = expect(await api.get(path, params={"limit": limit}))
    same(f"GET with limit {limit}", [checkpoint_id(entry) for entry in got], want)
    posted = expect(await api.post(path, json={"limit": limit}))
    same(f"POST with limit {limit}", [checkpoint_id(entry) for entry in posted], want)


@requirement("STA-04")
@pytest.mark.parametrize("place", [0, 2, 5])
async def test_history_before_a_checkpoint_is_strictly_older(
    finished_chain: FinishedChain, api: Api, place: int
) -> None:
    path = f"/threads/{finished_chain.thread_id}/history"
    want, before = (
        finished_chain.checkpoint_ids[place + 1 :],
        finished_chain.history[place]["checkpoint"],
    )
    params = {"limit": 100, "before": before["checkpoint_id"]}
    got = expect(await api.get(path, params=params))
    same("GET", [checkpoint_id(entry) for entry in got], want)
    posted = expect(await api.post(path, json={"limit": 100, "before": before}))
    same("POST", [checkpoint_id(entry) for entry in posted], want)


@requirement("STA-04")
async def test_limit_and_before_walk_the_whole_history(
    finished_chain: FinishedChain, api: Api
) -> None:
    walked: list[str] = []
    page = await read_history(api, finished_chain.thread_id, limit=2)
    while page and len(walked) <= len(finished_chain.history):
        walked += [checkpoint_id(entry) for entry in page]
        page = await read_history(
            api, finished_chain.thread_id, limit=2, before=page[-1]["checkpoint"]
        )
    same("the checkpoints of a walk", walked, finished_chain.checkpoint_ids)


@requirement("STA-04")
async def test_history_matches_metadata(
    aside: Runs, api: Api, finished_chain: FinishedChain
) -> None:
    second, _ = await aside.wait(finished_chain.thread_id, "chain", {"steps": 1})
    by_source = await read_history(api, finished_chain.thread_id, metadata={"source": "input"})
    same("steps of source input", [step for _, step in list_sources(by_source)], [STEPS + 2, -1])
    by_step = await read_history(api, finished_chain.thread_id, metadata={"step": 1})
    same("entries of step 1", list_sources(by_step), [("loop", 1)])
    by_run = await read_history(api, finished_chain.thread_id, metadata={"run_id": second.run_id})
    same("entries of the second run", len(by_run), 1 + MORE)
    same(
        "entries of an unknown run",
        await read_history(api, finished_chain.thread_id, metadata={"run_id": "nobody"}),
        [],
    )


@requirement("STA-05")
async def test_history_without_a_limit_has_a_default_length(
    runs: Runs, api: Api, observe: Observed
) -> None:
    done = await run_chain(runs, steps=10)
    path = f"/threads/{done.thread_id}/history"
    lengths = {
        "GET": len(expect(await api.get(path))),
        "POST": len(expect(await api.post(path, json={}))),
    }
    observe(f"history without a limit: {lengths}")
    for method, length in lengths.items():
        assert length in (1, 10), f"{method} {path} gave {length} entries, but should give 10 or 1"


@requirement("STA-24")
async def test_checkpoints_say_where_they_come_from(runs: Runs, api: Api) -> None:
    done = await run_chain(runs)
    run = await runs.read(done.handle)
    want = {
        "run_id": done.handle.run_id,
        "thread_id": done.thread_id,
        "graph_id": "chain",
        "assistant_id": (run or {})["assistant_id"],
        "run_attempt": 1,
    }
    for entry in done.history:
        got = {name: entry["metadata"].get(name) for name in want}
        same(f"metadata at step {entry['metadata']['step']}", got, want)


@requirement("STA-27")
@pytest.mark.parametrize(
    ("durability", "entries"), [("sync", STEPS + MORE), ("async", STEPS + MORE), ("exit", 1)]
)
async def test_durability_decides_which_checkpoints_are_kept(
    runs: Runs, api: Api, durability: str, entries: int
) -> None:
    thread_id = await runs.new_thread()
    _, values = await runs.wait(thread_id, "chain", {"steps": STEPS}, durability=durability)
    kept = await read_history(api, thread_id)
    same(f"checkpoints kept under {durability}", len(kept), entries)
    same("the newest of them", (kept[0]["values"], kept[0]["next"]), (values, []))
