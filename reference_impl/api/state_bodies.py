"""What the state endpoints take and give."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel

from onceproof.reference_impl.core.checkpoints import thread_state
from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.resources.fields import Body, Limit, Many
from onceproof.reference_impl.resources.run_bodies import CheckpointIn

#: Page size of a history where the client names none.
DEFAULT_HISTORY = 10


def _selectable(name: str) -> str:
    if name.partition(".")[0] not in thread_state.EMPTY or ("." in name and name[:7] != "values."):
        raise ValueError(f"{name!r} is not a field of a thread's state")
    return name


#: Fields of a state, or `values.<key>` for one key of the values.
Select = Many[Annotated[str, AfterValidator(_selectable)]]


class Checkpoint(CheckpointIn):
    """Names a checkpoint, or a namespace's latest; the thread is always the one in the path."""

    def plain(self) -> JsonObject:
        return self.model_dump(mode="json", exclude_none=True)


class Selected(Body):
    select: Select | None = None


class StateAt(Selected):
    checkpoint: Checkpoint
    subgraphs: bool = False


class StateIn(Body):
    #: Whatever the graph's nodes write: mostly an object, and the graph says what it refuses.
    values: Any = None
    as_node: str | None = None
    checkpoint: Checkpoint | None = None
    checkpoint_id: UUID | None = None


class Configured(Body):
    """The older way to name a checkpoint."""

    configurable: Checkpoint


class HistoryOf(Selected):
    limit: Limit = DEFAULT_HISTORY
    before: UUID | Configured | Checkpoint | None = None
    metadata: JsonObject | None = None
    checkpoint: Checkpoint | None = None


class ThreadState(BaseModel):
    values: Any
    next: list[str]
    tasks: list[JsonObject]
    metadata: JsonObject
    created_at: str | None
    checkpoint: JsonObject | None
    parent_checkpoint: JsonObject | None
    interrupts: list[JsonObject]


class Changed(BaseModel):
    checkpoint: JsonObject
    configurable: JsonObject
