"""What a server is not accused of twice: only the requirement it is about reports it."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from onceproof.conformance.options import Options
from onceproof.conformance.suite.crons.stateless import require_search
from onceproof.conformance.suite.deployment.boots import Boot
from onceproof.conformance.suite.deployment.test_refusals import demand_refusal
from onceproof.conformance.suite.kit.crons import Crons
from onceproof.conformance.suite.kit.replicas import read_health
from onceproof.conformance.suite.kit.scene import Scene
from onceproof.conformance.suite.kit.verdicts import skip_what_lacks
from onceproof.conformance.suite.limits.long_queue import LongQueue
from onceproof.conformance.suite.store.test_ttl import sweeps_every_minute
from onceproof.conformance.targets.base import Capable
from onceproof.conformance.targets.capabilities import STARTED
from onceproof.conformance.wire.client import Api

Answer = Callable[[str, str, dict[str, Any]], tuple[int, Any]]


class OneAnswer(Api):
    """A client whose answers are those of a function of method, path and body."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(["http://nobody"])
        self.asked: list[str] = []
        self._answer = answer

    async def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        self.asked.append(f"{method} {path}")
        status, body = self._answer(method, path, given.get("json") or {})
        return httpx.Response(status, json=body, request=httpx.Request(method, f"http://h{path}"))


def session(profile: str | None, kind: str = "command") -> Any:
    options = Options(target_profile=profile, environ={})
    target = Capable()
    target.kind = kind
    target.capabilities = frozenset() if kind == "url" else STARTED
    return SimpleNamespace(options=options, target=target)


@pytest.mark.anyio
async def test_a_cron_that_is_answered_with_its_first_run_is_found_and_deleted() -> None:
    made: list[dict[str, Any]] = [{"cron_id": "another", "payload": {"input": {"nonce": "n"}}}]

    def answer(method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if path.endswith("/search"):
            return 200, made[::-1]
        if method == "POST":
            made.append({"cron_id": "own", "payload": {"input": body["input"]}})
        return 200, {"run_id": "r"}

    api = OneAnswer(answer)
    async with Crons(api) as crons:
        assert (await crons.new())["cron_id"] == "own"
    assert api.asked[-1] == "DELETE /runs/crons/own"


@pytest.mark.anyio
@pytest.mark.parametrize("ignored", [True, False])
async def test_a_search_that_ignores_its_filter_tells_nothing_of_threads(ignored: bool) -> None:
    api = OneAnswer(lambda *_: (200, [{"thread_id": "anothers"}] if ignored else []))
    if not ignored:
        await require_search(api)
        return
    with pytest.raises(pytest.skip.Exception, match="INCONCLUSIVE: the thread search ignores"):
        await require_search(api)


@pytest.mark.anyio
async def test_without_batches_nothing_is_said_of_what_is_beside_them() -> None:
    async def absent() -> LongQueue:
        raise AssertionError("POST /runs/batch answered 404: there are no batches")

    scene = Scene("LIM-12", absent)
    with pytest.raises(pytest.skip.Exception, match="LIM-12 judges: POST"), skip_what_lacks():
        await scene()
    with pytest.raises(AssertionError, match="there are no batches"), skip_what_lacks({"LIM-12"}):
        await scene()


def test_a_server_without_the_section_is_not_told_to_sweep_its_store() -> None:
    assert sweeps_every_minute(session("langgraph-dev"))
    assert not sweeps_every_minute(session("aegra"))
    assert not sweeps_every_minute(session(None, "url"))


@pytest.mark.anyio
async def test_health_is_asked_where_the_server_has_it() -> None:
    for profile, paths in (("aegra", ["/health"]), (None, ["/ok", "/health"])):
        api = OneAnswer(lambda _, path, __: (200 if path == "/health" else 404, {}))
        assert await read_health(api, session(profile)) == 200
        assert api.asked == [f"GET {path}" for path in paths]


def test_one_that_was_ended_by_us_did_not_end_its_start() -> None:
    made: Any = SimpleNamespace(serves=False, settled=False, status=-15, output=json.dumps({}))
    boot: Boot = made
    with pytest.raises(AssertionError, match="a bad URI: it neither ended nor served for"):
        demand_refusal("a bad URI", boot)
