"""One module for one file, however it is imported."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from onceproof.reference_impl.resources.modules import GraphsError, add_dependencies, load_object


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A deployment whose files import each other by name."""
    known, path = dict(sys.modules), list(sys.path)
    config = {"graphs": {"g": "./lone_graph.py:graph"}, "dependencies": ["."]}
    (tmp_path / "langgraph.json").write_text(json.dumps(config))
    (tmp_path / "lone_app.py").write_text("opened = []\n")
    (tmp_path / "lone_graph.py").write_text("import lone_app\ngraph = lone_app.opened\n")
    (tmp_path / "lone_part").mkdir()
    (tmp_path / "lone_part" / "deep.py").write_text("opened = []\n")
    (tmp_path / "json.py").write_text("opened = []\n")
    add_dependencies(tmp_path / "langgraph.json")
    yield tmp_path
    for name in set(sys.modules) - set(known):
        del sys.modules[name]
    sys.path[:] = path


def test_a_file_that_was_loaded_is_what_its_name_imports(folder: Path) -> None:
    opened = load_object("http.app", "./lone_app.py:opened", folder)
    assert load_object("graph 'g'", "./lone_graph.py:graph", folder) is opened


def test_a_module_that_was_imported_is_what_its_file_loads(folder: Path) -> None:
    opened = load_object("graph 'g'", "./lone_graph.py:graph", folder)
    assert load_object("http.app", "./lone_app.py:opened", folder) is opened


def test_that_holds_below_a_folder(folder: Path) -> None:
    opened = load_object("http.app", "./lone_part/deep.py:opened", folder)
    assert importlib.import_module("lone_part.deep").opened is opened


def test_a_file_named_like_a_library_does_not_take_its_place(folder: Path) -> None:
    load_object("http.app", "./json.py:opened", folder)
    assert sys.modules["json"] is json


def test_a_file_that_cannot_be_imported_leaves_no_module_behind(folder: Path) -> None:
    (folder / "lone_broken.py").write_text("raise ValueError('boo')\n")
    with pytest.raises(GraphsError, match="raised ValueError: boo"):
        load_object("graph 'g'", "./lone_broken.py:graph", folder)
    assert not [name for name in sys.modules if "lone_broken" in name]
