"""Text that databases and encoders choke on: answered properly, never with a server error."""

import json
from typing import Any

import httpx
import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.suite.kit.matrix import Probe, ask, demand
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.store_space import Space
from onceproof.conformance.wire.any_graph import any_graph
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

NUL = "a\x00b"
REPLACED = "a\ufffdb"
HERE = "<here>"

DEPTH = 20_000
#: Deeper than encoders can write, but not too deep for parsers.
BETWEEN = 500
ODD = {
    "lone-surrogate": r'"\ud800 and \udfff"',
    "surrogate-in-key": r'{"\ud800": 1}',
    "deep-list": "[" * DEPTH + "]" * DEPTH,
    "deep-object": '{"a":' * DEPTH + "1" + "}" * DEPTH,
    "half-deep-list": "[" * BETWEEN + "]" * BETWEEN,
    "half-deep-object": '{"a":' * BETWEEN + "1" + "}" * BETWEEN,
    "huge-integer": "1" + "0" * 400,
    "integer-beyond-64-bits": str(2**64),
    "huge-float": "1e400",
    "tiny-float": "1e-400",
    "noncharacter": r'"\uffff"',
}


@requirement("SYS-21")
@pytest.mark.parametrize("place", ["/threads", "/assistants"])
async def test_nul_in_metadata_is_replaced_or_refused(
    api: Api, runs: Runs, assistants: Assistants, observe: Observed, place: str
) -> None:
    body = {"graph_id": any_graph(), "metadata": {NUL: NUL, "deep": {NUL: [NUL]}}}
    response = await api.post(place, json=body)
    if accepts_nul(response, observe):
        made = response.json()
        if place == "/threads":
            runs.threads.adopt(made["thread_id"])
        else:
            assistants.adopt(made["assistant_id"])
        id = made.get("thread_id") or made["assistant_id"]
        kept = expect(await api.get(f"{place}/{id}"))["metadata"]
        assert kept.get(REPLACED) == REPLACED, f"metadata is {kept!r}, but NUL should be U+FFFD"
        assert kept["deep"] == {REPLACED: [REPLACED]}, f"nested metadata is {kept['deep']!r}"


@requirement("SYS-21")
async def test_nul_in_a_name_is_replaced_or_refused(
    api: Api, assistants: Assistants, observe: Observed
) -> None:
    response = await api.post("/assistants", json={"graph_id": any_graph(), "name": NUL})
    if accepts_nul(response, observe):
        assistants.adopt(response.json()["assistant_id"])
        assert response.json()["name"] == REPLACED, f"the name is {response.json()['name']!r}"


@requirement("SYS-21")
async def test_nul_in_the_input_of_a_run_is_replaced_or_refused(
    api: Api, thread: str, observe: Observed
) -> None:
    body = {"assistant_id": "echo", "input": {"nonce": "nul", "text": NUL}}
    response = await api.post(f"/threads/{thread}/runs/wait", json=body)
    if accepts_nul(response, observe):
        text = response.json().get("text")
        assert text == REPLACED, f"the graph returned text {text!r}, but NUL should be U+FFFD"


@requirement("SYS-21")
async def test_nul_in_the_store_is_replaced_or_refused(space: Space, observe: Observed) -> None:
    response = await space.try_put("k", {NUL: NUL})
    if accepts_nul(response, observe):
        value = (await space.get("k"))["value"]
        assert value == {REPLACED: REPLACED}, f"the value is {value!r}, but NUL should be U+FFFD"


@requirement("SYS-21")
async def test_nul_in_what_is_searched_for_is_no_server_error(
    api: Api, thread: str, space: Space
) -> None:
    odd = {NUL: NUL}
    bodies = {
        "/threads/search": {"metadata": odd, "values": odd},
        "/threads/count": {"metadata": odd},
        "/assistants/search": {"metadata": odd, "name": NUL},
        "/store/items/search": {"namespace_prefix": [*space.root, NUL], "filter": odd},
        "/store/namespaces": {"prefix": [*space.root, NUL]},
        f"/threads/{thread}/history": {"metadata": odd},
    }
    probes = [Probe("POST", path, {"json": body}) for path, body in bodies.items()]
    probes.append(Probe("GET", "/store/items", {"params": {"namespace": "x\x00y", "key": NUL}}))
    demand(await ask(api, probes), "below 500", lambda response: response.status_code < 500)


@requirement("SYS-22")
@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
async def test_odd_json_is_no_server_error(
    api: Api, thread: str, assistant: str, space: Space, text: str
) -> None:
    odd = {"metadata": {"odd": HERE}}
    run = {"assistant_id": "echo", "input": {"nonce": "odd", "text": HERE}}
    bodies: dict[tuple[str, str], dict[str, Any]] = {
        ("PATCH", f"/threads/{thread}"): odd,
        ("PATCH", f"/assistants/{assistant}"): odd,
        ("POST", "/threads/search"): odd,
        ("POST", f"/threads/{thread}/runs/wait"): run,
        ("PUT", "/store/items"): {"namespace": space.root, "key": "k", "value": {"odd": HERE}},
        ("POST", "/store/items/search"): {"namespace_prefix": space.root, "filter": {"k": HERE}},
    }
    probes = [Probe(*call, insert_text(body, text)) for call, body in bodies.items()]
    answers = await ask(api, probes)
    demand(answers, "below 500", lambda response: response.status_code < 500)
    reads = [f"/threads/{thread}", f"/threads/{thread}/state", f"/assistants/{assistant}"]
    kept = await ask(api, [Probe("GET", path) for path in reads])
    demand(kept, "200", lambda response: response.status_code == 200)


def insert_text(body: dict[str, Any], text: str) -> dict[str, Any]:
    """Insert `text` into the body verbatim, since encoders would refuse to write most of it."""
    content = json.dumps(body).replace(json.dumps(HERE), text)
    return {"content": content.encode(), "headers": {"content-type": "application/json"}}


def accepts_nul(response: httpx.Response, observe: Observed) -> bool:
    """Return whether the server accepted NUL; False if it refused it as documented."""
    __tracebackhide__ = True
    expect(response, 200, 204, 422)
    observe("NUL refused with 422" if response.status_code == 422 else "NUL replaced by U+FFFD")
    return response.is_success
