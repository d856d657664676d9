"""Graphs and the API share one store, whatever thread a graph runs on."""

from typing import Any

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.store_space import Space
from onceproof.conformance.wire.runs import Runs


@requirement("STO-11")
async def test_the_api_shows_what_a_graph_has_put(runs: Runs, space: Space) -> None:
    await run_on_new_thread(
        runs, op="put", namespace=space.below("graph"), key="k", value={"by": 1}
    )
    item = await space.get("k", "graph")
    same("the value", item["value"], {"by": 1})
    same("what a search finds", await space.keys("graph"), ["k"])
    await run_on_new_thread(
        runs, op="put", namespace=space.below("graph"), key="k", value={"by": 2}
    )
    same("the value put again", (await space.get("k", "graph"))["value"], {"by": 2})


@requirement("STO-11")
async def test_a_graph_sees_what_was_put_through_the_api(runs: Runs, space: Space) -> None:
    await space.put("k", {"by": "api"}, "api")
    namespace = space.below("api")
    got = await run_on_new_thread(runs, op="get", namespace=namespace, key="k")
    same("what the graph got", got, {"by": "api"})
    found = await run_on_new_thread(runs, op="search", namespace=space.root)
    same("what the graph found", found, [{"namespace": namespace, "key": "k", "value": got}])
    await space.delete("k", namespace)
    gone = await run_on_new_thread(runs, op="get", namespace=namespace, key="k")
    same("what the graph got after the deletion", gone, None)


@requirement("STO-11")
async def test_a_graph_sees_what_another_thread_has_put(runs: Runs, space: Space) -> None:
    where = {"namespace": space.below("threads"), "key": "k"}
    await run_on_new_thread(runs, op="put", value={"by": "the first thread"}, **where)
    got = await run_on_new_thread(runs, op="get", **where)
    same("what the second thread got", got, {"by": "the first thread"})


async def run_on_new_thread(runs: Runs, **operation: Any) -> Any:
    """Run the graph `memory` on a new thread, and return its result."""
    _, values = await runs.wait(await runs.new_thread(), "memory", operation)
    assert "__error__" not in values, f"the graph failed: {values['__error__']}"
    return values["result"]
