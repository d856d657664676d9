"""A witness of the suite listens where the target reaches it, which is not always 127.0.0.1."""

import ast
from collections.abc import Iterator
from pathlib import Path

from onceproof.conformance import suite, witness

SUITE = Path(suite.__file__).parent
SERVERS = {
    name
    for name in witness.__all__
    if isinstance(getattr(witness, name), type)
    and issubclass(getattr(witness, name), witness.server.WitnessServer)
}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls that make a witness, and those to the constructor that a kind of it inherits."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in SERVERS:
                yield node
        elif isinstance(node, ast.ClassDef):
            bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
            if bases & SERVERS:
                inside = (each for each in ast.walk(node) if isinstance(each, ast.Call))
                yield from (each for each in inside if ast.unparse(each.func).endswith("__init__"))


def without_host(path: Path) -> list[str]:
    found = [
        call
        for call in calls(ast.parse(path.read_text()))
        if "host" not in {keyword.arg for keyword in call.keywords}
    ]
    return [f"{path.relative_to(SUITE)}:{call.lineno}" for call in found]


def test_every_witness_of_the_suite_is_told_where_to_listen() -> None:
    assert {"Sink", "WebhookReceiver", "Beacon", "TraceCollector"} <= SERVERS
    assert [place for path in SUITE.rglob("*.py") for place in without_host(path)] == []
