"""What others would feel is not done where there may be others."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis

from onceproof.conformance.cli import main
from onceproof.conformance.errors import USAGE, NeedsExclusive, UsageError
from onceproof.conformance.faults.guest import demand_own_redis
from onceproof.conformance.guest.foreign import BREAKS, demand_own, explain
from onceproof.conformance.options import Options
from onceproof.conformance.runner.load import DEFAULT_S, choose_load_seconds
from onceproof.conformance.stacks.embedded import EmbeddedStack
from onceproof.conformance.targets import UrlTarget

ONE = "5c1f1b1e-0000-4000-8000-000000000001"
SHARED = Options(urls=("http://h:1",), environ={})
OURS = Options(urls=("http://h:1",), exclusive=True, environ={})


@pytest.mark.parametrize(
    "path, body",
    [
        ("/runs/cancel", {"status": "pending"}),
        ("/runs/cancel", {}),
        ("/runs/cancel", {"thread_id": ONE, "run_ids": [ONE], "status": "all"}),
        ("/runs/cancel", {"thread_id": ONE}),
        ("/runs/cancel", None),
        ("/behind/a/prefix/runs/cancel", []),
        ("/threads/prune", {"thread_ids": []}),
        ("/threads/prune", {"thread_ids": None, "strategy": "delete"}),
        ("/threads/prune", {"thread_ids": [None]}),
        ("/threads/prune", {"strategy": "delete"}),
    ],
)
def test_a_request_that_may_hit_what_others_made_is_not_sent(path: str, body: object) -> None:
    with pytest.raises(NeedsExclusive, match="--exclusive allows it"):
        demand_own("POST", path, json.dumps(body).encode())


@pytest.mark.parametrize(
    "method, path, body",
    [
        ("POST", "/runs/cancel", {"thread_id": ONE, "run_ids": [ONE]}),
        ("POST", "/threads/prune", {"thread_ids": [ONE], "strategy": "delete"}),
        ("POST", f"/threads/{ONE}/runs/{ONE}/cancel", {}),
        ("POST", "/threads/search", {}),
        ("DELETE", f"/threads/{ONE}", None),
    ],
)
def test_a_request_that_names_what_it_hits_is_sent(method: str, path: str, body: object) -> None:
    demand_own(method, path, json.dumps(body).encode())


def test_levers_that_break_something_are_withheld_and_those_that_read_are_not() -> None:
    said: dict[str, Any] = {"kill": lambda name, limit_s: "", "log": lambda name, limit_s: "line"}
    levers = UrlTarget(["a=http://h:1"], levers=said, withheld=explain(BREAKS)).levers
    assert levers is not None
    assert levers.log("a") == "line"
    assert (levers.has("kill"), levers.has("log")) == (False, True)
    with pytest.raises(NeedsExclusive, match="it stops or pauses processes of the target"):
        levers.kill("a")


def test_where_others_live_there_is_no_load_without_a_word_or_a_limit() -> None:
    assert choose_load_seconds(SHARED, (), None) == 0
    assert choose_load_seconds(OURS, (), None) == DEFAULT_S
    assert choose_load_seconds(Options(environ={}), (), None) == DEFAULT_S
    limited = Options(urls=SHARED.urls, max_rate=5.0, environ={})
    assert choose_load_seconds(limited, (), None) == DEFAULT_S
    with pytest.raises(UsageError, match=r"--load-seconds 5 .* add --exclusive.* or --max-rate N"):
        choose_load_seconds(SHARED, (), 5)


def test_a_bench_needs_the_word(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "--url", "http://127.0.0.1:1"])
    assert ended.value.code == USAGE
    assert "add --exclusive" in capsys.readouterr().err


def session_on(uri: str, **options: Any) -> Any:
    stack = SimpleNamespace(redis_uri=uri, offers=lambda what: False)
    given = Options(urls=("http://h:1",), environ={}, **options)
    return SimpleNamespace(stack=stack, options=given)


def test_a_redis_is_emptied_only_by_its_own_word_and_without_foreign_keys(tmp_path: Path) -> None:
    stack = EmbeddedStack(tmp_path)
    stack.start()
    try:
        uri, other = stack.redis_uri, stack.redis_number(7)
        redis.Redis.from_url(uri).set("run:1:stream", "x")
        with pytest.raises(NeedsExclusive, match="--exclusive allows it"):
            demand_own_redis(session_on(uri, may_flush_redis=("*",)))
        with pytest.raises(NeedsExclusive, match="--may-flush-redis GLOB says which keys"):
            demand_own_redis(session_on(uri, exclusive=True))
        demand_own_redis(session_on(uri, exclusive=True, may_flush_redis=("run:*",)))
        redis.Redis.from_url(other).set("sessions:ada", "x")
        with pytest.raises(NeedsExclusive, match="'sessions:ada'"):
            demand_own_redis(session_on(uri, exclusive=True, may_flush_redis=("run:*",)))
    finally:
        stack.stop()
