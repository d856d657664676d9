"""The probe graphs as a folder of their own, for servers that this machine does not start.

What is written is what the harness itself serves: langgraph.json, the graphs, and the helper
package that they share. It needs LangGraph and the standard library, so any server that takes a
langgraph.json hosts it, from wherever it lies, and an image builder can copy it.
"""

import json
import shutil
from collections.abc import Collection
from pathlib import Path

from onceproof.conformance.errors import UsageError
from onceproof.conformance.probes import FOLDER

#: Only the harness reads it: it makes the folder a package of ours.
_OURS = FOLDER / "__init__.py"


def export_probes(
    folder: Path, without: Collection[str] = (), without_graphs: Collection[str] = ()
) -> Path:
    """Write the probes into `folder`, made if need be; return the path of its langgraph.json.

    Its sections `without` and the graphs `without_graphs` are left out, for a server that cannot
    take them. UsageError for a folder that holds anything: files of an older version among ours
    would be served, too.
    """
    try:
        if folder.is_dir() and any(folder.iterdir()):
            raise UsageError(
                f"{str(folder)!r} is not empty: name a new folder, or remove what is in it first"
            )
        shutil.copytree(FOLDER, folder, ignore=_left_out, dirs_exist_ok=True)
        config = folder / "langgraph.json"
        if without or without_graphs:
            _leave_out(config, without, without_graphs)
    except OSError as error:
        raise UsageError(
            f"the probes cannot be written to {str(folder)!r} ({error.strerror or error}): name "
            "another folder"
        ) from None
    return config


def _leave_out(config: Path, sections: Collection[str], graphs: Collection[str]) -> None:
    whole = json.loads(config.read_text(encoding="utf-8"))
    left = {name: section for name, section in whole.items() if name not in sections}
    left["graphs"] = {name: at for name, at in whole["graphs"].items() if name not in graphs}
    config.write_text(json.dumps(left, indent=2), encoding="utf-8")


def _left_out(folder: str, names: list[str]) -> set[str]:
    """A server that was started in the folder may have left its state there, in a hidden one."""
    return {
        name
        for name in names
        if name == "__pycache__" or name.startswith(".") or Path(folder, name) == _OURS
    }
