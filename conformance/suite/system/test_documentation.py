"""The API describes itself: a page for people, an OpenAPI document for programs."""

from onceproof.conformance.access.media import read_media_type
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.suite.kit.openapi import iterate_operations
from onceproof.conformance.suite.kit.routes import CORE, NAME, SYSTEM, Operation
from onceproof.conformance.suite.system.openapi import find_faults
from onceproof.conformance.wire.client import Api


@requirement("SYS-07")
async def test_docs_are_a_page(api: Api) -> None:
    response = await api.get("/docs")
    assert response.status_code == 200, f"GET /docs answered {response.status_code}, not 200"
    kind = read_media_type(response.headers)
    assert kind == "text/html", f"GET /docs is {kind!r}, but should be HTML"
    assert "<" in response.text, "GET /docs claims to be HTML, but contains no element"


@requirement("SYS-07")
async def test_the_openapi_document_is_valid(api: Api) -> None:
    document = expect(await api.get("/openapi.json"))
    found = list(find_faults(document))
    assert not found, f"{len(found)} faults in GET /openapi.json: {'; '.join(found[:8])}"


@requirement("SYS-08")
async def test_every_core_operation_is_documented(api: Api) -> None:
    document = expect(await api.get("/openapi.json"))
    listed = {(operation, _drop_names(path)) for path, operation, _ in iterate_operations(document)}
    missing = [str(each) for each in (*SYSTEM, *CORE) if _make_key(each) not in listed]
    assert not missing, f"GET /openapi.json lacks {len(missing)}: {', '.join(missing)}"


def _make_key(operation: Operation) -> tuple[str, str]:
    return operation.method.lower(), _drop_names(operation.path)


def _drop_names(path: str) -> str:
    """Drop the names of path parameters, which the server may choose."""
    return NAME.sub("{}", path.rstrip("/") or "/")
