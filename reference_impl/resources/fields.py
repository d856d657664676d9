"""Types of body fields that several resources share; what a client may not set is left out.

The server itself writes the ids of its resources into metadata and the caller's identity into
`configurable`; a client that sends them would speak in the server's name, so they are dropped
rather than refused, as clients do echo back what they have read.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from annotated_types import MaxLen
from pydantic import AfterValidator, BaseModel, ConfigDict, FailFast, Field

from onceproof.reference_impl.encoding import JsonObject

_RESERVED_METADATA = frozenset({"thread_id", "run_id", "assistant_id", "cron_id"})
_RESERVED_CONFIGURABLE = "langgraph_auth_user"


def own_metadata(metadata: Mapping[str, Any]) -> JsonObject:
    """Return the metadata without the keys that only the server may set."""
    return {key: value for key, value in metadata.items() if key not in _RESERVED_METADATA}


def own_configurable(configurable: Mapping[str, Any]) -> JsonObject:
    """Return the configurable without the caller's identity."""
    return {
        key: value
        for key, value in configurable.items()
        if not key.startswith(_RESERVED_CONFIGURABLE)
    }


#: Metadata a client stores. Filters take a plain dict: they may well name a reserved key.
Metadata = Annotated[JsonObject, AfterValidator(own_metadata)]
Configurable = Annotated[JsonObject, AfterValidator(own_configurable)]

Item = TypeVar("Item")


class _FirstFault(FailFast):
    """pydantic's mark with a hash, which the parts of a union need."""

    def __hash__(self) -> int:
        return hash(self.fail_fast)


#: A list in a body: of so many items at most, and refused for the first that does not fit. To put
#: together a sentence for each of a million that do not takes seconds.
Many = Annotated[list[Item], _FirstFault(), MaxLen(10_000)]

#: How many rows a page of a search has, where it starts, and in what order.
Limit = Annotated[int, Field(ge=1, le=1000)]
Offset = Annotated[int, Field(ge=0, le=2**31 - 1)]
SortOrder = Literal["asc", "desc"]


class Body(BaseModel):
    """A request body; fields it does not know are ignored, as the documented API does."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class Config(Body):
    """A run configuration; keys it does not know are kept for the graph."""

    model_config = ConfigDict(extra="allow")

    tags: Many[str] | None = None
    recursion_limit: int | None = Field(None, ge=1, le=2**31 - 1)
    configurable: Configurable | None = None
    metadata: Metadata | None = None

    def plain(self) -> JsonObject:
        """Return what the client has set, as JSON."""
        return self.model_dump(exclude_none=True)
