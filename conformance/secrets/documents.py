"""Secrets in files and values that are handed on whole: JSON, `.env` files, private keys.

Nothing of them is meant for a report, but whoever receives them may repeat them: a graph that logs
its context, an error that quotes its configuration.
"""

import json
import re
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from onceproof.conformance.secrets.find import is_secret_name, scan
from onceproof.conformance.secrets.forms import is_setting
from onceproof.conformance.secrets.registry import Secrets

_PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s(.*?)-----END", re.DOTALL)


def register_values(secrets: Secrets, value: object) -> None:
    """Add what secret names hold in a JSON value, at any depth, and the logins in its URLs."""
    secrets.add(*_find(value, hidden=False))


def register_variables(secrets: Secrets, variables: Mapping[str, str]) -> None:
    """Add the secrets among variables: by their names, in the URLs and the JSON that they hold."""
    register_values(secrets, dict(variables))
    for value in variables.values():
        if value.lstrip()[:1] in ("{", "["):
            register_values(secrets, _parse(value))


def register_dotenv(secrets: Secrets, path: Path) -> None:
    """Add the secrets of a `.env` file; one that cannot be read has none for us."""
    values = dotenv_values(stream=StringIO(_read(path)))
    register_variables(secrets, {name: value or "" for name, value in values.items()})


def register_private_key(secrets: Secrets, path: Path) -> None:
    """Add the lines of a private key in PEM form; a file without one has none."""
    for block in _PRIVATE.findall(_read(path)):
        secrets.add(*(line for line in block.splitlines() if ":" not in line))


def _find(value: object, *, hidden: bool) -> Iterator[str]:
    """The texts of a value that are secrets; all of them below a name that is `hidden`."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _find(each, hidden=hidden or is_secret_name(str(name)))
    elif isinstance(value, list):
        for each in value:
            yield from _find(each, hidden=hidden)
    elif isinstance(value, str):
        if hidden and not is_setting(value):
            yield value
        if "://" in value:
            yield from scan(value).secrets


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
