"""How long threads and store items live: `checkpointer.ttl` and `store.ttl` of langgraph.json.

Both are counted from when they were last touched: a thread by a run or a change, an item by being
put, or by a read that refreshes. LANGGRAPH_CHECKPOINTER and LANGGRAPH_STORE may replace the
sections as JSON, and LANGGRAPH_THREAD_TTL the `ttl` of the former.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from langgraph.store.base import TTLConfig
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from onceproof.reference_impl import config
from onceproof.reference_impl.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)

#: A century, which Postgres can still add to a date.
MAX_MINUTES = 100 * 366 * 24 * 60

Minutes = Annotated[float, Field(gt=0, le=MAX_MINUTES)]
Strategy = Literal["delete", "keep_latest"]


class ThreadLifetime(BaseModel):
    """Threads without a time to live of their own, and how often expired ones are looked for.

    `sweep_limit` is how many threads one sweep of a worker takes away at most.
    """

    model_config = ConfigDict(extra="forbid")

    strategy: Strategy = "delete"
    default_ttl: Minutes | None = None
    sweep_interval_minutes: Minutes = 5
    sweep_limit: int = Field(1000, ge=1)

    def of_new_threads(self) -> dict[str, Any] | None:
        """Return the time to live as stored with a thread; None if threads never expire."""
        if self.default_ttl is None:
            return None
        return {"strategy": self.strategy, "ttl_minutes": self.default_ttl}


class ItemLifetime(BaseModel):
    """The same for the items of the store, and whether reading one prolongs its life."""

    model_config = ConfigDict(extra="forbid")

    refresh_on_read: bool = True
    default_ttl: Minutes | None = None
    sweep_interval_minutes: Minutes = 5

    def of_store(self) -> TTLConfig:
        """Return the defaults for calls of the store that name no time to live."""
        return TTLConfig(refresh_on_read=self.refresh_on_read, default_ttl=self.default_ttl)


@dataclass(frozen=True)
class Lifetimes:
    """How long the deployment keeps threads and store items."""

    threads: ThreadLifetime
    items: ItemLifetime


def load_lifetimes(path: Path) -> Lifetimes:
    """Load what langgraph.json and the variables say; ConfigError if it is wrong."""
    of_threads = config.variable("LANGGRAPH_THREAD_TTL")
    if of_threads is None:
        of_threads = config.section(path, "checkpointer").get("ttl")
    of_items = config.section(path, "store").get("ttl")
    return Lifetimes(
        _valid("checkpointer.ttl", of_threads, ThreadLifetime),
        _valid("store.ttl", of_items, ItemLifetime),
    )


def _valid(name: str, entry: Any, model: type[Model]) -> Model:
    """The entry as `model`; a null is one that is left out, as the CLI writes it."""
    if isinstance(entry, dict):
        entry = {key: value for key, value in entry.items() if value is not None}
    try:
        return model.model_validate(entry or {})
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"{name}: {faults}") from None
