"""The `auth` entry of langgraph.json.

path                 "./auth.py:auth", the file and the name of a `langgraph_sdk.Auth`
openapi              security schemes and requirements to show in the API's description
disable_studio_auth  changes nothing: only the vendor's platform knows Studio's users, so this
                     server has no second way in that could be closed
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langgraph_sdk.auth import Auth

from onceproof.reference_impl.auth.authentication import Authentication
from onceproof.reference_impl.auth.handlers import Handlers
from onceproof.reference_impl.config import section
from onceproof.reference_impl.errors import ConfigError
from onceproof.reference_impl.resources.modules import load_object


@dataclass(frozen=True)
class Access:
    """The deployment's rules. `openapi` is added to the API's description."""

    authentication: Authentication
    handlers: Handlers
    openapi: dict[str, Any]


def load_access(config_path: Path) -> Access | None:
    """Load the `auth` entry of langgraph.json, None if there is none; ConfigError if it is wrong.

    The folders that langgraph.json depends on must be importable already.
    """
    entry = section(config_path, "auth")
    if not entry:
        return None
    path = entry.get("path")
    if not isinstance(path, str):
        raise ConfigError("auth: langgraph.json must name it by 'path', as './auth.py:auth'")
    auth = load_object("auth", path, config_path.resolve().parent)
    if not isinstance(auth, Auth):
        raise ConfigError(f"auth: {path!r} is a {type(auth).__name__}, not a langgraph_sdk.Auth")
    return build_access(auth, entry.get("openapi") or {})


def build_access(auth: Auth, openapi: dict[str, Any]) -> Access:
    """Build the rules of an `Auth` object; ConfigError if it does not authenticate callers."""
    if auth._authenticate_handler is None:
        raise ConfigError("auth: no function is registered with @auth.authenticate")
    return Access(Authentication(auth._authenticate_handler), Handlers(auth), openapi)
