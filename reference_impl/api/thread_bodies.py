"""What clients send to the endpoints of threads and receive from them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from langgraph.types import StateUpdate
from pydantic import BaseModel, Field
from starlette.requests import Request

from onceproof.reference_impl.core.attempt import make_command
from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.http import ApiError, validate
from onceproof.reference_impl.resources.fields import Body, Many, Metadata
from onceproof.reference_impl.resources.run_bodies import CommandIn
from onceproof.reference_impl.resources.ttl import Minutes, Strategy

Status = Literal["idle", "busy", "interrupted", "error"]


class TtlIn(Body):
    """What becomes of the thread when it has been left alone for `ttl` minutes."""

    strategy: Strategy = "delete"
    ttl: Minutes


class TtlOut(BaseModel):
    """`expires_at` is null while the thread has nothing to expire: its history is pruned."""

    strategy: Strategy
    ttl_minutes: float
    expires_at: datetime | None


class UpdateIn(Body):
    """What one node is to have written."""

    values: JsonObject | list[Any] | None = None
    command: CommandIn | None = None
    as_node: str

    def build(self) -> StateUpdate:
        """Return the update as the graph takes it; a command stands in for values."""
        written: Any = make_command(self.command.model_dump()) if self.command else self.values
        return StateUpdate(written, self.as_node)


class SuperstepIn(Body):
    updates: Many[UpdateIn] = Field(min_length=1)


class ThreadIn(Body):
    thread_id: UUID | None = None
    metadata: Metadata | None = None
    if_exists: Literal["raise", "do_nothing"] | None = None
    ttl: TtlIn | None = None
    supersteps: Many[SuperstepIn] | None = None


class ThreadPatch(Body):
    """What is to be different; a `ttl` counts from now, and null leaves it as it is."""

    metadata: Metadata | None = None
    ttl: TtlIn | None = None


class PruneIn(Body):
    thread_ids: Many[UUID]
    strategy: Literal["delete", "keep_latest"] = "delete"


class Pruned(Body):
    pruned_count: int


class ThreadOut(BaseModel):
    """A thread as every endpoint answers it.

    `extracted` is there when a search asks for it, and `ttl` when a read does.
    """

    thread_id: UUID
    created_at: datetime
    updated_at: datetime
    state_updated_at: datetime
    metadata: JsonObject
    status: Status
    config: JsonObject
    values: JsonObject
    interrupts: dict[str, list[Any]]
    error: Any = None
    extracted: JsonObject | None = None
    ttl: TtlOut | None = None


# -- time to live -------------------------------------------------------------------------------


def make_ttl(ttl: Mapping[str, Any] | None) -> JsonObject | None:
    """Return a TtlIn, which handlers may have changed, in the form in which rows have it."""
    if ttl is None:
        return None
    wanted = validate(ttl, TtlIn)
    return {"strategy": wanted.strategy, "ttl_minutes": wanted.ttl}


def describe_ttl(row: Mapping[str, Any]) -> JsonObject | None:
    """Return the TtlOut of a thread's row; None for a thread that never expires."""
    if row["ttl"] is None:
        return None
    expires_at = row["updated_at"] + timedelta(minutes=row["ttl"]["ttl_minutes"])
    pruned = row["pruned_at"] == row["updated_at"]
    return {**row["ttl"], "expires_at": None if pruned else expires_at}


def wants_ttl(request: Request) -> bool:
    """Return whether `include` names the ttl; ApiError 422 if that names anything else."""
    text = ",".join(request.query_params.getlist("include")).split(",")
    names = {name.strip() for name in text} - {""}
    if unknown := names - {"ttl"}:
        raise ApiError(422, f"include: {sorted(unknown)[0]!r} is not 'ttl'")
    return bool(names)
