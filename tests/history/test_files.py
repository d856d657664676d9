"""Reading what a harness left behind, also after a crash, and merging several files."""

from pathlib import Path

import pytest

from onceproof.conformance.checks import CHECKS
from onceproof.conformance.history import CUT, DamagedHistory, Recorder, merge, read
from onceproof.conformance.history.build import history, invoke, mark, ok


def write(path: Path, *stamps: int, who: str = "c1") -> Path:
    with Recorder(path) as recorder:
        for n, t in enumerate(stamps):
            recorder.add("mark", f"m{n}", who=who, t=t)
    return path


def test_a_cut_last_line_is_reported_and_the_rest_is_read(tmp_path: Path):
    path = write(tmp_path / "h.jsonl", 1, 2, 3)
    path.write_bytes(path.read_bytes()[:-10])
    *whole, last = read(path)
    assert [each.op for each in whole] == ["m0", "m1"]
    assert (last.kind, last.op, last.i, last.t) == ("mark", CUT, 2, 2)
    assert last.value["file"] == "h.jsonl"
    assert last.value["bytes"] > 0
    assert CHECKS["assumptions"]([*whole, last]).notices


def test_a_file_that_is_one_cut_line(tmp_path: Path):
    path = tmp_path / "h.jsonl"
    path.write_bytes(b'{"i":0,"t"')
    [only] = read(path)
    assert (only.op, only.i) == (CUT, 0)


def test_a_last_line_that_only_lacks_its_line_end_is_whole(tmp_path: Path):
    path = write(tmp_path / "h.jsonl", 1, 2)
    path.write_bytes(path.read_bytes()[:-1])
    assert [each.op for each in read(path)] == ["m0", "m1"]


@pytest.mark.parametrize("damage", [b"garbage\n", b"{}\n", b'{"i":"x"}\n', b"\n"])
def test_a_damaged_middle_line_is_an_error(tmp_path: Path, damage: bytes):
    path = write(tmp_path / "h.jsonl", 1, 2, 3)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + damage + lines[2])
    with pytest.raises(DamagedHistory, match=r"is damaged at line 2 .* only the last line may be"):
        list(read(path))


def test_a_kind_that_nobody_knows_is_damage(tmp_path: Path):
    path = tmp_path / "h.jsonl"
    path.write_bytes(b'{"i":0,"t":1,"who":"c","kind":"guess","op":"x"}\n')
    with pytest.raises(DamagedHistory):
        list(read(path))


def test_merge_orders_by_time_and_keeps_who(tmp_path: Path):
    one = write(tmp_path / "1.jsonl", 1, 5, 9, who="one")
    two = write(tmp_path / "2.jsonl", 2, 5, 8, who="two")
    merged = list(merge([one, two]))
    assert [each.i for each in merged] == list(range(6))
    assert [(each.t, each.who) for each in merged] == [
        (1, "one"),
        (2, "two"),
        (5, "one"),
        (5, "two"),
        (8, "two"),
        (9, "one"),
    ]


def test_merge_puts_a_record_where_its_own_time_says(tmp_path: Path):
    path = write(tmp_path / "h.jsonl", 5, 9, 7)
    assert [each.op for each in merge([path])] == ["m0", "m2", "m1"]


def test_builders_number_and_stamp():
    records = history(invoke("run.create", "a"), ok("run.create", "a", at=10), mark("x"))
    assert [(each.i, each.t) for each in records] == [(0, 1000), (1, 10), (2, 1010)]
