"""The files of a run that its certificate stands on, each with its digest, and one root of all.

The root is that of a Merkle tree as RFC 6962 builds it (leaves and nodes are hashed with different
bytes before them), so that one file can be proven to belong to a certificate without the others.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from onceproof.conformance.history.packing import SUFFIX, packed_path
from onceproof.conformance.judgement.histories import history_files
from onceproof.conformance.run_folder import EVIDENCE, REPORTS, SCHEDULE

Role = Literal["results", "evidence", "history", "schedule", "report"]

_ROLES: dict[str, Role] = {
    **dict.fromkeys(REPORTS, "report"),
    REPORTS[0]: "results",
    EVIDENCE: "evidence",
    SCHEDULE: "schedule",
}


class File(msgspec.Struct, frozen=True, rename="camel"):
    """One file by its path in the folder of the run, its size in bytes and its digest."""

    path: str
    role: Role
    size: int
    sha256: str


class Evidence(msgspec.Struct, frozen=True, rename="camel"):
    """The files by their paths, and their root: `sha256` of an RFC 6962 tree of the files."""

    merkle_root: str
    files: list[File]


def collect_evidence(folder: Path) -> Evidence:
    """Return the evidence in the folder of a run, as it is now."""
    files = [describe_file(folder, path) for path in _list_paths(folder)]
    return Evidence(compute_root(files), files)


def describe_file(folder: Path, path: str) -> File:
    """Return one file of the folder as a certificate names it."""
    with (folder / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return File(path, _find_role(path), file.tell(), digest)


def compute_root(files: Sequence[File]) -> str:
    """Return the root of the tree of `files`, in hexadecimal digits."""
    return _hash_tree([msgspec.json.encode(file, order="deterministic") for file in files]).hex()


def _list_paths(folder: Path) -> list[str]:
    histories = [path if path.exists() else packed_path(path) for path in history_files(folder)]
    loose = [folder / name for name in _ROLES if (folder / name).exists()]
    return sorted(path.relative_to(folder).as_posix() for path in (*histories, *loose))


def _find_role(path: str) -> Role:
    is_history = path.removesuffix(SUFFIX).endswith(".jsonl")
    return "history" if is_history else _ROLES.get(path, "report")


def _hash_tree(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    left, right = _hash_tree(leaves[:half]), _hash_tree(leaves[half:])
    return hashlib.sha256(b"\x01" + left + right).digest()
