"""The user a run is for: a mapping that also has its entries as attributes, as graphs expect.

It is stored with the run as plain JSON, so that the graph finds its user on any worker and in any
attempt.
"""

from collections.abc import Mapping
from typing import Any

from onceproof.reference_impl.encoding import JsonObject


class User(dict[str, Any]):
    """An authenticated user; what `authenticate` said beyond the four known fields is kept."""

    @property
    def identity(self) -> str:
        return self["identity"]

    @property
    def display_name(self) -> str:
        return self.get("display_name") or self.identity

    @property
    def is_authenticated(self) -> bool:
        return self.get("is_authenticated", True)

    @property
    def permissions(self) -> list[str]:
        return self.get("permissions") or []

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the user has no {name!r}") from None


def describe_user(user: Mapping[str, Any] | None) -> JsonObject:
    """Return what a graph's configuration says about the user its run was stored with."""
    if user is None:
        return {}
    known = User(user)
    return {
        "langgraph_auth_user": known,
        "langgraph_auth_user_id": known.identity,
        "langgraph_auth_permissions": known.permissions,
    }
