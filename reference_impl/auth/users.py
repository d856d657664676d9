"""The caller: a mapping that also has its entries as attributes, as handlers and graphs expect.

It is stored with a run as plain JSON, so that the graph finds the caller on any worker and in any
attempt.
"""

from collections.abc import Mapping
from typing import Any

_FIELDS = ("identity", "display_name", "is_authenticated", "permissions")


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


def user_from(found: Any) -> User:
    """The user that an `authenticate` handler returned: its id, a mapping, or an object.

    Raises TypeError for what has no identity.
    """
    if isinstance(found, str):
        found = {"identity": found}
    elif not isinstance(found, Mapping):
        found = _public(found)
    if not isinstance(found.get("identity"), str) or not found["identity"]:
        raise TypeError("authenticate must return a user with an identity, which is some text")
    return User(found)


def _public(found: Any) -> dict[str, Any]:
    own = {k: v for k, v in getattr(found, "__dict__", {}).items() if not k.startswith("_")}
    return own | {name: getattr(found, name) for name in _FIELDS if hasattr(found, name)}


def configurable_of(user: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a graph's configuration says of the user that a run was stored with."""
    if user is None:
        return {}
    known = User(user)
    return {
        "langgraph_auth_user": known,
        "langgraph_auth_user_id": known.identity,
        "langgraph_auth_permissions": known.permissions,
    }
