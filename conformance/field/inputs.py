"""The operator's files: inputs, answers, context and configuration, as JSON or as JSON lines.

What stands in them under the name of a secret is hidden in all that is written.
"""

import json
from pathlib import Path
from typing import Any

from onceproof.conformance.errors import UsageError
from onceproof.conformance.history.values import Json
from onceproof.conformance.secrets import SECRETS
from onceproof.conformance.secrets.documents import register_values


def load_values(option: str, path: Path) -> list[Any]:
    """Read a list of values: a JSON list, one JSON value, or one a line.

    UsageError naming the option, the file and the line if it cannot be read.
    """
    content = _read(option, path)
    try:
        whole = json.loads(content)
    except ValueError:
        whole = _load_lines(option, path, content)
    register_values(SECRETS, whole)
    return whole if isinstance(whole, list) else [whole]


def load_object(option: str, path: Path) -> Json:
    """Read one JSON object; UsageError if the file holds anything else."""
    try:
        value = json.loads(_read(option, path))
    except ValueError as error:
        raise UsageError(f"{option} '{path}' is not JSON ({error}): write one object") from None
    if not isinstance(value, dict):
        raise UsageError(f"{option} '{path}' holds no JSON object: write one, such as {{}}")
    register_values(SECRETS, value)
    return value


def _read(option: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UsageError(f"{option} '{path}' cannot be read ({why}): name a JSON file") from None


def _load_lines(option: str, path: Path, content: str) -> list[Any]:
    values = []
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            values.append(json.loads(line))
        except ValueError as error:
            raise UsageError(
                f"{option} '{path}', line {number}, is not JSON ({error}): write one value a line, "
                "or one list"
            ) from None
    return values
