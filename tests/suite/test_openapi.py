"""The judge of OpenAPI documents, on a sane document and on what is wrong in each way it sees."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from onceproof.conformance.suite.system.openapi import find_faults

Document = dict[str, Any]

SANE: Document = {
    "openapi": "3.1.0",
    "info": {"title": "Agent Server", "version": "1"},
    "paths": {
        "/threads/{thread_id}": {
            "parameters": [{"$ref": "#/components/parameters/Thread"}],
            "get": {"operationId": "get", "responses": {"200": {"description": "Done"}}},
            "delete": {"operationId": "delete", "responses": {"204": {"description": "Gone"}}},
        }
    },
    "components": {
        "parameters": {"Thread": {"name": "thread_id", "in": "path", "required": True}},
    },
}


def test_a_sane_document_has_no_faults() -> None:
    assert list(find_faults(SANE)) == []


@pytest.mark.parametrize(
    "spoil, fault",
    [
        (lambda d: d.update(openapi="2.0"), "openapi is '2.0'"),
        (lambda d: d["info"].pop("version"), "info.version is missing"),
        (lambda d: d.update(paths={}), "there are no paths"),
        (lambda d: item(d)["get"].pop("responses"), "has no responses"),
        (lambda d: item(d).pop("parameters"), "does not declare thread_id"),
        (lambda d: d["components"].clear(), "leads nowhere"),
        (lambda d: item(d)["get"].update(operationId="delete"), "is used twice"),
        (lambda d: d["paths"].update(threads=item(d)), "does not start with /"),
    ],
)
def test_a_fault_is_told(spoil: Callable[[Document], object], fault: str) -> None:
    document = copy.deepcopy(SANE)
    spoil(document)
    assert any(fault in sentence for sentence in find_faults(document)), list(find_faults(document))


def item(document: Document) -> Document:
    return document["paths"]["/threads/{thread_id}"]
