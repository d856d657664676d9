"""What clients send to and get from the assistants endpoints."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.resources.fields import (
    Body,
    Config,
    Configurable,
    Limit,
    Many,
    Metadata,
    Offset,
    SortOrder,
)

Selectable = Literal[
    "assistant_id",
    "graph_id",
    "name",
    "description",
    "config",
    "context",
    "metadata",
    "version",
    "created_at",
    "updated_at",
]


class Changes(Body):
    """What a patch may set; what it leaves out stays as it is."""

    graph_id: str | None = None
    name: str | None = None
    description: str | None = None
    config: Config | None = None
    context: Configurable | None = None
    metadata: Metadata | None = None


class NewAssistant(Changes):
    graph_id: str
    assistant_id: UUID | None = None
    if_exists: Literal["raise", "do_nothing"] | None = None


class Filter(Body):
    graph_id: str | None = None
    metadata: JsonObject | None = None
    name: str | None = None


class SearchIn(Filter):
    limit: Limit = 10
    offset: Offset = 0
    sort_by: Literal["assistant_id", "graph_id", "name", "created_at", "updated_at"] | None = None
    sort_order: SortOrder | None = None
    select: Many[Selectable] | None = None


class VersionsIn(Body):
    metadata: JsonObject | None = None
    limit: Limit = 10
    offset: Offset = 0


class LatestIn(Body):
    version: int = Field(ge=1, le=2**31 - 1)


class AssistantVersion(BaseModel):
    assistant_id: UUID
    graph_id: str
    version: int
    name: str
    description: str | None
    config: JsonObject
    context: JsonObject
    metadata: JsonObject
    created_at: datetime


class Assistant(AssistantVersion):
    updated_at: datetime
