"""Paths and dotted module names that prose mentions, and which of them lead nowhere."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.house import PRODUCT, ROOT, Source

ROOMS = "|".join((*PRODUCT, "tests", "docs"))
KINDS = "py|toml|sql|md|ini|yaml|j2|js|css"
#: A path with a slash, but not `./b.py`, which is an example, nor part of an address.
FILE = re.compile(rf"(?<![\w/.}}-])(?:[\w-][\w.-]*/)+[\w.-]+\.(?:{KINDS})\b")
FOLDER = re.compile(rf"(?<![\w/.}}-])(?:onceproof/)?(?:{ROOMS})(?:/\w+)+/?(?=[`\s,;:)]|\.\s|\.$|$)")
#: `load.seconds` and its like may be fields of a result: of `load` only the full name is a module.
MODULE = re.compile(
    rf"(?<![\w/.-])(?:onceproof\.(?:{ROOMS})|conformance|reference_impl|reports|tests)(?:\.\w+)+"
)


def find_dead_mentions(sources: Iterable[Source], root: Path = ROOT) -> Iterator[str]:
    """Yield the paths and dotted names in docstrings, comments and documents that name nothing.

    A path may be short, such as `wire/sse.py`: it is right as the end of any path here.
    """
    endings = _endings(root)
    for source in sources:
        for number, line in source.prose:
            paths = {*FILE.findall(line), *FOLDER.findall(line)}
            dead = {path for path in paths if _plain(path) not in endings}
            dead |= {name for name in MODULE.findall(line) if not _names_something(name, root)}
            yield from (f"{source.path}:{number} {mention}" for mention in sorted(dead))


def _plain(path: str) -> str:
    return path.removeprefix("onceproof/").rstrip("/")


def _endings(root: Path) -> set[str]:
    rooms = [root / name for name in ROOMS.split("|")]
    whole = {path.relative_to(root) for room in rooms for path in room.rglob("*")}
    return {"/".join(path.parts[n:]) for path in whole for n in range(len(path.parts))}


def _names_something(name: str, root: Path) -> bool:
    """Return whether it is a file beside the packages, a package, a module or a name in one."""
    dotted = name.removeprefix("onceproof.")
    parent, _, last = dotted.rpartition(".")
    if (root / dotted).is_file() or _code(dotted, root) is not None:
        return True
    return re.search(rf"\b{last}\b", _code(parent, root) or "") is not None


def _code(dotted: str, root: Path) -> str | None:
    path = root / dotted.replace(".", "/")
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file.read_text(encoding="utf-8")
    return None
