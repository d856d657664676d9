"""`client.store`, method by method."""

from typing import Any
from uuid import uuid4

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.store_space import own_namespace


@requirement("SDK-01", "SDK-02")
async def test_put_get_search_list_and_delete(client: Any) -> None:
    store, namespace = client.store, [*own_namespace(), uuid4().hex]
    try:
        await store.put_item(namespace, "one", {"n": 1})
        await store.put_item(namespace, "two", {"n": 2})
        item = await store.get_item(namespace, key="one")
        same("item", (item["namespace"], item["key"], item["value"]), (namespace, "one", {"n": 1}))
        found = await store.search_items(namespace, filter={"n": 2})
        same("items found", [each["key"] for each in found["items"]], ["two"])
        listed = await store.list_namespaces(prefix=namespace)
        same("namespaces", listed["namespaces"], [namespace])
    finally:
        for key in ("one", "two"):
            same("answer to a delete", await store.delete_item(namespace, key=key), None)
    same("items left", (await store.search_items(namespace))["items"], [])
