"""What a graph factory is given, and how it is left."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.graph import START, StateGraph
from langgraph_sdk.runtime import ServerRuntime

from onceproof.reference_impl.core.engine import EXECUTION, GraphUse
from onceproof.reference_impl.core.user import User
from onceproof.reference_impl.errors import ConfigError, Unbuildable
from onceproof.reference_impl.resources.factories import Factory

pytestmark = pytest.mark.anyio

CONFIG: Any = {"configurable": {"langgraph_auth_user": User({"identity": "alice"}), "n": 3}}
RUN = GraphUse(EXECUTION, CONFIG, {"n": 5})
READ = GraphUse("assistants.read", CONFIG)


def make_builder() -> Any:
    return StateGraph(dict).add_node("a", lambda state: {}).add_edge(START, "a")


@dataclass
class Context:
    n: int = 1


class Seen:
    """Factories that remember what they were given, and when they were left."""

    def __init__(self) -> None:
        self.given: list[Any] = []
        self.left = 0

    def of_nothing(self) -> Any:
        return make_builder()

    async def of_config(self, config: RunnableConfig) -> Any:
        self.given.append(config)
        return make_builder().compile()

    def of_any_name(self, c):  # type: ignore[no-untyped-def]
        self.given.append(c)
        return make_builder()

    @asynccontextmanager
    async def of_runtime(self, rt: ServerRuntime[Context]) -> AsyncIterator[Any]:
        self.given.append(rt)
        try:
            yield make_builder()
        finally:
            self.left += 1

    @contextmanager
    def of_both(self, config: RunnableConfig, runtime: ServerRuntime) -> Iterator[Any]:
        self.given += [config, runtime]
        yield make_builder().compile()
        self.left += 1

    @asynccontextmanager
    async def swallowing(self) -> AsyncIterator[Any]:
        try:
            yield make_builder()
        except ValueError:
            self.left += 1

    @asynccontextmanager
    async def raising_at_its_end(self) -> AsyncIterator[Any]:
        yield make_builder()
        raise RuntimeError("at its end")

    def broken(self) -> Any:
        raise LookupError("boo")

    def of_no_graph(self) -> Any:
        return 5


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.mark.parametrize("name", ["of_nothing", "of_config", "of_any_name", "of_runtime"])
async def test_each_form_makes_a_graph(seen: Seen, name: str) -> None:
    async with Factory("g", getattr(seen, name)).build(RUN, None) as graph:
        assert "a" in graph.nodes


@pytest.mark.parametrize("name", ["of_config", "of_any_name"])
async def test_a_config_is_given_by_type_or_as_the_only_argument(seen: Seen, name: str) -> None:
    async with Factory("g", getattr(seen, name)).build(RUN, None):
        assert seen.given == [CONFIG]


async def test_a_runtime_has_user_and_context_for_a_run_alone(seen: Seen) -> None:
    factory = Factory("g", seen.of_runtime)
    for use in (RUN, READ):
        async with factory.build(use, None):
            pass
    run, read = seen.given
    assert run.execution_runtime.context == Context(5)
    assert read.execution_runtime is None
    assert [each.access_context for each in seen.given] == [RUN.purpose, READ.purpose]
    assert {each.ensure_user().identity for each in seen.given} == {"alice"}


async def test_both_are_given_and_left(seen: Seen) -> None:
    async with Factory("g", seen.of_both).build(READ, None):
        assert seen.given[0] is CONFIG
        assert seen.left == 0
    assert seen.left == 1


async def test_what_a_factory_swallows_is_raised_all_the_same(seen: Seen) -> None:
    with pytest.raises(ValueError, match="of the run"):
        async with Factory("g", seen.swallowing).build(RUN, None):
            raise ValueError("of the run")
    assert seen.left == 1


async def test_a_failure_at_its_end_is_logged_and_changes_nothing(
    seen: Seen, caplog: pytest.LogCaptureFixture
) -> None:
    async with Factory("g", seen.raising_at_its_end).build(RUN, None):
        pass
    assert "failed at its end" in caplog.text


async def test_a_factory_that_raises_fails_a_run_as_it_is_and_a_read_by_a_sentence(
    seen: Seen,
) -> None:
    factory = Factory("g", seen.broken)
    with pytest.raises(LookupError, match="boo"):
        async with factory.build(RUN, None):
            pass
    with pytest.raises(Unbuildable, match="graph 'g' cannot be built: its factory raised"):
        async with factory.build(READ, None):
            pass


async def test_what_is_no_graph_is_refused(seen: Seen) -> None:
    with pytest.raises(TypeError, match="made a int, not a graph"):
        async with Factory("g", seen.of_no_graph).build(RUN, None):
            pass


def test_a_factory_that_asks_for_more_ends_the_start() -> None:
    with pytest.raises(ConfigError, match="its factory asks for model, database"):
        Factory("g", lambda model, config, *, database: None)
