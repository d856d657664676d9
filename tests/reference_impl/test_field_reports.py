"""What people report of servers of this kind, each on two workers of the reference server."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from onceproof.conformance.stacks import open_stack
from onceproof.conformance.targets import CommandTarget
from onceproof.conformance.targets.base import ReplicaCounts

pytestmark = pytest.mark.anyio

CONFIG = Path(__file__).parent / "graphs" / "field.json"
COMMAND = "{python} -m onceproof.reference_impl --role {role} --port {port}"
ENV = {"LANGGRAPH_CONFIG_PATH": str(CONFIG), "N_JOBS_PER_WORKER": "4"}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandTarget]:
    folder = tmp_path_factory.mktemp("field")
    with open_stack("embedded", folder / "stack", {}) as stack:
        target = CommandTarget(COMMAND, stack, folder, counts=ReplicaCounts(1, 2), env=ENV)
        target.start()
        yield target
        target.stop()


class Thread:
    """One thread of the server."""

    def __init__(self, http: httpx.AsyncClient, thread_id: str):
        self._http = http
        self.id = thread_id
        self._path = f"/threads/{thread_id}"

    async def wait(self, **body: Any) -> httpx.Response:
        run = {"assistant_id": "field", **body}
        return await self._http.post(f"{self._path}/runs/wait", json=run)

    async def post(self, path: str, body: Any) -> httpx.Response:
        return await self._http.post(path, json=body)

    async def delete(self, path: str) -> httpx.Response:
        return await self._http.delete(self._path + path)

    async def read(self, path: str = "") -> Any:
        answer = await self._http.get(self._path + path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def history(self) -> str:
        return (await self._http.post(f"{self._path}/history", json={})).text


@pytest.fixture
async def thread(target: CommandTarget) -> AsyncIterator[Thread]:
    async with httpx.AsyncClient(base_url=target.urls[0], timeout=30) as http:
        made = await http.post("/threads", json={})
        yield Thread(http, made.json()["thread_id"])


async def test_types_of_a_graphs_own_file_are_themselves_in_every_process(
    thread: Thread, target: CommandTarget
) -> None:
    await thread.wait(input={})
    assert target.levers is not None
    for worker in [replica.name for replica in target.replicas if replica.role == "worker"]:
        target.levers.kill(worker)
        assert (await thread.wait(input={})).json()["kinds"] == ["Box", "Color"]
        target.levers.start(worker)


async def test_writes_that_the_graph_refuses_end_a_run_once_and_leave_the_thread_usable(
    thread: Thread, target: CommandTarget
) -> None:
    """Whoever reads the state to end the run meets the refused writes once more."""
    answer = (await thread.wait(assistant_id="clash", input={"clash": True})).json()
    assert answer["__error__"]["error"] == "InvalidUpdateError"
    assert target.levers is not None
    logs = "".join(target.levers.log(each.name) for each in target.replicas)
    assert "lease expired" not in logs.rpartition("InvalidUpdateError")[2]
    assert (await thread.read("/state"))["values"] == {"clash": True}
    again = (await thread.wait(assistant_id="clash", input={"clash": False})).json()
    assert again["key"] == "one"


async def test_a_node_that_exits_ends_its_run_and_no_process(
    thread: Thread, target: CommandTarget
) -> None:
    answer = (await thread.wait(input={"do": "exit"})).json()
    assert answer["__error__"] == {"error": "SystemExit", "message": "bad input"}
    assert target.levers is not None
    assert all(target.levers.alive(replica.name) for replica in target.replicas)
    runs = await thread.read("/runs")
    assert [run["status"] for run in runs] == ["error"]


async def test_keys_that_json_does_not_have_are_text(thread: Thread) -> None:
    assert (await thread.wait(input={"do": "keys"})).json()["cache"] == {"(1, 2)": 3, "k": 4}
    assert (await thread.read())["values"]["cache"] == {"(1, 2)": 3, "k": 4}
    assert (await thread.read("/state"))["values"]["cache"] == {"(1, 2)": 3, "k": 4}


async def test_state_that_cannot_be_stored_ends_the_run_as_an_error_that_names_the_key(
    thread: Thread,
) -> None:
    error = (await thread.wait(input={"do": "lambda"})).json()["__error__"]
    assert "cache" in error["message"]
    assert [run["status"] for run in await thread.read("/runs")] == ["error"]


@pytest.mark.parametrize(
    "body, model",
    [
        ({}, "m"),
        ({"context": {}}, "m"),
        ({"context": {"model": "x"}}, "x"),
        ({"config": {"configurable": {"model": "y"}}}, "y"),
    ],
    ids=["none", "empty", "context", "configurable"],
)
async def test_a_context_has_its_defaults_and_what_the_client_sent(
    thread: Thread, body: dict[str, Any], model: str
) -> None:
    answer = await thread.wait(input={"do": "context"}, **body)
    assert answer.json()["kinds"] == [model]


async def test_context_and_request_id_are_in_no_checkpoint(thread: Thread) -> None:
    await thread.wait(input={"do": "context"}, context={"model": "s3cret"})
    history = await thread.history()
    assert "s3cret" not in history.replace('"kinds":["s3cret"]', "")
    assert "langgraph_request_id" not in history


async def test_a_question_that_nobody_answered_stays_open(thread: Thread) -> None:
    await thread.wait(input={"do": "ask twice"})
    await thread.wait(command={"resume": "A"})
    third = (await thread.wait(input=None)).json()
    assert third["__interrupt__"][0]["value"] == "q2"
    assert (await thread.wait(command={"resume": "B"})).json()["log"] == ["A", "B"]


async def test_null_is_refused_as_an_answer_and_taken_for_a_named_question(
    thread: Thread,
) -> None:
    first = (await thread.wait(input={"do": "ask twice"})).json()
    refusal = await thread.wait(command={"resume": None})
    assert refusal.status_code == 422
    assert "null is not an answer" in refusal.json()["detail"]
    question = first["__interrupt__"][0]["id"]
    second = (await thread.wait(command={"resume": {question: None}})).json()
    assert second["__interrupt__"][0]["value"] == "q2"


async def test_an_answer_to_no_question_of_the_thread_leaves_its_question_open(
    thread: Thread,
) -> None:
    await thread.wait(input={"do": "ask twice"})
    await thread.wait(command={"resume": {"0" * 32: "x"}})
    state, shown = await thread.read("/state"), await thread.read()
    assert [i["value"] for i in state["interrupts"]] == ["q1"]
    assert [i["value"] for found in shown["interrupts"].values() for i in found] == ["q1"]


LOG = ["a0", "a1", "a2"]


@pytest.fixture
async def log(thread: Thread) -> Thread:
    """A thread with three entries in a delta channel, by a run each."""
    for _ in LOG:
        await thread.wait(assistant_id="deltas", input={})
    return thread


async def test_a_threads_values_hold_what_is_in_delta_channels(log: Thread) -> None:
    assert (await log.read())["values"] == {"log": LOG}
    search = {"ids": [log.id], "extract": {"last": "values.log[-1]"}}
    [found] = (await log.post("/threads/search", search)).json()
    assert found["extracted"] == {"last": "a2"}


async def test_pruning_keeps_what_is_in_delta_channels(log: Thread) -> None:
    await log.post("/threads/prune", {"thread_ids": [log.id], "strategy": "keep_latest"})
    assert (await log.read("/state"))["values"] == {"log": LOG}
    answer = await log.wait(assistant_id="deltas", input={})
    assert answer.json() == {"log": [*LOG, "a3"]}


async def test_deleting_a_run_keeps_what_later_runs_put_into_delta_channels(log: Thread) -> None:
    middle = (await log.read("/runs"))[1]["run_id"]
    assert (await log.delete(f"/runs/{middle}")).status_code == 204
    assert (await log.read("/state"))["values"] == {"log": LOG}
    assert len(await log.read("/runs")) == 2


async def test_a_copy_has_what_is_in_delta_channels(log: Thread) -> None:
    copy = (await log.post(f"/threads/{log.id}/copy", {})).json()
    state = await log._http.get(f"/threads/{copy['thread_id']}/state")
    assert state.json()["values"] == {"log": LOG}
