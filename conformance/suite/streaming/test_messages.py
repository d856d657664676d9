"""What a chat model says, as it says it: chunks, the growing message, and callback events."""

from collections import Counter

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect_fields, same
from onceproof.conformance.suite.kit.streams import event_names, payloads, same_sequence, stream_run
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs

TEXT = "a stream of seven words, blanks too"
WORDS = 7
CHUNKS = 2 * WORDS - 1

METADATA = ("langgraph_node", "langgraph_step", "langgraph_checkpoint_ns", "run_id", "thread_id")
EVENT = ("event", "name", "run_id", "data", "tags", "metadata", "parent_ids")


@requirement("STR-07")
async def test_message_chunks_concatenate_to_the_final_message(runs: Runs) -> None:
    modes = ["messages-tuple", "values"]
    handle, events = await stream_run(runs, "chat", {"text": TEXT}, stream_mode=modes)
    pairs = payloads(events, "messages")
    same_sequence("types of a chunk and its metadata", [*map(_types, pairs)], [PAIR] * CHUNKS)
    same("ids of the chunks", {chunk["id"] for chunk, _ in pairs}, {f"{handle.nonce}-answer"})
    [message] = payloads(events, "values")[-1]["messages"]
    same("the chunks together", "".join(chunk["content"] for chunk, _ in pairs), TEXT)
    same("the final message", message["content"], TEXT)


@requirement("STR-07")
async def test_the_metadata_of_a_chunk_tells_where_it_comes_from(runs: Runs) -> None:
    handle, events = await stream_run(runs, "chat", {"text": "word"}, stream_mode="messages-tuple")
    for _, metadata in payloads(events, "messages"):
        expect_fields("the metadata of a chunk", metadata, METADATA)
        same("langgraph_node", metadata["langgraph_node"], "speak")
        ids = (metadata["run_id"], metadata["thread_id"])
        same("run_id and thread_id", ids, (handle.run_id, handle.thread_id))


@requirement("STR-08")
async def test_a_streamed_message_grows_with_every_event(runs: Runs) -> None:
    nonce = new_nonce()
    _, events = await stream_run(runs, "chat", {"text": TEXT}, nonce=nonce, stream_mode="messages")
    wanted = ["metadata", "messages/metadata", *["messages/partial"] * CHUNKS]
    # Servers that also send the whole message at the end do not contradict its growth.
    same_sequence("events", [n for n in event_names(events) if n != "messages/complete"], wanted)
    [described] = payloads(events, "messages/metadata")
    same("messages described", list(described), [f"{nonce}-answer"])
    expect_fields("what describes a message", described[f"{nonce}-answer"], ["metadata"])
    partial = [message["content"] for [message] in payloads(events, "messages/partial")]
    pieces = [len(text.split()) for text in partial]
    same_sequence("texts that begin the whole", [TEXT.startswith(t) for t in partial], [True] * 13)
    same("words so far, in order", pieces, sorted(pieces))
    same("the last `messages/partial`", partial[-1], TEXT)


@requirement("STR-08")
async def test_a_message_that_comes_whole_is_told_as_complete(runs: Runs) -> None:
    handle, events = await stream_run(runs, "messages", {"text": TEXT}, stream_mode="messages")
    order = ["metadata", "messages/metadata", "messages/complete"]
    same_sequence("events", event_names(events), order)
    [[message]] = payloads(events, "messages/complete")
    same("the message", (message["id"], message["content"]), (handle.nonce, TEXT))


@requirement("STR-09")
async def test_every_start_among_the_events_has_its_end(runs: Runs) -> None:
    handle, events = await stream_run(runs, "chat", {"text": TEXT}, stream_mode="events")
    wanted = payloads(events, "events")
    for event in wanted:
        expect_fields(f"an event {event.get('event')!r}", event, EVENT)
    starts, ends = (_kinds(wanted, suffix) for suffix in ("_start", "_end"))
    same("ends beside those of the starts", ends - starts, Counter())
    same("starts without an end", starts - ends, Counter())
    same("the run among the starts", ("on_chain", handle.run_id) in starts, True)
    chunks = [e["data"]["chunk"]["content"] for e in wanted if e["event"] == "on_chat_model_stream"]
    same("what the model streamed", "".join(chunks), TEXT)


PAIR = ("dict", "dict")


def _types(pair: list[object]) -> tuple[str, ...]:
    return tuple(type(each).__name__ for each in pair)


def _kinds(events: list[dict[str, str]], suffix: str) -> Counter[tuple[str, str]]:
    """(what began or ended, its run id) of the events with this suffix."""
    found = (event for event in events if event["event"].endswith(suffix))
    return Counter((event["event"].removesuffix(suffix), event["run_id"]) for event in found)
