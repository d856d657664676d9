"""What a history keeps of a checkpoint; without httpx, so that the load generator can have it."""

from typing import Any

from onceproof.conformance.history.values import CheckpointEntry
from onceproof.conformance.wire.sanitise import fields, number, text


def describe_checkpoint(entry: Any) -> CheckpointEntry:
    """Return what a history keeps of an entry in a thread's history."""
    checkpoint = fields(entry)
    here, parent = fields(checkpoint.get("checkpoint")), fields(checkpoint.get("parent_checkpoint"))
    metadata = fields(checkpoint.get("metadata"))
    return {
        "id": text(here.get("checkpoint_id")),
        "ns": text(here.get("checkpoint_ns")) or "",
        "parent": text(parent.get("checkpoint_id")),
        "step": number(metadata.get("step")),
        "source": text(metadata.get("source")),
    }
