"""`langgraph.json`, the file that describes a deployment, read as the LangGraph CLI reads it.

Its `env` entry is a mapping or names a dotenv file. The CLI makes these the container's
environment, so they are applied before any setting is read; what is set outside wins.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from onceproof.reference_impl.errors import ConfigError

#: Says where `langgraph.json` is, so it is the one setting that cannot be written in it.
PATH = "LANGGRAPH_CONFIG_PATH"


def read(path: Path) -> dict[str, Any]:
    """The file's content, an object with at least one graph."""
    try:
        config = json.loads(path.read_text())
    except FileNotFoundError:
        raise ConfigError(
            f"{PATH}={str(path)!r} does not exist: name the langgraph.json to serve"
        ) from None
    except ValueError as error:
        raise ConfigError(f"{path}: not valid JSON: {error}") from None
    graphs = config.get("graphs") if isinstance(config, dict) else None
    if not isinstance(graphs, dict) or not graphs:
        raise ConfigError(f"{path}: 'graphs' must map at least one graph id to 'file.py:name'")
    return config


def apply_env() -> None:
    """Set the variables of the file's `env` entry that are not set already."""
    path = Path(os.environ.get(PATH) or "langgraph.json")
    env = read(path).get("env", {})
    if isinstance(env, str):
        env = dict(_dotenv(path, env))
    if not isinstance(env, dict):
        raise ConfigError(f"{path}: 'env' must be a mapping or the name of a file")
    for name, value in env.items():
        os.environ.setdefault(name, str(value))


def section(path: Path, name: str) -> dict[str, Any]:
    """An optional object of the file; the variable LANGGRAPH_<NAME> holds JSON in its place."""
    found = variable(f"LANGGRAPH_{name.upper()}")
    if found is None:
        found = read(path).get(name)
    if not isinstance(found or {}, dict):
        raise ConfigError(f"{path}: {name!r} must be an object")
    return found or {}


def variable(name: str) -> Any:
    """The JSON that an environment variable holds; None if it is not set."""
    given = os.environ.get(name)
    try:
        return json.loads(given) if given else None
    except ValueError as error:
        raise ConfigError(f"{name}: not valid JSON: {error}") from None


def _dotenv(path: Path, name: str) -> Iterator[tuple[str, str]]:
    try:
        lines = (path.resolve().parent / name).read_text().splitlines()
    except OSError as error:
        raise ConfigError(f"{path}: 'env' names {name!r}: {error.strerror}") from None
    for line in lines:
        key, separator, value = line.strip().removeprefix("export ").partition("=")
        if separator and not key.startswith("#"):
            yield key.strip(), value.strip().strip("\"'")
