"""What is meant for one run alone is in no checkpoint."""

import json

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

SECRET = "swordfish-of-the-context"


@requirement("STA-32")
async def test_context_and_caller_are_in_the_metadata_of_no_checkpoint(
    runs: Runs, api: Api
) -> None:
    thread_id = await runs.new_thread()
    _, values = await runs.wait(thread_id, "echo", {}, context={"tenant": SECRET})
    if SECRET not in json.dumps(values.get("context")):
        inconclusive("the context did not reach the graph, which RUN-36 and RUN-37 judge")
    history = expect(await api.post(f"/threads/{thread_id}/history", json={}), 200)
    assert history, "the run should have left checkpoints"
    metadata = json.dumps([checkpoint.get("metadata") for checkpoint in history])
    for what in (SECRET, "langgraph_request_id", "langgraph_auth_user"):
        assert what not in metadata, f"the metadata of a checkpoint holds {what!r}: {metadata}"
