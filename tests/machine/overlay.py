"""Put a mutant in the place of a module that is loaded already, in this process alone.

Every function keeps its identity and gets the mutant's code, so whoever imported it has the mutant.
What is executed at import alone, such as a constant, cannot be replaced like that.
"""

import ast
import gc
import sys
from collections import Counter
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType

from tests.machine.mutant import Mutant

#: A code object by its qualified name, and which of those with that name it is.
Key = tuple[str, int]


def is_within_a_function(mutant: Mutant, text: str) -> bool:
    """Return whether the change is in the body of a function of the module `text`."""
    last = mutant.line + mutant.before.count("\n")
    return any(
        each.body[0].lineno <= mutant.line and last <= (each.end_lineno or 0)
        for each in ast.walk(ast.parse(text))
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def put_in_place(mutant: Mutant) -> None:
    """Give the mutant's code to the functions of the module that is loaded."""
    module = sys.modules[mutant.module]
    code = compile(mutant.text, str(module.__file__), "exec")
    with open(str(module.__file__), encoding="utf-8") as file:
        keys = {old: key for key, old in _by_key(compile(file.read(), file.name, "exec")).items()}
    codes = _by_key(code)
    for function in _functions_of(module):
        function.__code__ = codes[keys[function.__code__]]


def _by_key(code: CodeType) -> dict[Key, CodeType]:
    counts: Counter[str] = Counter()
    found = {}
    for each in _walk(code):
        found[each.co_qualname, counts[each.co_qualname]] = each
        counts[each.co_qualname] += 1
    return found


def _walk(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _walk(each)


def _functions_of(module: ModuleType) -> list[FunctionType]:
    return [
        each
        for each in gc.get_objects()
        if isinstance(each, FunctionType) and each.__code__.co_filename == module.__file__
    ]
