"""Secrets taken out of files that others wrote: logs of the target, of the stack, of Locust."""

from collections.abc import Iterator
from pathlib import Path

from onceproof.conformance.secrets.registry import Secrets

#: Texts by their ends; a history is hidden as it is written.
_TEXTS = {".log", ".txt", ".json", ".xml", ".html", ".md", ".csv"}


def hide_in_folder(secrets: Secrets, folder: Path) -> None:
    """Replace the secrets in all texts below the folder; none of them is being written any more."""
    if not secrets.list_values():
        return
    for path in _texts(folder):
        content = path.read_bytes()
        hidden = secrets.hide_bytes(content)
        if hidden != content:
            path.write_bytes(hidden)


def _texts(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.suffix in _TEXTS and path.is_file() and not path.is_symlink():
            yield path
