"""The caller as the deployment's `authenticate` handler describes it."""

from collections.abc import Mapping
from enum import Enum
from typing import Any
from uuid import UUID

from onceproof.reference_impl import encoding
from onceproof.reference_impl.core.user import User

_FIELDS = ("identity", "display_name", "is_authenticated", "permissions")


def user_from(found: Any) -> User:
    """Build the user from what `authenticate` returned: an id, a mapping, or an object.

    Raises TypeError for what has no identity.
    """
    if isinstance(found, str | UUID):
        found = {"identity": found}
    elif not isinstance(found, Mapping):
        found = _public(found)
    identity = _as_text(found.get("identity"))
    if not isinstance(identity, str) or not identity:
        raise TypeError("authenticate must return a user with an identity, which is some text")
    return User({**found, "identity": identity})


def _as_text(identity: Any) -> Any:
    """An id as a database returns it, as the text that it is everywhere else."""
    if isinstance(identity, UUID | Enum):
        return str(encoding.jsonable(identity))
    return identity


def _public(found: Any) -> dict[str, Any]:
    own = {k: v for k, v in getattr(found, "__dict__", {}).items() if not k.startswith("_")}
    return own | {name: getattr(found, name) for name in _FIELDS if hasattr(found, name)}
