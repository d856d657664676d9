"""A thread's time to live as clients set it, and as they see it when they ask for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request

from onceproof.reference_impl.http import ApiError, validated
from onceproof.reference_impl.resources.fields import Body
from onceproof.reference_impl.resources.ttl import Minutes, Strategy


class TtlIn(Body):
    """What becomes of the thread when it has been left alone for `ttl` minutes."""

    strategy: Strategy = "delete"
    ttl: Minutes


class TtlOut(BaseModel):
    """`expires_at` is null while the thread has nothing to expire: its history is pruned."""

    strategy: Strategy
    ttl_minutes: float
    expires_at: datetime | None


def stored(ttl: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A TtlIn that handlers may have changed, as a row has it."""
    if ttl is None:
        return None
    wanted = validated(ttl, TtlIn)
    return {"strategy": wanted.strategy, "ttl_minutes": wanted.ttl}


def shown(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The TtlOut of a thread's row; None for a thread that is kept."""
    if row["ttl"] is None:
        return None
    expires_at = row["updated_at"] + timedelta(minutes=row["ttl"]["ttl_minutes"])
    pruned = row["pruned_at"] == row["updated_at"]
    return {**row["ttl"], "expires_at": None if pruned else expires_at}


def is_asked_for(request: Request) -> bool:
    """Whether `include` names it; ApiError 422 if that names anything else."""
    given = ",".join(request.query_params.getlist("include")).split(",")
    names = {name.strip() for name in given} - {""}
    if unknown := names - {"ttl"}:
        raise ApiError(422, f"include: {sorted(unknown)[0]!r} is not 'ttl'")
    return bool(names)
