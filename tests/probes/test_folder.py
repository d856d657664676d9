"""The folder: complete, self-contained, loadable from a copy by file path."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from onceproof.conformance.probes import CONFIG, FOLDER, GRAPHS
from onceproof.conformance.witness.hashing import chain_hash
from tests.probes.probe_host import SPECS, load

LOAD_EACH = """
import importlib.util, json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
for name, spec in json.loads((folder / "langgraph.json").read_text())["graphs"].items():
    path, _, attribute = spec.partition(":")
    found = importlib.util.spec_from_file_location("loaded_" + name, folder / path)
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    print(name, len(getattr(module, attribute).get_graph(xray=True).nodes))
helper = pathlib.Path(sys.modules["onceproof_probes"].__file__)
assert helper.is_relative_to(folder), helper
foreign = {"conformance", "reference_impl", "msgspec", "httptools"} & set(sys.modules)
assert not foreign, foreign
"""


#: Graphs that need a langgraph.json of their own.
APART = {"factory.py", "inside.py"}


def test_the_configuration_lists_every_graph_file() -> None:
    """All but those that not every server can start with."""
    names = {path.name for path in (FOLDER / "graphs").glob("[a-z]*.py")} - APART
    files = {f"./graphs/{name}:graph" for name in names}

    assert CONFIG == FOLDER / "langgraph.json"
    assert set(SPECS.values()) == files
    assert tuple(SPECS) == GRAPHS
    assert len(GRAPHS) == len(set(GRAPHS))


@pytest.mark.parametrize("graph_id", GRAPHS)
def test_each_docstring_begins_with_the_id_and_names_every_input(graph_id: str) -> None:
    module = load(graph_id)
    text = module.__doc__ or ""
    inputs = _properties(module.graph.get_input_jsonschema())

    assert text.startswith(f"{graph_id}: ")
    assert "Input: " in text
    assert "nonce" in inputs
    assert [name for name in inputs if name not in text and graph_id != "wide"] == []


def _properties(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of a schema, which one of the functional API only refers to."""
    _, _, name = schema.get("$ref", "").rpartition("/")
    found: dict[str, Any] = (schema["$defs"][name] if name else schema)["properties"]
    return found


def test_a_copy_loads_by_path_with_nothing_of_the_harness(tmp_path: Path) -> None:
    copy = tmp_path / "anywhere"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "__init__.py").unlink()

    result = subprocess.run(
        [sys.executable, "-I", "-c", LOAD_EACH, str(copy)],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert result.returncode == 0, result.stderr
    assert len(result.stdout.splitlines()) == len(GRAPHS)


def test_probes_and_harness_agree_on_the_hash_chain() -> None:
    load("ticks")
    probes_hash = sys.modules["onceproof_probes"].chain_hash
    cases = [("", "n", 0, ""), ("00ff", "ż-1", 41, "xx"), (chain_hash("", "n", 0), "n", 1, "")]

    assert [probes_hash(*case) for case in cases] == [chain_hash(*case) for case in cases]
    assert chain_hash("", "n", 0) == hashlib.blake2b(b"n0", digest_size=8).hexdigest()
    assert len({chain_hash(*case) for case in cases}) == 3
