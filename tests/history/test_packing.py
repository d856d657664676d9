"""A packed history is the same history, and its seal says so."""

from pathlib import Path

import pytest

from onceproof.conformance.history import DamagedHistory, Recorder, exists, pack, read, seal
from onceproof.conformance.history.packing import packed_path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "history.jsonl"
    with Recorder(path) as recorder:
        for n in range(2000):
            recorder.add("mark", "m", who="w", value={"n": n, "text": "ö" * 20})
    return path


def test_both_forms_are_read_alike(path: Path) -> None:
    plain, sealed = list(read(path)), seal(path)
    size = path.stat().st_size
    assert pack(path) == packed_path(path)
    assert not path.exists()
    assert exists(path)
    assert list(read(path)) == list(read(packed_path(path))) == plain
    assert seal(path) == sealed
    assert sealed.records == 2000
    assert packed_path(path).stat().st_size < size / 5


def test_a_seal_tells_a_record_more_or_another(path: Path) -> None:
    sealed = seal(path)
    with path.open("ab") as file:
        file.write(b"{}")
    assert seal(path).records == sealed.records + 1
    path.write_bytes(path.read_bytes().replace(b'"n":77,', b'"n":78,')[:-2])
    assert (seal(path).records, seal(path) == sealed) == (sealed.records, False)


def test_a_history_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DamagedHistory, match=r"is missing: restore the file"):
        list(read(tmp_path / "history.jsonl"))


def test_a_packed_history_with_a_damaged_middle_is_no_history(path: Path) -> None:
    data = bytearray(pack(path).read_bytes())
    data[len(data) // 2] ^= 0xFF
    packed_path(path).write_bytes(data)
    with pytest.raises(DamagedHistory):
        list(read(path))


def test_a_pack_that_fails_keeps_the_plain_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        pack(path)
    assert path.exists()
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name]
