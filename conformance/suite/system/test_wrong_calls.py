"""Calls of unknown paths and methods, and bodies that cannot be read."""

from collections.abc import Iterator

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.exclusive import spare_others
from onceproof.conformance.suite.kit.matrix import Probe, ask, demand
from onceproof.conformance.suite.kit.routes import CORE, Operation
from onceproof.conformance.wire.client import Api

UNREADABLE = {
    "cut short": b'{"metadata": {"a": 1',
    "not JSON": b"{bad",
    "two values": b"{} {}",
    "not UTF-8": b'{"metadata": {"a": "\xff\xfe"}}',
}


@requirement("SYS-10")
async def test_an_unknown_path_is_404(api: Api) -> None:
    paths = ("/onceproof-has-no-such-path", "/threads-of-nobody/1", "/assistants/search/deeper")
    answers = await ask(api, [Probe(m, path) for path in paths for m in ("GET", "POST")])
    demand(answers, "404", lambda response: response.status_code == 404)


@requirement("SYS-10")
async def test_a_wrong_method_is_405(api: Api) -> None:
    answers = await ask(api, make_wrong_calls())
    demand(answers, "405", lambda response: response.status_code == 405)


def make_wrong_calls() -> Iterator[Probe]:
    """Make one probe per path with a method that no version of the API has."""
    yield from (Probe("PUT", "/ok"), Probe("DELETE", "/info"), Probe("GET", "/threads"))
    for path in sorted({operation.path for operation in CORE}):
        method = "PATCH" if path == "/store/items" else "PUT"
        yield Probe(method, Operation(method, path).at())


@requirement("SYS-11")
@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
async def test_a_body_that_cannot_be_read_is_422(
    api: Api, session: Session, thread: str, assistant: str, content: bytes
) -> None:
    options = {"content": content, "headers": {"content-type": "application/json"}}
    answers = await ask(
        api,
        [
            Probe(each.method, each.at(thread_id=thread, assistant_id=assistant), options)
            for each in spare_others(CORE, session)
            if each.body
        ],
    )
    demand(answers, "422", lambda response: response.status_code == 422)
