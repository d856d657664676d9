"""Which program judges: its version, the digest of its code, and the commit of its checkout."""

import hashlib
import platform
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path

from onceproof.reports.results import Harness

_PACKAGES = ("conformance", "load", "reports")
_ROOT = Path(__file__).parents[2]
_PATIENCE_S = 10


def describe_harness() -> Harness:
    """Return this program; `commit` is null outside of a checkout, and ends in `-dirty` in one
    that was changed since."""
    return Harness(
        name="onceproof",
        version=version("onceproof"),
        python=platform.python_version(),
        commit=_find_commit(),
        code=compute_code_digest(),
    )


@cache
def compute_code_digest() -> str:
    """Compute the digest of all files of the harness, the reference server left out."""
    whole = hashlib.sha256()
    for path in _list_code():
        whole.update(path.encode() + b"\0")
        whole.update(hashlib.sha256((_ROOT / path).read_bytes()).digest())
    return f"sha256:{whole.hexdigest()}"


def _list_code() -> list[str]:
    paths = (path for package in _PACKAGES for path in (_ROOT / package).rglob("*"))
    code = (path for path in paths if "__pycache__" not in path.parts and path.is_file())
    return sorted(path.relative_to(_ROOT).as_posix() for path in code)


def _find_commit() -> str | None:
    """The commit of a checkout of this project; a repository that it is installed in is another."""
    top = _ask_git("rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != _ROOT.resolve().parent:
        return None
    commit = _ask_git("rev-parse", "HEAD")
    changed = _ask_git("status", "--porcelain", "--untracked-files=no")
    return f"{commit}-dirty" if commit and changed else commit


def _ask_git(*words: str) -> str | None:
    try:
        ended = subprocess.run(
            ["git", "-C", str(_ROOT), *words],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_PATIENCE_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ended.stdout.strip() if ended.returncode == 0 else None
