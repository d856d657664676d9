"""Graphs that are made when they are needed: `"agent": "./agent.py:make_graph"`.

A factory is a function, plain or async, or a context manager of either kind, and returns a graph,
compiled or not. It may take the config, the server's runtime, both, or nothing:

    def make_graph(): ...
    async def make_graph(config: RunnableConfig): ...
    @asynccontextmanager
    async def make_graph(runtime: ServerRuntime[Context]): ...

It is called for each run, with the config, context and user of that run, and for each read or
change of a state and each look at an assistant, which `runtime.access_context` tells apart. What a
context manager does after its `yield` is done when the run is over, however it ended.
"""

import asyncio
import inspect
import logging
import re
import sys
import typing
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
)
from dataclasses import is_dataclass
from typing import Any

from langgraph.graph import StateGraph
from langgraph.pregel import Pregel
from langgraph.store.base import BaseStore
from langgraph_sdk.runtime import _ExecutionRuntime, _ReadRuntime
from pydantic import BaseModel

from onceproof.reference_impl.core.context import run_context
from onceproof.reference_impl.core.engine import EXECUTION, GraphUse
from onceproof.reference_impl.errors import ConfigError, Unbuildable

log = logging.getLogger(__name__)

#: How long what a factory does at its end may take; the run's slot is not free until then.
LEAVE_S = 10.0

_RUNTIME = re.compile(r"\b_?(Server|Execution|Read)Runtime\b")
_CONFIG = re.compile(r"\bRunnableConfig\b")


class Factory:
    """A function that makes a graph."""

    def __init__(self, graph_id: str, function: Callable[..., Any]):
        """Look at what the function asks for; ConfigError if that is more than there is."""
        self._graph_id = graph_id
        self._function = function
        self._roles, annotation = _read_roles(graph_id, function)
        self._context_schema = _find_class(annotation)

    @asynccontextmanager
    async def build(self, use: GraphUse, store: BaseStore | None) -> AsyncIterator[Pregel]:
        """Make the graph for this use, and leave the factory at the end of the block.

        An error of the factory's own is raised as it is in a run, which it ends, and elsewhere as
        Unbuildable. A factory that swallows what was raised in its block hides nothing.
        """
        stack = AsyncExitStack()
        try:
            graph = await self._enter(stack, use, store)
        except Exception as error:
            if use.purpose == EXECUTION:
                raise
            log.error("graph %r: its factory failed", self._graph_id, exc_info=error)
            raise Unbuildable(
                f"graph {self._graph_id!r} cannot be built: its factory raised "
                f"{type(error).__name__}; the server's log says more"
            ) from error
        try:
            yield graph
        finally:
            await self._leave(stack, sys.exc_info())

    async def _enter(self, stack: AsyncExitStack, use: GraphUse, store: BaseStore | None) -> Pregel:
        made = self._function(**self._arguments(use, store))
        if inspect.isawaitable(made):
            made = await made
        if isinstance(made, AbstractAsyncContextManager):
            made = await stack.enter_async_context(made)
        elif isinstance(made, AbstractContextManager):
            made = stack.enter_context(made)
        if isinstance(made, StateGraph):
            made = made.compile()
        if not isinstance(made, Pregel):
            raise TypeError(f"the factory made a {type(made).__name__}, not a graph")
        return made

    async def _leave(self, stack: AsyncExitStack, raised: Any) -> None:
        """Run the factory's exit code; it changes nothing about how the block ended."""
        try:
            async with asyncio.timeout(LEAVE_S):
                await stack.__aexit__(*raised)
        except Exception as error:  # an operator's code may raise anything, and the run is over
            log.error("graph %r: its factory failed at its end", self._graph_id, exc_info=error)

    def _arguments(self, use: GraphUse, store: BaseStore | None) -> Mapping[str, Any]:
        found = {"config": use.config, "runtime": self._runtime(use, store)}
        return {name: found[role] for name, role in self._roles.items()}

    def _runtime(self, use: GraphUse, store: Any) -> Any:
        user = use.config.get("configurable", {}).get("langgraph_auth_user")
        about: Any = {"access_context": use.purpose, "user": user, "store": store}
        if use.purpose != EXECUTION:
            return _ReadRuntime(**about)
        return _ExecutionRuntime(**about, context=self._context(use))

    def _context(self, use: GraphUse) -> Any:
        schema = self._context_schema
        found = run_context(schema, use.context, use.config.get("configurable", {}))
        return found if schema is None or found is None else schema(**found)


def _find_class(annotation: Any) -> type | None:
    """The class in `ServerRuntime[Class]`, if it is one that a context can be made of."""
    for found in typing.get_args(annotation):
        if isinstance(found, type) and (is_dataclass(found) or issubclass(found, BaseModel)):
            return found
    return None


def _read_roles(graph_id: str, function: Callable[..., Any]) -> tuple[dict[str, str], Any]:
    """What each parameter is given, and the runtime's annotation."""
    hints = _annotations(function)
    roles, runtime, others = {}, None, []
    for name, parameter in inspect.signature(function).parameters.items():
        hint = hints.get(name, parameter.annotation)
        if _RUNTIME.search(str(hint)) or name == "runtime":
            roles[name], runtime = "runtime", hint
        elif _CONFIG.search(str(hint)) or name == "config":
            roles[name] = "config"
        elif parameter.default is parameter.empty and parameter.kind not in (
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        ):
            others.append(name)
    if len(others) == 1 and not roles:
        return {others[0]: "config"}, None
    if others:
        raise ConfigError(
            f"graph {graph_id!r}: its factory asks for {', '.join(others)}; it may take a config, "
            "a runtime, both, or nothing"
        )
    return roles, runtime


def _annotations(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The types of the parameters, as far as their names can be looked up."""
    try:
        return typing.get_type_hints(function)
    except (NameError, TypeError, AttributeError):
        return getattr(function, "__annotations__", {})
