"""A key of langgraph.json that has no effect is named, or ends the start."""

import json
from pathlib import Path
from typing import Any

import pytest

from onceproof.reference_impl.deployment.unread import list_unread
from onceproof.reference_impl.errors import ConfigError


def write(folder: Path, **keys: Any) -> Path:
    path = folder / "langgraph.json"
    path.write_text(json.dumps({"graphs": {"g": "./g.py:graph"}, **keys}), encoding="utf-8")
    return path


def test_what_has_no_effect_is_listed(tmp_path: Path) -> None:
    keys = {
        "ui": {"agent": "./ui.tsx"},
        "checkpointer": {"ttl": {"default_ttl": 5}, "path": "./saver.py:make"},
        "store": {"index": None, "path": "./store.py:make"},
        "http": {"app": None},
        "python_version": "3.12",
        "dockerfile_lines": [],
    }
    assert list_unread(write(tmp_path, **keys)) == ["checkpointer.path", "store.path", "ui"]


def test_what_must_not_be_passed_over_ends_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'encryption' is not implemented here, and it would"):
        list_unread(write(tmp_path, encryption={"path": "./keys.py:encryption"}))


def test_a_file_of_what_is_read_has_nothing_unread(tmp_path: Path) -> None:
    assert list_unread(write(tmp_path, env={"A": "b"}, dependencies=["."], auth=None)) == []
