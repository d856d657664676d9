"""Imports run one way, so that a verdict can be re-derived and a server read without the rest."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("conformance", "load", "reference_impl", "reports")
IO = {"httpx", "asyncpg", "redis", "subprocess", "socket", "asyncio", "requests"}

#: package -> what it may import of ours, besides itself.
ALLOWED = {
    "conformance/secrets": set(),
    "conformance/guest": {"conformance.errors"},
    "conformance/removal": {
        "conformance.errors",
        "conformance.guest",
        "conformance.history",
        "conformance.stopping",
        "conformance.targets.addresses",
        "conformance.wire",
    },
    "conformance/access": {"conformance.guest", "conformance.secrets", "conformance.errors"},
    "conformance/register": {"conformance.errors"},
    "conformance/checks": {"conformance.history", "conformance.verdict"},
    "conformance/history": {
        "conformance.secrets",
        "conformance.errors",
        "conformance.stopping",
    },
    "conformance/field": {
        "conformance.checks.result",
        "conformance.errors",
        "conformance.history",
        "conformance.secrets",
        "conformance.stopping",
        "conformance.verdict",
        "conformance.wire",
    },
    "conformance/field/oracles": {
        "conformance.checks.result",
        "conformance.field.views",
        "conformance.field.words",
        "conformance.history",
        "conformance.verdict",
    },
    "conformance/field/application": {
        "conformance.checks.result",
        "conformance.field.oracles",
        "conformance.field.views",
        "conformance.field.words",
        "conformance.history",
        "conformance.verdict",
    },
    "conformance/wire": {
        "conformance.access",
        "conformance.guest",
        "conformance.secrets",
        "conformance.history",
        "conformance.errors",
    },
    "conformance/witness": {"conformance.secrets", "conformance.history", "conformance.errors"},
    "conformance/stacks": {
        "conformance.secrets",
        "conformance.errors",
        "conformance.stopping",
    },
    "conformance/targets": {
        "conformance.access",
        "conformance.secrets",
        "conformance.wire.answer",
        "conformance.errors",
        "conformance.probes",
        "conformance.register.deviation",
        "conformance.stacks",
        "conformance.stopping",
    },
    "conformance/app": {
        "conformance.secrets",
        "conformance.errors",
        "conformance.stacks",
        "conformance.targets",
    },
    "load": {
        "conformance.access",
        "conformance.field",
        "conformance.guest",
        "conformance.secrets",
        "conformance.wire",
        "conformance.history",
        "conformance.checks",
        "conformance.errors",
        "conformance.verdict",
    },
    "reports": {
        "conformance.secrets",
        "conformance.history.storage",
        "conformance.register.deviation",
        "conformance.verdict",
        "conformance.errors",
    },
    "conformance/judgement": {
        "conformance.secrets",
        "conformance.checks",
        "conformance.field.application",
        "conformance.field.oracles",
        "conformance.history",
        "conformance.register",
        "conformance.run_folder",
        "conformance.verdict",
        "conformance.errors",
        "reports",
    },
    "conformance/certificate": {
        "conformance.secrets",
        "conformance.history",
        "conformance.judgement",
        "conformance.register",
        "conformance.run_folder",
        "conformance.verdict",
        "conformance.errors",
        "reports",
    },
    "conformance/selftest": {
        "conformance.errors",
        "conformance.register",
        "reference_impl",
        "reports.text",
    },
    "reference_impl": set(),
    # The core is readable, and replaceable, without the server that stands on it.
    "reference_impl/core": {
        "reference_impl.aio",
        "reference_impl.database",
        "reference_impl.encoding",
        "reference_impl.errors",
        "reference_impl.settings",
        "reference_impl.sql",
    },
}
#: Probes are copied to where a target lives, so they know nothing of the harness at all.
ALLOWED["conformance/probes"] = set()


def modules(folder: str) -> list[Path]:
    return [path for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts]


def imports(path: Path) -> Iterator[str]:
    """Yield what a module imports; names of ours without the `onceproof.` before them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("onceproof.") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            module = node.module.removeprefix("onceproof").removeprefix(".")
            if module in ("", *OURS):
                yield from (f"{module}.{alias.name}".removeprefix(".") for alias in node.names)
            else:
                yield module


