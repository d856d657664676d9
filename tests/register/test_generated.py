"""What is generated from the register: the lock, the page, and the commands that write them."""

import re

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from onceproof.conformance.errors import OnceproofError
from onceproof.conformance.register import __main__ as program
from onceproof.conformance.register import coverage, digest, get_requirement, load_register
from onceproof.conformance.register.lock import line, lock_text
from onceproof.conformance.register.page import page_text


def run(*arguments: str) -> str:
    result = CliRunner().invoke(program.main, arguments, catch_exceptions=True)
    if result.exception:
        raise result.exception
    return result.output


def test_the_committed_lock_is_fresh():
    assert program.LOCK.read_text(encoding="utf-8") == lock_text()


def test_the_committed_page_is_fresh():
    assert program.PAGE.read_text(encoding="utf-8") == page_text()


def test_the_readme_counts_what_the_register_holds():
    whole = load_register()
    tested = len(whole) - len(coverage.find_unproven(whole.values()))
    readme = (program.PAGE.parents[1] / "README.md").read_text(encoding="utf-8")
    assert f"Of the {len(whole)} requirements {tested} have a test or a check" in readme
    assert f"Each of {len(whole)} requirements gets one verdict" in readme


def test_the_lock_has_one_sorted_line_per_requirement_and_the_total():
    _, *lines, total = lock_text().splitlines()
    assert lines == sorted(lines)
    assert {entry.split()[0] for entry in lines} == set(load_register())
    assert total == f"total {len(lines)} {digest()}"


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another"},
        {"text": "The server SHOULD answer."},
        {"accepted": ("202",)},
        {"level": "SHOULD"},
        {"scope": "ext"},
        {"profile": "queue"},
    ],
)
def test_a_change_of_meaning_changes_the_line(change):
    one = get_requirement("RUN-01")
    assert line(replace(one, **change)) != line(one)


@pytest.mark.parametrize("change", [{"checks": ("lost",)}, {"oracles": ("x",)}, {"sources": ()}])
def test_better_proof_does_not_change_the_line(change):
    one = get_requirement("RUN-01")
    assert line(replace(one, **change)) == line(one)


def test_the_page_has_a_row_of_five_cells_and_an_anchor_for_each_requirement():
    page = page_text()
    for one in load_register().values():
        rows = re.findall(rf'^\| <a id="{one.id.lower()}"></a>.*$', page, re.MULTILINE)
        assert len(rows) == 1
        assert len(re.split(r"(?<!\\)\|", rows[0])) == 5 + 2


@pytest.mark.parametrize(("command", "file"), [("lock", "LOCK"), ("page", "PAGE")])
def test_check_notices_a_stale_file_and_leaves_it_alone(monkeypatch, tmp_path, command, file):
    stale = tmp_path / "file"
    stale.write_text("old", encoding="utf-8")
    monkeypatch.setattr(program, file, stale)
    with pytest.raises(OnceproofError) as caught:
        run(command, "--check")
    assert f"run `python -m onceproof.conformance.register {command}`" in str(caught.value)
    assert stale.read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize(("command", "file"), [("lock", "LOCK"), ("page", "PAGE")])
def test_writing_makes_the_file_fresh(monkeypatch, tmp_path, command, file):
    monkeypatch.setattr(program, file, tmp_path / "new" / "file")
    run(command)
    run(command, "--check")


def test_nothing_is_written_outside_of_a_checkout(monkeypatch, tmp_path):
    monkeypatch.setattr(program, "CHECKOUT", tmp_path)
    with pytest.raises(OnceproofError, match="in a checkout only"):
        run("lock")


def test_list_prints_one_line_per_requirement():
    assert run("list", "SDK").splitlines()[0] == (
        "SDK-01\tMUST\tcore\tEvery core method of the official client works"
    )
    assert len(run("list").splitlines()) == len(load_register())


def test_explain_prints_all_that_is_known():
    printed = run("explain", "mul-06")
    one = get_requirement("MUL-06")
    for part in (one.id, one.title, one.text, *one.accepted, *one.sources, one.profile):
        assert part in printed
