"""A history on a disk that fills up ends in one sentence and asks the run to stop."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from onceproof.conformance.errors import OnceproofError
from onceproof.conformance.history import Recorder, read
from onceproof.conformance.stopping import stop_request


class FullFile:
    """A raw file that takes `room` bytes and no more."""

    closed = False

    def __init__(self, path: Path, room: int) -> None:
        self._file, self._room = path.open("wb", buffering=0), room

    def write(self, data: memoryview) -> int:
        if not self._room:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = self._file.write(data[: self._room])
        self._room -= taken
        return taken

    def close(self) -> None:
        self._file.close()
        self.closed = True


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    stop_request.forget()
    yield
    stop_request.forget()


def test_a_full_disk_is_said_once_and_what_was_written_can_be_read(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "history.jsonl")
    recorder._file.close()
    recorder._file = FullFile(tmp_path / "history.jsonl", 250)  # type: ignore[assignment]
    sentence = f"no space left on '{tmp_path}'"

    for _ in range(10):
        recorder.add("mark", "x", who="test")
    for _ in range(2):
        with pytest.raises(OnceproofError, match=sentence):
            recorder.flush()
    recorder.close()

    assert stop_request.failure is not None
    assert stop_request.failure.startswith(sentence)
    assert [record.op for record in read(tmp_path / "history.jsonl")][-1] == "history-cut"
