"""The caller as the deployment's `authenticate` handler describes it."""

from collections.abc import Mapping
from typing import Any

from onceproof.reference_impl.core.user import User

_FIELDS = ("identity", "display_name", "is_authenticated", "permissions")


def user_from(found: Any) -> User:
    """Build the user from what `authenticate` returned: an id, a mapping, or an object.

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
