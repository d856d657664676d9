"""What a graph sees as its context."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.wire.runs import Runs


@requirement("RUN-36")
@pytest.mark.parametrize("body", [{}, {"context": {}}], ids=["none", "empty"])
async def test_a_context_has_its_schemas_defaults(runs: Runs, body: dict[str, Any]) -> None:
    handle, answer = await runs.wait(await runs.new_thread(), "defaults", {}, **body)
    same("status", await runs.until_terminal(handle), "success")
    same("the model of the context", answer.get("model"), "standard")


@requirement("RUN-36")
async def test_a_context_that_was_sent_replaces_a_default(runs: Runs) -> None:
    context = {"model": "large"}
    _, answer = await runs.wait(await runs.new_thread(), "defaults", {}, context=context)
    same("the model of the context", answer.get("model"), "large")


@requirement("RUN-37")
async def test_configurable_reaches_the_context(runs: Runs) -> None:
    config = {"configurable": {"model": "small"}}
    _, answer = await runs.wait(await runs.new_thread(), "defaults", {}, config=config)
    same("the model of the context", answer.get("model"), "small")
