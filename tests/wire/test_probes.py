"""A request for a probe that is not hosted is not sent, however it names the graph."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from onceproof.conformance.errors import MissingProbe
from onceproof.conformance.suite.sdk.clients import open_official_client, open_official_sync_client
from onceproof.conformance.wire.bare import compose_request
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.probes import ASKED, ProbeGuard, default_assistant_id
from onceproof.conformance.wire.runs import Runs
from tests.wire.log import Log

pytestmark = pytest.mark.anyio

NOWHERE = "http://127.0.0.1:1"
SUITE = Path(__file__).parents[2] / "conformance" / "suite"
#: Where a client sends nothing that could name a graph.
NAMELESS = {"kit/deployments.py", "shutdown/test_api_stop.py", "deployment/test_bare.py"}
#: Ways of asking for the graph that stands for `{}`.
WAYS: dict[str, tuple[str, Any]] = {
    "run": ("/threads/t/runs", {"json": {"assistant_id": "{}"}}),
    "batch": ("/runs/batch", {"json": [{"assistant_id": "agent"}, {"assistant_id": "{}"}]}),
    "assistant": ("/assistants", {"json": {"graph_id": "{}"}}),
    "metadata": ("/threads", {"json": {"metadata": {"graph_id": "{}"}}}),
    "bytes": ("/runs", {"content": b'{"assistant_id": "{}"}'}),
    "path": ("/assistants/{}/schemas", {}),
}


def ask_for(name: str, path: str, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The same request, for this graph."""

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: fill(each) for key, each in value.items()}
        if isinstance(value, list):
            return [fill(each) for each in value]
        if isinstance(value, bytes):
            return value.replace(b"{}", name.encode())
        return value.replace("{}", name)

    return path.replace("{}", name), fill(dict(options))


@pytest.mark.parametrize("way", WAYS)
def test_a_missing_probe_is_found_by_its_name_and_by_its_assistant(way: str) -> None:
    ASKED.clear()
    guard = ProbeGuard(["chain", "echo"], ["chain"])
    for name in ("chain", default_assistant_id("chain")):
        with pytest.raises(MissingProbe, match="needs the probe graph 'chain'"):
            guard.demand_request(*ask_for(name, *WAYS[way]))
    for name in ("echo", default_assistant_id("echo"), "nobody-has-this", "agent"):
        guard.demand_request(*ask_for(name, *WAYS[way]))
    assert {"chain", "echo"} == ASKED


@pytest.mark.parametrize(
    "options",
    [{}, {"json": 3}, {"content": b"{"}, {"json": {"graph_id": 1}}, {"content": b"[" * 100_000}],
    ids=["nothing", "a number", "cut short", "no name", "deep"],
)
def test_what_names_no_graph_is_let_through(options: Mapping[str, Any]) -> None:
    ProbeGuard(["chain"], ["chain"]).demand_request("/threads/search", options)


def test_a_target_without_any_probe_gives_one_reason_for_all() -> None:
    guard = ProbeGuard(["chain", "echo"], ["chain", "echo"])
    reasons = {guard.explain("chain"), guard.explain("echo")}
    assert len(reasons) == 1
    assert "the target hosts none: deploy them (onceproof probes export DIR)" in reasons.pop()


async def test_nothing_is_sent_and_nothing_recorded(tmp_path: Path) -> None:
    log = Log(tmp_path / "history.jsonl")
    guard = ProbeGuard(["chain"], ["chain"])
    async with Api([NOWHERE], log, guard=guard) as api:
        runs = Runs(api, log)
        with pytest.raises(MissingProbe):
            await runs.create("t", "chain", {})
        with pytest.raises(MissingProbe):
            await api.post("/runs/wait", json={"assistant_id": "chain"})
    assert log.records() == []


async def test_the_official_clients_are_kept_from_it_too() -> None:
    guard = ProbeGuard(["chain"], ["chain"])
    async with open_official_client(NOWHERE, guard) as client:
        with pytest.raises(MissingProbe):
            await client.runs.wait(None, "chain")
    with open_official_sync_client(NOWHERE, guard) as client, pytest.raises(MissingProbe):
        client.assistants.get(default_assistant_id("chain"))


async def test_a_request_that_is_written_by_hand_is_kept_from_it_too() -> None:
    async with Api([NOWHERE], guard=ProbeGuard(["chain"], ["chain"])) as api:
        with pytest.raises(MissingProbe):
            compose_request(api, "POST", "/runs", b'{"assistant_id":"chain"}')


def test_whatever_the_suite_writes_by_hand_is_composed_with_the_guard() -> None:
    written = [file for file in SUITE.rglob("*.py") if "guest.creation" in file.read_text("utf-8")]
    assert written == [], "use conformance.wire.bare.compose_request"


def test_every_client_of_the_suite_knows_the_guard() -> None:
    assert {where for where, names in _list_clients() if "guard" not in names} <= NAMELESS


def _list_clients() -> Iterator[tuple[str, set[str | None]]]:
    """Where a client is made, and by which named arguments."""
    for file in SUITE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Api":
                where = file.relative_to(SUITE).as_posix()
                yield where, {each.arg for each in node.keywords}
