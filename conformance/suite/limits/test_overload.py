"""More requests at once than a replica has connections to its database."""

import asyncio
from collections import Counter

import httpx
import pytest

from conformance.register.marker import requirement
from conformance.suite.expect import same
from conformance.suite.reads import Observed
from conformance.wire.client import Api
from conformance.wire.runs import Runs

REQUESTS = 400
LATER = {"assistant_id": "echo", "input": {}, "after_seconds": 3600}
#: Clients and proxies seldom wait longer than this.
PATIENCE_S = 30.0


@requirement("LIM-11")
@pytest.mark.parametrize("kind", ["read", "create"])
async def test_each_of_hundreds_of_requests_at_once_is_answered(
    api: Api, runs: Runs, observed: Observed, kind: str
) -> None:
    thread_id = await runs.new_thread()

    async def ask() -> str:
        try:
            if kind == "read":
                path = f"/threads/{thread_id}/state"
                response = await api.get(path, at=0, timeout_s=PATIENCE_S)
            else:
                path = f"/threads/{thread_id}/runs"
                response = await api.post(path, json=LATER, at=0, timeout_s=PATIENCE_S)
        except httpx.TransportError as error:
            return type(error).__name__
        return form_of(response)

    forms = Counter(await asyncio.gather(*(ask() for _ in range(REQUESTS))))
    observed(", ".join(f"{count} answered {form}" for form, count in forms.items()))
    same("other outcomes", forms.keys() - {"200", "503", "429 with Retry-After"}, set())
    same("ok afterwards", (await api.get("/ok", at=0)).status_code, 200)


def form_of(response: httpx.Response) -> str:
    told = " with Retry-After" if "retry-after" in response.headers else ""
    return f"429{told}" if response.status_code == 429 else str(response.status_code)
