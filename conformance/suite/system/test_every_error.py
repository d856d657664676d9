"""All errors that any test of this run has seen; the conftest runs this file last."""

from collections.abc import Callable

from onceproof.conformance.preflight.gateways import find_author
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.exclusive import spare_others
from onceproof.conformance.suite.kit.matrix import Probe, blame, provoke
from onceproof.conformance.suite.kit.routes import CORE, EXTENSIONS, is_api
from onceproof.conformance.suite.system.errors import (
    describe_error,
    find_server_errors,
    has_detail,
    select_error_marks,
)
from onceproof.conformance.wire.client import Api


@requirement("SYS-09")
async def test_every_error_is_json_with_a_detail(
    api: Api, session: Session, observe: Callable[[str], None]
) -> None:
    await provoke_errors(api, session)
    seen = [each for each in api.errors if is_api(each.method, each.path)]
    errors = [each for each in seen if find_author(each.content_type, each.body) is None]
    assert errors, "no operation of the API has answered with an error"
    if len(errors) < len(seen):
        observe(f"{len(seen) - len(errors)} errors were answered by the gateway itself")
    wrong = [describe_error(each) for each in errors if not has_detail(each)]
    blame(wrong, len(errors), "JSON with a detail")


@requirement("SYS-14")
async def test_no_error_of_the_run_is_the_server_s(api: Api, session: Session) -> None:
    await provoke_errors(api, session)
    history = session.records()
    seen = list(select_error_marks(history))
    assert seen, "no operation of the API has answered with an error"
    blame(list(find_server_errors(history)), len(seen), "below 500")


async def provoke_errors(api: Api, session: Session) -> None:
    """Make an error with every operation, so that this file has something to judge on its own."""
    cut_short = {"content": b"{", "headers": {"content-type": "application/json"}}
    await provoke(
        api,
        [
            Probe(each.method, each.at(namespace="none"), cut_short if each.body else {})
            for each in spare_others((*CORE, *EXTENSIONS), session)
        ],
    )
