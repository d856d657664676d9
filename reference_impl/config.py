"""`langgraph.json`, the file that describes a deployment, read as the LangGraph CLI reads it.

Its `env` entry is a mapping or names a dotenv file. The CLI makes these the container's
environment, so they are applied before any setting is read; what is set outside wins.
"""

import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from onceproof.reference_impl.errors import ConfigError

#: Says where `langgraph.json` is, so it is the one setting that cannot be written in it.
PATH = "LANGGRAPH_CONFIG_PATH"


def read(path: Path) -> dict[str, Any]:
    """Return the file's content, an object with at least one graph; ConfigError if it is not."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
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
        env = _read_dotenv(path, env)
    if not isinstance(env, dict):
        raise ConfigError(f"{path}: 'env' must be a mapping or the name of a file")
    for name, value in env.items():
        os.environ.setdefault(name, str(value))


def section(path: Path, name: str) -> dict[str, Any]:
    """Return an optional object of the file, or the JSON of LANGGRAPH_<NAME> in its place."""
    found = variable(f"LANGGRAPH_{name.upper()}")
    if found is None:
        found = read(path).get(name)
    if not isinstance(found or {}, dict):
        raise ConfigError(f"{path}: {name!r} must be an object")
    return found or {}


def variable(name: str) -> Any:
    """Return the JSON that an environment variable holds; None if it is not set."""
    text = os.environ.get(name)
    try:
        return json.loads(text) if text else None
    except ValueError as error:
        raise ConfigError(f"{name}: not valid JSON: {error}") from None


def _read_dotenv(path: Path, name: str) -> dict[str, str]:
    try:
        text = (path.resolve().parent / name).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: 'env' names {name!r}: {error.strerror}") from None
    values = dotenv_values(stream=StringIO(text))
    return {key: value for key, value in values.items() if value is not None}