def within(name: str, packages: set[str]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


@pytest.mark.parametrize("folder", sorted(ALLOWED))
def test_a_package_imports_of_ours_only_what_its_wall_lets_through(folder: str) -> None:
    own = folder.replace("/", ".")
    strays = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in modules(folder)
        for name in imports(path)
        if name.split(".")[0] in OURS and not within(name, {own, *ALLOWED[folder]})
    }
    assert strays == set()


@pytest.mark.parametrize("folder", ["resources", "webhooks"])
def test_the_reference_server_makes_runs_without_its_api(folder: str) -> None:
    """The scheduler is a worker's task: what it needs must not speak HTTP."""
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in modules(f"reference_impl/{folder}")
        for name in imports(path)
        if within(name, {"reference_impl.api", "reference_impl.services", "starlette"})
    }
    assert found == set()


@pytest.mark.parametrize(
    "folder",
    [
        "conformance/register",
        "conformance/checks",
        "conformance/field/oracles",
        "conformance/field/views",
    ],
)
def test_judging_does_no_io(folder: str) -> None:
    found = {
        (path.name, name)
        for path in modules(folder)
        for name in imports(path)
        if name.split(".")[0] in IO
    }
    assert found == set()


def test_the_kit_imports_no_chapter_and_a_chapter_only_the_kit_and_itself() -> None:
    suite = "conformance.suite"
    strays = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in modules("conformance/suite")
        for name in imports(path)
        if within(name, {suite}) and not within(name, {f"{suite}.kit", f"{suite}.{room(path)}"})
    }
    assert strays == set()


def room(path: Path) -> str:
    """Return the chapter of the suite that a module is in, or `kit`."""
    return path.relative_to(ROOT / "conformance" / "suite").parts[0]


KINDS = {"url", "image", "command", "reference", "embedded", "containers", "external", "none"}


def test_the_suite_asks_for_capabilities_and_compares_no_kind_with_a_name() -> None:
    found = {
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
        for path in modules("conformance/suite")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare)
        and any(isinstance(part, ast.Attribute) and part.attr == "kind" for part in ast.walk(node))
        and KINDS & {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
    }
    assert found == set()


def test_the_suite_does_not_name_the_reference_server() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in modules("conformance/suite")
        if "reference_impl" in path.read_text()
    }
    assert found == set()


#: What is put into a process of the reference server, and is no part of the harness.
WITHIN_THE_SERVER = (
    "conformance/selftest/benign/",
    "conformance/selftest/mutants/",
    "conformance/selftest/server.py",
)


def test_the_harness_knows_the_reference_server_only_as_a_process() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for folder in ("conformance", "load", "reports")
        for path in modules(folder)
        for name in imports(path)
        if name.split(".")[0] == "reference_impl"
        and not path.relative_to(ROOT).as_posix().startswith(WITHIN_THE_SERVER)
    }
    assert found == set()


def package_room(module: str) -> str:
    """Return the folder of a package that a module is in; a loose module is a room of its own."""
    return ".".join(module.split(".")[:2])


def test_no_two_rooms_import_each_other() -> None:
    roads = {
        (package_room(".".join(path.relative_to(ROOT).with_suffix("").parts)), package_room(name))
        for package in OURS
        for path in modules(package)
        for name in imports(path)
        if name.split(".")[0] in OURS
    }
    assert len(roads) > 50
    assert {(one, other) for one, other in roads if (other, one) in roads and one < other} == set()


def test_the_runner_is_imported_by_what_starts_runs_and_by_the_suite_that_runs_in_it() -> None:
    found = {
        package_room(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for package in OURS
        for path in modules(package)
        for name in imports(path)
        if within(name, {"conformance.runner"})
    }
    above = {"conformance.chaos", "conformance.commands", "conformance.suite"}
    assert found == {"conformance.runner", *above}


def test_the_command_line_loads_what_a_command_works_with_only_when_it_is_called() -> None:
    """Whoever asks for help, or completes a line, waits for none of this."""
    heavy = {
        "asyncpg",
        "cryptography",
        "docker",
        "httpx",
        "langgraph",
        "locust",
        "msgspec",
        "psutil",
        "redis",
        "rich",
    }
    ask = f"import onceproof.conformance.cli, sys; print(*sorted({heavy} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert result.stdout.split() == []
