"""What will not be judged is said before anything runs, with what would change that."""

from pathlib import Path

import msgspec
import pytest

from onceproof.conformance.options import Options
from onceproof.conformance.preflight.foresight import REMEDIES, foresee, list_lacks
from onceproof.conformance.probes import GRAPHS
from onceproof.conformance.register import load_register
from onceproof.conformance.register.wants import WANTS, load_wants, read_wants

URL = ("http://127.0.0.1:8123",)


def test_a_bare_url_lacks_everything_but_probes() -> None:
    assert list_lacks(Options(urls=URL)) == set(WANTS)
    assert REMEDIES.keys() - {"probes"} == set(WANTS)


def test_what_options_give_is_not_lacking() -> None:
    alone = Options(urls=("a=http://127.0.0.1:1", "b=http://127.0.0.1:2"), exclusive=True)
    assert list_lacks(alone) == {"deployment", "hands", "services"}
    levers = ("kill=stop {replica}", "start=start {replica}")
    assert list_lacks(Options(urls=URL, levers=levers, exclusive=True)) == {
        *("deployment", "services", "replica")
    }
    assert "hands" in list_lacks(Options(urls=URL, levers=levers))


@pytest.mark.parametrize(
    ("missing", "named"), [(GRAPHS, {"probes", "deployment"}), ((), set(WANTS))]
)
def test_a_requirement_is_counted_once_with_a_remedy_for_each_want(
    missing: tuple[str, ...], named: set[str]
) -> None:
    said = foresee(list_lacks(Options(urls=URL)), missing)
    assert said is not None
    number, parts = said.split(" requirements will not be judged: ")
    assert int(number) == sum(int(part.split()[0]) for part in parts.split("), "))
    assert all("{} ({})".format(*REMEDIES[name]) in said for name in named)


def test_where_nothing_is_lacking_nothing_is_said() -> None:
    assert foresee((), ()) is None


def test_one_requirement_needs_what_it_needs() -> None:
    wanted = next(id for id, names in load_wants().items() if names == {"hands"})
    remedy = "{} ({})".format(*REMEDIES["hands"])
    said = f"1 requirement will not be judged: 1 needs {remedy}"
    assert foresee({"hands"}, (), [wanted]) == said
    assert foresee({"replica"}, (), [wanted]) is None


def test_field_mode_counts_what_an_oracle_judges_as_judged() -> None:
    ids = [id for id, one in load_register().items() if one.oracles]
    assert foresee((), GRAPHS, ids) is not None
    assert foresee((), GRAPHS, ids, has_graph=True) is None


def test_what_was_wanted_is_read_from_a_run(tmp_path: Path) -> None:
    tests = [
        {"nodeid": "a", "message": f"NOT_JUDGED: {WANTS['hands']}"},
        {"nodeid": "b", "message": f"NOT_JUDGED: it crowds others: {WANTS['exclusive']}"},
        {"nodeid": "c", "message": "NOT_JUDGED: it needs the probe graph 'chain'"},
    ]
    known = {"a": ["X-01", "X-02"], "b": ["X-02"], "c": ["X-03"]}
    evidence = msgspec.json.encode({"tests": tests, "known": known})
    (tmp_path / "evidence.json").write_bytes(evidence)
    assert read_wants(tmp_path) == {"X-01": {"hands"}, "X-02": {"hands", "exclusive"}}


@pytest.mark.parametrize("id", ["QUE-05", "SYS-02"])
def test_the_register_knows_what_is_wanted(id: str) -> None:
    assert load_wants()[id]
