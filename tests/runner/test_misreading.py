"""A value that could not be read accuses the target only if it came from it."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from _pytest.assertion.rewrite import rewrite_asserts

from onceproof.conformance.runner import misreading
from onceproof.conformance.runner.attribution import is_target_fault
from onceproof.conformance.runner.misreading import describe_misread

MODULE = """
import asyncio, datetime, httpx, json, uuid

TABLE = {{"create": ""}}

async def make(): ...
def ask(path, limit): return path

def read(answer, rows, headers):
    {line}
"""
#: What an answer does not hold, and what is said of it.
MISREAD = {
    "answer['values']": "an answer of the target lacks 'values': answer['values']",
    "return rows[0]": "rows[0]",
    "[run] = rows": "[run] = rows expects: not enough values to unpack (expected 1, got 0)",
    "first, second = answer['log']": "first, second = answer['log']",
    "for each in answer['null']: pass": "answer['null']",
    "assert answer['null']['log'] == 1": "answer['null']['log']",
    "assert answer['null'] < 3, 'few'": "answer['null'] < 3",
    "return answer['null'] < 3": "answer['null'] < 3",
    "return {each['id'] for each in answer['log']}": "each['id']",
    "uuid.UUID(answer['text'])": "uuid.UUID(answer['text'])",
    "int(answer['text'])": "int(answer['text'])",
    "datetime.datetime.fromisoformat(answer['text'])": "fromisoformat",
    "json.loads(answer['text'])": "json.loads(answer['text'])",
    "headers['content-type']": "lacks 'content-type': headers['content-type']",
    "return max(rows)": "max(rows)",
    "return next(each for each in answer['null'])": "answer['null']",
}
SLIPS = [
    "TABLE[answer['text']]",
    "raise ValueError('no such way')",
    "ask(answer)",
    "ask(answer, 1, 2)",
    "ask(answer, limits=1)",
    "asyncio.Semaphore(-1)",
    "httpx.Timeout()",
]

Read = Callable[..., object]


def write(folder: Path, room: str, line: str, monkeypatch: pytest.MonkeyPatch) -> Read:
    """A module of that room of a harness, as pytest rewrites it, with a function of this line."""
    monkeypatch.setattr(misreading, "OURS", folder)
    path, source = folder / room / "reading.py", MODULE.format(line=line).encode()
    path.parent.mkdir()
    path.write_bytes(source)
    tree = ast.parse(source)
    rewrite_asserts(tree, source)
    made: dict[str, Any] = {}
    exec(compile(tree, str(path), "exec"), made)
    read: Read = made["read"]
    return read


def fail(read: Read) -> Exception:
    answer = {"null": None, "text": "never", "log": [{}, {}, {}]}
    with pytest.raises(misreading.ERRORS) as caught:
        read(answer, [], httpx.Headers())
    return caught.value


@pytest.mark.parametrize("line", MISREAD)
def test_what_an_answer_does_not_hold_accuses_the_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    error = fail(write(tmp_path, "suite", line, monkeypatch))
    assert is_target_fault(error)
    assert MISREAD[line] in str(describe_misread(error))


@pytest.mark.parametrize("line", SLIPS)
def test_a_slip_of_the_suite_accuses_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    assert not is_target_fault(fail(write(tmp_path, "suite", line, monkeypatch)))


@pytest.mark.parametrize("room", ["faults", "stacks", "targets"])
def test_what_another_room_cannot_read_is_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    assert not is_target_fault(fail(write(tmp_path, room, "answer['values']", monkeypatch)))
