"""What `test_tidy` counts: each measure reads sources and yields what offends, as "file:line name".

The measures are pure, so that a test can show a bad sample to each of them.
"""

import ast
import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = ("conformance", "load", "reference_impl", "reports")
TEXTS = {".py", ".toml", ".sql", ".md", ".ini", ".yaml", ".j2", ".js", ".css"}

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """A text file and its path from the root, such as `load/agent.py`."""

    path: str
    text: str

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    @property
    def is_product(self) -> bool:
        return self.path.split("/")[0] in PRODUCT

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def functions(self) -> Iterator[Function]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def name(self, node: Function) -> str:
        return f"{self.path}:{node.lineno} {node.name}"

    @cached_property
    def prose(self) -> list[tuple[int, str]]:
        """Numbered lines that readers read: of Python the docstrings and comments, else all."""
        if not self.is_python:
            return list(enumerate(self.text.splitlines(), 1))
        docs = (enumerate(text.splitlines(), line) for line, text in _docstrings(self.tree))
        return [*chain.from_iterable(docs), *_comments(self.text)]


def read_sources(root: Path = ROOT) -> list[Source]:
    """Return every text file of the checkout."""
    folders = [root / name for name in (*PRODUCT, "onceproof", "tests", "docs")]
    paths = [path for folder in folders for path in folder.rglob("*") if path.suffix in TEXTS]
    loose = [path for path in root.iterdir() if path.suffix in TEXTS or "Dockerfile" in path.name]
    return [
        Source(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted({*paths, *loose, *root.glob("*/Dockerfile")})
    ]


def _docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        documented = isinstance(node, ast.Module | ast.ClassDef | Function)
        if documented and (text := ast.get_docstring(node, clean=False)):
            yield node.body[0].lineno, text


def _comments(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


# -- names and language ----------------------------------------------------------------------

#: Participles that do not end in "ed".
IRREGULAR = (
    "begun chosen done drawn found given gone got heard held kept known laid left lost made met "
    "seen sent shown taken told worn written"
)
#: Verbs and nouns that end in "ed" all the same.
NO_PARTICIPLE = "bleed embed exceed feed need proceed seed shed speed"


def is_participle(name: str) -> bool:
    last = name.strip("_").split("_")[-1]
    regular = len(last) > 3 and last.endswith("ed") and last not in NO_PARTICIPLE.split()
    return regular or last in IRREGULAR.split()


def named_functions(sources: Iterable[Source]) -> Iterator[str]:
    """Yield functions whose name is a choice: `test_...` names a demand, `__x__` is Python's."""
    yield from (source.name(node) for source in sources for node in _named(source))


def named_by_participle(sources: Iterable[Source]) -> Iterator[str]:
    for source in sources:
        yield from (source.name(node) for node in _named(source) if is_participle(node.name))


def _named(source: Source) -> Iterator[Function]:
    for node in source.functions:
        if not node.name.startswith(("test_", "__")):
            yield node


def told(sources: Iterable[Source]) -> Iterator[str]:
    for source in sources:
        for number, line in enumerate(source.text.splitlines(), 1):
            if "def test_" not in line:
                for _ in re.findall(r"(?:\b|_)told(?:\b|_)", line):
                    yield f"{source.path}:{number} {line.strip()[:60]}"


def public_docstrings(sources: Iterable[Source]) -> Iterator[tuple[str, str]]:
    """Yield name and docstring of public functions; a property is a noun, and so is a fixture.

    A mutant, or a variation, is described by a sentence about its server.
    """
    for source in sources:
        for node in source.functions:
            doc = ast.get_docstring(node)
            if doc and not node.name.startswith(("_", "test_")) and not _is_noun(node):
                yield source.name(node), doc


def _is_noun(node: Function) -> bool:
    names = {name for part in node.decorator_list for name in _names(part)}
    return bool(names & {"property", "cached_property", "fixture", "mutant", "variation"})


def _names(expression: ast.expr) -> Iterator[str]:
    for node in ast.walk(expression):
        if isinstance(node, ast.Name | ast.Attribute):
            yield node.id if isinstance(node, ast.Name) else node.attr


def without_verb(sources: Iterable[Source], verbs: set[str]) -> Iterator[str]:
    """Yield public docstrings whose first word is not one of `verbs`, in either person."""
    for name, doc in public_docstrings(sources):
        word = re.sub(r"[^a-z-]", "", doc.split()[0].lower())
        if not {word, word.removesuffix("s"), word.removesuffix("es")} & verbs:
            yield f"{name}: {doc.splitlines()[0][:70]}"


# -- sizes -----------------------------------------------------------------------------------


def function_lengths(sources: Iterable[Source]) -> list[tuple[int, str]]:
    return sorted(
        (node.end_lineno - node.lineno + 1 - _sentences(node), source.name(node))
        for source in sources
        for node in source.functions
    )


def _sentences(node: Function) -> int:
    """Count the lines that a variation says of itself: they are shown to its users."""
    first = node.body[0]
    names = {name for part in node.decorator_list for name in _names(part)}
    return first.end_lineno - first.lineno + 1 if "variation" in names else 0


def file_lengths(sources: Iterable[Source]) -> list[tuple[int, str]]:
    return sorted((source.text.count("\n"), source.path) for source in sources)


def modules_per_folder(sources: Iterable[Source]) -> Counter[str]:
    """Count the modules of each folder, but for chapters of the suite and for the probe graphs."""
    folders = (source.path.rpartition("/")[0] for source in sources)
    return Counter(folder for folder in folders if not _may_be_wide(folder))


def _may_be_wide(folder: str) -> bool:
    return folder.startswith(("conformance/suite/", "conformance/probes/")) and not (
        folder.endswith("/kit")
    )


# -- types, SQL, imports ---------------------------------------------------------------------


def untyped_dicts(sources: Iterable[Source]) -> Iterator[str]:
    for source in sources:
        if not source.path.startswith("conformance/suite/"):
            yield from [source.path] * source.text.count("dict[str, Any]")


SQL = re.compile(
    r"\s*(select|insert\s+into|update|delete\s+from|with)\s.*?\b(from|values|set|as|where)\b",
    re.IGNORECASE | re.DOTALL,
)


def sql_in_python(sources: Iterable[Source]) -> Iterator[str]:
    """Yield modules with a string, not a docstring, that reads as a statement."""
    for source in sources:
        docs = {text for _, text in _docstrings(source.tree)}
        if any(SQL.match(text) for text in _strings(source.tree) if text not in docs):
            yield source.path


def _strings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
            yield "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def generic_imports(sources: Iterable[Source]) -> Iterator[str]:
    """Yield imports and commands, in prose too, that go round the installed name `onceproof`."""
    roots = "|".join(PRODUCT)
    code = rf"^\s*(?:from (?:{roots})[.\w]* import|import (?:{roots})\b)"
    command = rf"(?:python3? -m|--pyargs) (?:{roots})\b"
    pattern = re.compile(rf"{code}|.*{command}")
    for source in sources:
        for number, line in enumerate(source.text.splitlines(), 1):
            if pattern.match(line):
                yield f"{source.path}:{number} {line.strip()}"


def without_encoding(sources: Iterable[Source]) -> Iterator[str]:
    """Yield calls that read or write text in whatever encoding the user's locale has."""
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and _leaves_encoding_open(node):
                yield f"{source.path}:{node.lineno} {ast.unparse(node)[:80]}"


def _leaves_encoding_open(call: ast.Call) -> bool:
    function = call.func
    name = getattr(function, "attr", getattr(function, "id", ""))
    named = {keyword.arg for keyword in call.keywords}
    texts = [each.value for each in call.args if isinstance(each, ast.Constant)]
    modes = [text for text in texts if isinstance(text, str) and re.fullmatch("[rwxabt+]+", text)]
    if "encoding" in named:
        return False
    if name in ("read_text", "write_text"):
        return isinstance(function, ast.Attribute)
    if name == "open":
        plain = isinstance(function, ast.Name) or bool(modes)
        return plain and not any("b" in mode for mode in modes)
    return any(
        keyword.arg in ("text", "universal_newlines")
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value is True
        for keyword in call.keywords
    )


def machine_paths(sources: Iterable[Source]) -> Iterator[str]:
    for source in sources:
        for number, line in enumerate(source.text.splitlines(), 1):
            if re.search(r"(?<![\w.}/-])/(root|work|home/\w+)/", line):
                yield f"{source.path}:{number} {line.strip()[:80]}"
