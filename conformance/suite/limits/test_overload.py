"""More requests at once than a replica has connections to its database."""

import json
from collections import Counter

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.exclusive import CROWDS, touches_others
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.replicas import read_health
from onceproof.conformance.suite.limits.burst import send_burst
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

REQUESTS = 400
#: Clients and proxies rarely wait longer than this.
PATIENCE_S = 30.0
LATER = {"assistant_id": "echo", "input": {}, "after_seconds": 3600}
ASKED = {
    "read": "GET /threads/{thread_id}/state\n",
    "create": "POST /threads/{thread_id}/runs\n" + json.dumps(LATER),
}


@touches_others(CROWDS)
@requirement("LIM-11")
@pytest.mark.parametrize("kind", ASKED)
async def test_each_of_hundreds_of_requests_at_once_is_answered(
    api: Api, runs: Runs, session: Session, observe: Observed, kind: str
) -> None:
    request = ASKED[kind].replace("{thread_id}", await runs.new_thread())
    forms = Counter(await send_burst(api, request, REQUESTS, timeout_s=PATIENCE_S))
    observe(", ".join(f"{count} answered {form}" for form, count in forms.items()))
    same("answers of another kind", forms.keys() - {"200", "503", "429 with Retry-After"}, set())
    same("health afterwards", await read_health(api, session), 200)
