"""Bodies and queries that are wrong in one place, for every field that the API documents."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from onceproof.conformance.suite.kit.matrix import Probe
from onceproof.conformance.wire.any_graph import any_graph

WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    "x",
    "\x00",
    [None],
    {},
    {"": [None], "$gt": {"a": None}},
)

RUN = (
    "assistant_id input command checkpoint checkpoint_id metadata config context webhook "
    "interrupt_before interrupt_after stream_mode stream_subgraphs stream_resumable feedback_keys "
    "multitask_strategy if_not_exists after_seconds checkpoint_during durability on_disconnect"
)

#: {t} is a thread, {a} an assistant.
FIELDS = {
    "POST /assistants": "graph_id assistant_id config context metadata if_exists name description",
    "POST /assistants/search": "metadata graph_id name limit offset sort_by sort_order select",
    "POST /assistants/count": "metadata graph_id name",
    "PATCH /assistants/{a}": "graph_id config context metadata name description",
    "POST /assistants/{a}/versions": "metadata limit offset",
    "POST /assistants/{a}/latest": "version",
    "POST /threads": "thread_id metadata if_exists ttl supersteps",
    "POST /threads/search": "ids metadata values status limit offset sort_by sort_order select "
    "extract",
    "POST /threads/count": "metadata values status",
    "PATCH /threads/{t}": "metadata ttl",
    "POST /threads/{t}/state": "values as_node checkpoint checkpoint_id",
    "POST /threads/{t}/state/checkpoint": "checkpoint subgraphs",
    "POST /threads/{t}/history": "limit before metadata checkpoint",
    "POST /threads/{t}/runs": RUN,
    "POST /threads/prune": "thread_ids strategy",
    "POST /runs/cancel": "status thread_id run_ids",
    "PUT /store/items": "namespace key value index ttl",
    "DELETE /store/items": "namespace key",
    "POST /store/items/search": "namespace_prefix filter limit offset query",
    "POST /store/namespaces": "prefix suffix max_depth limit offset",
}

QUERIES = {
    "GET /assistants/{a}/graph": "xray",
    "GET /assistants/{a}/subgraphs": "recurse",
    "DELETE /assistants/{unknown}": "delete_threads",
    "GET /threads/{t}/state": "subgraphs",
    "GET /threads/{t}/history": "limit before",
    "GET /threads/{t}/runs": "limit offset status select",
    "GET /threads/{t}/runs/{unknown}/join": "cancel_on_disconnect",
    "GET /threads/{t}/runs/{unknown}/stream": "stream_mode cancel_on_disconnect",
    "POST /threads/{t}/runs/{unknown}/cancel": "wait action",
    "GET /store/items": "namespace key refresh_ttl",
}

#: Whole bodies that are not the object that is required.
BODIES: tuple[Any, ...] = (None, [], [None], "x", 5, True)

#: Requests that contradict themselves, or refer to something that the thread does not have.
CONTRADICTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("POST /assistants", {"config": {"configurable": {"a": 1}}, "context": {"a": 2}}),
    ("POST /threads/{t}/runs", {"config": {"configurable": {"a": 1}}, "context": {"a": 2}}),
    ("POST /threads/{t}/runs", {"command": {"resume": 1, "update": {"a": 1}}, "input": {"a": 1}}),
    ("POST /threads/{t}/runs", {"command": {"goto": "no-such-node"}}),
    ("POST /threads/{t}/runs", {"checkpoint_id": str(uuid4())}),
    ("POST /threads/{t}/state", {"values": {"text": "x"}, "as_node": "no-such-node"}),
    ("POST /threads/{t}/state", {"values": {}, "checkpoint_id": str(uuid4())}),
    ("POST /threads/{t}/history", {"before": {"configurable": {"checkpoint_id": "x"}}}),
    ("POST /threads/{t}/state/checkpoint", {"checkpoint": {"checkpoint_ns": "no|such:ns"}}),
    ("POST /threads", {"supersteps": [{"updates": [{"values": {}, "as_node": "nobody"}]}]}),
    ("POST /threads/search", {"extract": {"a": "values[", "b": "..", "c": "no.such[0]"}}),
    ("POST /threads/search", {"values": {"log": []}}),
    ("POST /store/items/search", {"namespace_prefix": [], "filter": {"a": {"$no": 1}}}),
    ("POST /store/items/search", {}),
    ("POST /store/namespaces", {"prefix": ["*"], "suffix": ["*", "*"], "max_depth": 0}),
)

#: A run that is accepted nevertheless must not start before its thread is deleted.
NEVER_S = 3600


def build_valid_body(route: str, ids: dict[str, str], namespace: list[str]) -> dict[str, Any]:
    """Build a valid, harmless body for this route, to be spoilt in one field."""
    if route == "POST /assistants":
        return {"graph_id": any_graph()}
    if route == "POST /threads/{t}/runs":
        return {"assistant_id": any_graph(), "input": {}, "after_seconds": NEVER_S}
    if route == "POST /runs/cancel":
        return {"thread_id": ids["t"], "run_ids": [str(uuid4())]}
    if route == "POST /threads/prune":
        return {"thread_ids": [str(uuid4())]}
    if route.endswith("/store/items"):
        return {"namespace": namespace, "key": "k", "value": {}}
    return {}


def make_wrong_fields(route: str, ids: dict[str, str], namespace: list[str]) -> Iterator[Probe]:
    """Make probes with one wrong value in one field, for every field of the route."""
    method, path = route.format(**ids).split()
    for name in FIELDS[route].split():
        for value in WRONG:
            body = {**build_valid_body(route, ids, namespace), name: value}
            yield Probe(method, path, {"json": body}, f"{name}={str(value)[:30]!r}")
    for value in BODIES:
        yield Probe(method, path, {"json": value}, f"the body {value!r}")


def make_wrong_queries(ids: dict[str, str]) -> Iterator[Probe]:
    """Make probes with one wrong query parameter, for every parameter of every route."""
    for route, names in QUERIES.items():
        method, path = route.format(**ids, unknown=uuid4()).split()
        for name in names.split():
            for text in ("", "x", "-1", "1e9", str(10**30), "\x00", "[", "a..b"):
                yield Probe(method, path, {"params": {name: text}}, f"{name}={text[:20]!r}")


def make_contradictions(ids: dict[str, str], namespace: list[str]) -> Iterator[Probe]:
    """Make probes whose parts are valid, but not together."""
    for route, body in CONTRADICTIONS:
        method, path = route.format(**ids).split()
        whole = {**build_valid_body(route, ids, namespace), **body}
        yield Probe(method, path, {"json": whole}, str(body)[:60])
