"""A server that does not name what it has made is asked about it in another way, or not at all."""

import httpx
import pytest

from onceproof.conformance.errors import MissingId
from onceproof.conformance.suite.kit.verdicts import skip_what_lacks
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.probes import LACKED
from onceproof.conformance.wire.runs import Runs

pytestmark = pytest.mark.anyio

NOWHERE = "http://127.0.0.1:1"
UNNAMED = {"defect": "unnamed"}


async def test_a_wait_that_names_no_run_is_looked_up(runs: Runs) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "chain", {})
    handle, _ = await runs.wait(thread_id, "chain", UNNAMED)
    shown = await runs.read(handle)
    assert shown is not None
    assert shown["kwargs"]["input"]["nonce"] == handle.nonce
    assert handle in runs.made


async def test_a_stream_that_names_no_run_is_looked_up(runs: Runs) -> None:
    thread_id = await runs.new_thread()
    async with runs.stream(thread_id, "ticks", {"total": 1, **UNNAMED}) as sub:
        await sub.collect()
    assert await runs.status(sub.handle) == "success"


async def test_of_a_run_that_nobody_names_nothing_is_asked(runs: Runs) -> None:
    handle, _ = await runs.wait(None, "chain", UNNAMED)
    assert handle.run_id == ""
    for ask in (runs.read, runs.cancel, runs.delete, runs.join):
        with pytest.raises(MissingId):
            await ask(handle)


@pytest.mark.parametrize(
    "path",
    [
        RunHandle("n", "", "t", None).path,
        RunHandle("n", "", "t", None).path + "/cancel",
        f"/threads/{None}/state",
        "/threads//runs?limit=1",
        "http://127.0.0.1:1/assistants/",
    ],
)
async def test_a_request_without_a_name_is_not_sent_and_accuses_nobody(path: str) -> None:
    LACKED.clear()
    unjudged = pytest.raises(pytest.skip.Exception, match=r"^INCONCLUSIVE: .* RUN-03")
    async with Api([NOWHERE]) as api:
        with unjudged, skip_what_lacks():
            await api.get(path)


@pytest.mark.parametrize("path", ["/", "/ok", "/threads/None-such/state", "/store?a=//"])
async def test_a_request_with_all_its_names_is_sent(path: str) -> None:
    async with Api([NOWHERE]) as api:
        with pytest.raises(httpx.ConnectError):
            await api.get(path)
