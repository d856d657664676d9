"""What `/openapi.json` says is what the server does, whatever a client makes of the description.

schemathesis makes requests from the document: such as fit it and such as do not, half of them about
things that exist. The seed is fixed, so a failure comes again.
"""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from onceproof.conformance.stacks import Stack
from onceproof.conformance.targets import CommandTarget
from onceproof.reference_impl.api.openapi import document
from onceproof.reference_impl.app import create_app

CONFIG = Path(__file__).parents[1] / "graphs" / "langgraph.json"
COMMAND = "{python} -m onceproof.reference_impl --role all --port {port}"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

_SERVICES: Any = SimpleNamespace(settings=SimpleNamespace(max_body_bytes=1))
DOCUMENT = document(create_app(_SERVICES).routes, version("onceproof"))

fitting = schemathesis.openapi.from_dict(DOCUMENT)
fitting.config.generation.update(modes=[GenerationMode.POSITIVE])
unfitting = schemathesis.openapi.from_dict(DOCUMENT)
unfitting.config.generation.update(modes=[GenerationMode.NEGATIVE])

#: What hardly any text is.
GOOD = {
    "assistant_id": "plain",
    "graph_id": "plain",
    "schedule": "0 0 1 1 *",
    "timezone": "Europe/Berlin",
    "webhook": None,
}

#: No answer takes longer: nothing that runs here waits.
PATIENCE_S = 20


class Known:
    """One resource of each kind that exists, by the name of the path parameter for it."""

    def __init__(self, client: httpx.Client):
        self.client = client
        self.renew()

    def renew(self) -> None:
        """Make them anew, where some may have been deleted."""
        asked = {"assistant_id": "plain", "input": {"text": "a"}}
        thread = self._make("/threads", {"metadata": {"graph_id": "plain"}})["thread_id"]
        run = self._make(f"/threads/{thread}/runs", asked)["run_id"]
        self.client.get(f"/threads/{thread}/runs/{run}/join").raise_for_status()
        state = self.client.get(f"/threads/{thread}/state").raise_for_status().json()
        self.ids = {
            "assistant_id": self._make("/assistants", {"graph_id": "plain"})["assistant_id"],
            "thread_id": thread,
            "run_id": run,
            "checkpoint_id": state["checkpoint"]["checkpoint_id"],
            "cron_id": self._make("/runs/crons", {**asked, "schedule": "0 0 1 1 *"})["cron_id"],
        }

    def _make(self, path: str, body: Any) -> Any:
        return self.client.post(path, json=body).raise_for_status().json()


@pytest.fixture(scope="module")
def server(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of one process that is API and worker, on databases of its own."""
    env = {
        "DATABASE_URI": stack.add_database(f"described_{uuid4().hex[:8]}"),
        "REDIS_URI": stack.redis_number(7),
        "LANGGRAPH_CONFIG_PATH": str(CONFIG),
    }
    target = CommandTarget(COMMAND, stack, tmp_path_factory.mktemp("described"), env=env)
    target.start()
    try:
        yield target.urls[0]
    finally:
        target.stop()


@pytest.fixture(scope="module")
def known(server: str) -> Iterator[Known]:
    with httpx.Client(base_url=server, timeout=PATIENCE_S) as client:
        yield Known(client)


def judge(case: schemathesis.Case, existing: bool, known: Known) -> None:
    """Send the request, about what exists if so, and hold the answer against the document."""
    bodies = [
        body
        for body in (case.body if isinstance(case.body, list) else [case.body])
        if isinstance(body, dict)
    ]
    # A run that is to begin in a year has no end to wait for.
    assume(not any("after_seconds" in body for body in bodies))
    if existing:
        case.path_parameters |= {
            name: known.ids[name] for name in case.path_parameters.keys() & known.ids
        }
        for body in bodies:
            body |= {name: GOOD[name] for name in GOOD.keys() & body.keys()}
    url = str(known.client.base_url)
    answer = case.call_and_validate(url, checks=CHECKS, timeout=PATIENCE_S)
    if case.method == "DELETE" and answer.status_code == 204:
        known.renew()


def make_settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@fitting.parametrize()
@fitting.given(existing=st.booleans())
@make_settings(examples=10)
def test_the_answer_to_a_fitting_request_is_documented(
    case: schemathesis.Case, existing: bool, known: Known
) -> None:
    judge(case, existing, known)


@unfitting.parametrize()
@unfitting.given(existing=st.booleans())
@make_settings(examples=5)
def test_the_answer_to_an_unfitting_request_is_documented(
    case: schemathesis.Case, existing: bool, known: Known
) -> None:
    judge(case, existing, known)


def test_the_document_is_the_one_served(server: str) -> None:
    assert httpx.get(f"{server}/openapi.json").json() == DOCUMENT
