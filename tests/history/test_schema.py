"""docs/history.md names every operation that is recorded, and every kind."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from onceproof.conformance.checks.witnessed import MARKS
from onceproof.conformance.history.vocabulary import (
    CUT,
    FINAL,
    HTTP_ERROR,
    OPERATIONS,
    QUIESCED,
    SIGNS,
    Kind,
)

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "history.md").read_text()
FOLDERS = ("conformance", "load")
OPERATION = re.compile(r"(run|sub|store|assistant|thread|cron)\.[a-z]+")


def find_recorded_operations() -> Iterator[str]:
    """Find every string in the sources that has the form of an operation."""
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                text = node.value if isinstance(node, ast.Constant) else None
                if isinstance(text, str) and OPERATION.fullmatch(text):
                    yield text


def find_documented_names() -> set[str]:
    return set(re.findall(r"`([a-z.-]+)`", PAGE))


def test_every_operation_is_in_the_vocabulary() -> None:
    auth = {"assistants.", "store.search", "store.list"}
    found = {
        op
        for op in find_recorded_operations()
        if op not in auth and not op.endswith((".py", ".log"))
    }
    assert len(found) > 12
    assert found <= set(OPERATIONS)


def test_the_vocabulary_is_documented() -> None:
    assert {*OPERATIONS, *SIGNS, FINAL, QUIESCED, HTTP_ERROR, CUT} <= find_documented_names()


def test_every_kind_and_mark_is_documented() -> None:
    assert set(get_args(Kind)) | set(MARKS) <= find_documented_names()
