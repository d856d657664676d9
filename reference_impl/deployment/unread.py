"""Keys of `langgraph.json` that this server does not act on: refused, or named in a warning.

A key that is passed over in silence is a promise that is not kept. One on which the safety of data
depends ends the start; any other is named, once for each process.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from onceproof.reference_impl import config
from onceproof.reference_impl.errors import ConfigError

#: What this server reads, by section; an empty set: all of it, or the section's reader refuses.
READ: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("dependencies", "graphs", "env", "auth", "http", "webhooks"), frozenset()),
    "checkpointer": frozenset({"ttl"}),
    "store": frozenset({"ttl", "index"}),
}

#: What concerns the making of an image alone, and is done with when a server starts.
FOR_THE_IMAGE = frozenset(
    [
        "$schema",
        "name",
        "source",
        "python_version",
        "node_version",
        "api_version",
        "base_image",
        "image_distro",
        "dockerfile_lines",
        "pip_config_file",
        "pip_installer",
        "keep_pkg_tools",
        "_INTERNAL_docker_tag",
    ]
)

#: What must not be passed over, and why.
NEEDED = {
    "encryption": "it would store in plain text what is meant to be encrypted",
}


def list_unread(path: Path) -> list[str]:
    """Return the keys of the file that have no effect; ConfigError for one that must have."""
    found = config.read(path)
    for key, why in NEEDED.items():
        if found.get(key):
            raise ConfigError(f"{path}: {key!r} is not implemented here, and {why}: take it out")
    return sorted(_list_unread(found))


def _list_unread(found: Mapping[str, Any]) -> Iterator[str]:
    for key, value in found.items():
        if key not in READ and key not in FOR_THE_IMAGE:
            yield key
        known = READ.get(key)
        if known and isinstance(value, Mapping):
            yield from (f"{key}.{inner}" for inner in value if inner not in known)
