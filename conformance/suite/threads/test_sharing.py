"""One thread, several graphs."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.suite.kit.reads import read_state
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs


@requirement("THR-27")
async def test_a_later_graph_sees_the_state_of_an_earlier_one(aside: Runs, api: Api) -> None:
    thread_id = await aside.new_thread()
    _, first = await aside.wait(thread_id, "chain", {"steps": 2})
    handle, second = await aside.wait(thread_id, "command", {"to": ["right"]})
    same("the answer's log", second["log"], [*first["log"], "route", "right"])
    values = (await read_state(api, thread_id))["values"]
    same(
        "log and nonce in the state",
        (values["log"], values["nonce"]),
        (second["log"], handle.nonce),
    )


@requirement("THR-27")
async def test_assistants_of_one_graph_follow_each_other(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    async with Assistants(api) as assistants:
        ids = [(await assistants.new("chain"))["assistant_id"] for _ in range(2)]
        handles = [(await runs.wait(thread_id, each, {"steps": 1}))[0] for each in ids]
    log = (await read_state(api, thread_id))["values"]["log"]
    same(
        "whose steps are in the ledger",
        [each["nonce"] for each in log],
        [each.nonce for each in handles],
    )
