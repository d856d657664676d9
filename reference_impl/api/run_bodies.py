"""What clients send to the endpoints of runs and receive from them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.resources.fields import Body, Many
from onceproof.reference_impl.resources.run_bodies import Strategy, ThreadRunIn

Action = Literal["interrupt", "rollback"]
Status = Literal["pending", "running", "error", "success", "timeout", "interrupted"]


class BatchRunIn(ThreadRunIn):
    """One run of a batch, on a thread if it names one."""

    thread_id: UUID | None = None


class CancelIn(Body):
    """Which runs to cancel: all of a status, or those named."""

    status: Literal["pending", "running", "all"] | None = None
    thread_id: UUID | None = None
    run_ids: Many[UUID] | None = None


class RunOut(BaseModel):
    """A run as every endpoint answers it."""

    run_id: UUID
    thread_id: UUID
    assistant_id: UUID
    created_at: datetime
    updated_at: datetime
    status: Status
    metadata: JsonObject
    kwargs: JsonObject
    multitask_strategy: Strategy
