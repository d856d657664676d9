"""Each check is one short, pure module that says what it means."""

import ast
import inspect
import sys
from pathlib import Path

import pytest

from onceproof.conformance import checks
from onceproof.conformance.checks import CHECKS

FOLDER = Path(checks.__file__).parent
INSIDE = (
    "onceproof.conformance.checks",
    "onceproof.conformance.history.record",
    "onceproof.conformance.history.values",
    "onceproof.conformance.history.vocabulary",
    "onceproof.conformance.verdict",
)
PURE = {"bisect", "collections", "dataclasses", "functools", "gc", "itertools", "math"}
PURE |= {"operator", "typing"}
#: What the package itself finds its modules with.
FINDING = {"importlib", "pkgutil", "types"}


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_is_short_and_defined(name: str):
    source = inspect.getsource(inspect.getmodule(CHECKS[name]))
    assert source.count("\n") <= 140
    definition = ast.get_docstring(ast.parse(source)) or ""
    for part in ("Definition.", "Cost:", "Assumes:", "Lawful:", "Blind to:"):
        assert part in definition, part


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.stem)
def test_checks_import_nothing_that_does_io(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
        elif isinstance(node, ast.Import):
            module = node.names[0].name
        else:
            continue
        pure = PURE | (FINDING if path == FOLDER / "__init__.py" else set())
        assert module.startswith(INSIDE) or module.split(".")[0] in pure & sys.stdlib_module_names
