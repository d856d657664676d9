"""How large a body may be where no limit is set; `test_settings` sets one."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

FIVE_MB = 5_000_000
LIMIT = "HTTP_MAX_REQUEST_BODY_BYTES"


@requirement("SYS-16")
async def test_a_body_of_5_mb_is_accepted(api: Api, runs: Runs, session: Session) -> None:
    if session.options.environ.get(LIMIT):
        inconclusive(f"{LIMIT} is set, so the target does not run with its default settings")
    thread_id = await runs.new_thread(metadata={"pad": "x" * FIVE_MB})
    kept = expect(await api.get(f"/threads/{thread_id}"))["metadata"]["pad"]
    assert kept == "x" * FIVE_MB, f"only {len(kept)} of {FIVE_MB} characters were stored unchanged"
