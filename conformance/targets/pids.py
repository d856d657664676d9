"""Process ids that an engine says, as far as they are processes of this machine."""

from collections.abc import Iterable
from pathlib import Path


def keep_visible(pids: Iterable[int], container_id: str) -> list[int]:
    """Return those of a container's process ids that are its processes on this machine, too.

    An engine in a virtual machine has other numbers, which may be somebody's here.
    """
    return [pid for pid in pids if _is_of(pid, container_id)]


def _is_of(pid: int, container_id: str) -> bool:
    group = Path(f"/proc/{pid}/cgroup")
    return group.exists() and container_id in group.read_text(encoding="utf-8")
