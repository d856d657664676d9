"""The `langgraph.json` of an application, looked at before anything is started for it."""

import json
from dataclasses import dataclass
from pathlib import Path

from onceproof.conformance.errors import UsageError
from onceproof.conformance.secrets import SECRETS
from onceproof.conformance.secrets.documents import register_dotenv, register_values

NAME = "langgraph.json"


@dataclass(frozen=True)
class Manifest:
    """Where the file is, and the ids of the graphs that it names."""

    path: Path
    graphs: tuple[str, ...]


def read_manifest(path: Path, said: str = "--app") -> Manifest:
    """Return what the file, or the one in that folder, names; UsageError says what is wrong.

    `said` is what the message calls whatever named the path.
    """
    file = (path / NAME if path.is_dir() else path).absolute()
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"{said} {str(path)!r}: {file} cannot be read ({error.strerror}): name the "
            f"{NAME} of your application, or its folder"
        ) from None
    except ValueError as error:
        raise UsageError(f"{said}: {file} is not valid JSON: {error}; correct it") from None
    graphs = document.get("graphs") if isinstance(document, dict) else None
    if not isinstance(graphs, dict) or not graphs:
        raise UsageError(
            f"{said}: {file} names no graphs: write "
            '"graphs": {"agent": "./agent.py:graph"} into it, with your file and name'
        )
    _register_secrets(document.get("env"), file.parent)
    return Manifest(file, tuple(graphs))


def _register_secrets(env: object, folder: Path) -> None:
    """What the application is given as its environment may turn up in its logs."""
    if isinstance(env, str):
        register_dotenv(SECRETS, folder / env)
    else:
        register_values(SECRETS, env)
