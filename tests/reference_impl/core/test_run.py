"""What a run executes is stored under the same keys by every version, and read back from any."""

from onceproof.reference_impl.core.run import RunSpec

#: The keys of the column `kwargs`, as they have been stored since there are runs.
STORED = {
    "graph_id": "plain",
    "input": 0,
    "command": None,
    "config": {"configurable": {"langgraph_request_id": "r"}, "tags": ["a"]},
    "context": {"language": "en"},
    "checkpoint": {"checkpoint_id": "c"},
    "interrupt_before": "*",
    "interrupt_after": ["node"],
    "stream_mode": ["values", "messages-tuple"],
    "stream_subgraphs": True,
    "stream_resumable": True,
    "feedback_keys": ["liked"],
    "durability": "sync",
    "temporary": True,
    "webhook": "https://example.com/",
}


def test_a_stored_run_is_stored_again_as_it_was() -> None:
    assert RunSpec.load(STORED).dump() == STORED


def test_a_run_for_a_user_mentions_the_user() -> None:
    for_alice = {**STORED, "user": {"identity": "alice"}}
    assert RunSpec.load(for_alice).dump() == for_alice


def test_a_run_that_was_stored_without_some_fields_is_read_with_their_defaults() -> None:
    assert RunSpec.load({"graph_id": "plain", "config": None}) == RunSpec("plain")


def test_a_field_of_another_version_is_left_out() -> None:
    assert RunSpec.load({"graph_id": "plain", "field_of_tomorrow": 1}) == RunSpec("plain")
