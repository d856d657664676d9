"""All errors that any test of this run has seen; the conftest puts this file after all others."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.system.errors import error_marks, has_detail, server_errors, tell
from onceproof.conformance.suite.system.matrix import Probe, blame, provoke
from onceproof.conformance.suite.system.routes import CORE, EXTENSIONS, is_api
from onceproof.conformance.wire.client import Api


@requirement("SYS-09")
async def test_every_error_is_json_with_a_detail(api: Api) -> None:
    await make_errors(api)
    errors = [each for each in api.errors if is_api(each.method, each.path)]
    assert errors, "no operation of the API has ever answered with an error"
    wrong = [tell(each) for each in errors if not has_detail(each)]
    blame(wrong, len(errors), "JSON with a detail")


@requirement("SYS-14")
async def test_no_error_of_the_run_is_the_server_s(api: Api, session: Session) -> None:
    await make_errors(api)
    history = session.records()
    seen = list(error_marks(history))
    assert seen, "no operation of the API has ever answered with an error"
    blame(list(server_errors(history)), len(seen), "below 500")


async def make_errors(api: Api) -> None:
    """One error of every operation, so that there is something to judge without the other tests."""
    cut_short = {"content": b"{", "headers": {"content-type": "application/json"}}
    await provoke(
        api,
        [
            Probe(each.method, each.at(namespace="none"), cut_short if each.body else {})
            for each in (*CORE, *EXTENSIONS)
        ],
    )
