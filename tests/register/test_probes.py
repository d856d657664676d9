"""What requirements need is data: oracles by hand, probes from runs of the suite."""

import json
from pathlib import Path

import pytest

from onceproof.conformance.errors import OnceproofError
from onceproof.conformance.field.oracles import ORACLES
from onceproof.conformance.probes import GRAPHS
from onceproof.conformance.register import load_register
from onceproof.conformance.register.model import ORACLES as NAMES
from onceproof.conformance.register.probes import (
    ANY,
    FILE,
    classify,
    describe_judge,
    format_probes,
    load_probes,
    merge_probes,
    needs_probe,
    read_probes,
)

REGISTER = load_register()


def test_the_file_names_requirements_and_probes_that_there_are_in_its_own_form() -> None:
    assert load_probes().keys() <= REGISTER.keys()
    assert {name for names in load_probes().values() for name in names} <= {*GRAPHS, ANY}
    assert FILE.read_text(encoding="utf-8") == format_probes(load_probes())


def test_the_register_knows_the_oracles_that_there_are() -> None:
    assert set(NAMES) == set(ORACLES)


@pytest.mark.parametrize(
    ("id", "kind", "words"),
    [
        ("SYS-01", "none", "any server"),
        ("RUN-05", "graph", "any graph (ends_once), or probes chain"),
        ("STR-06", "probe", "probes "),
        ("EXT-01", "unknown", ""),
    ],
)
def test_each_requirement_has_its_class(id: str, kind: str, words: str) -> None:
    assert classify(REGISTER[id]) == kind
    assert describe_judge(REGISTER[id]).startswith(words)


def test_a_test_is_useless_without_probes_only_if_all_its_requirements_are() -> None:
    assert needs_probe(["STR-06"])
    assert not needs_probe(["STR-06", "SYS-01"])
    assert not needs_probe([])


def test_what_asks_for_no_probe_is_known_only_of_tests_that_came_to_their_end(
    tmp_path: Path,
) -> None:
    def ended(name: str, outcome: str, *probes: str) -> dict[str, object]:
        return {"nodeid": name, "outcome": outcome, "probes": probes}

    tests = [ended("a", "passed"), ended("b", "skipped", "echo"), ended("c", "skipped")]
    known = {"a": ["SYS-01"], "b": ["STR-06", "STR-05"], "c": ["SYS-02"], "d": ["SYS-03"]}
    known["e"] = ["STR-05"]
    (tmp_path / "evidence.json").write_text(json.dumps({"known": known, "tests": tests}))
    assert read_probes(tmp_path) == {"SYS-01": (), "STR-06": ("echo",), "STR-05": ("echo",)}


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(OnceproofError, match="holds no evidence of a run"):
        read_probes(tmp_path)


def test_what_any_graph_will_do_for_needs_no_probe_any_more() -> None:
    seen: dict[str, tuple[str, ...]] = {"AST-03": (ANY,), "SYS-14": (ANY, "echo")}
    merged = merge_probes({"AST-03": ["echo"], "SYS-14": ["echo"], "RUN-05": ["chain"]}, seen)
    assert merged == {"AST-03": {ANY}, "SYS-14": {ANY, "echo"}, "RUN-05": {"chain"}}
