"""A disk that does not keep what it is given, for a process of its own."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from onceproof.conformance.certificate import bundle, keys, sign
from onceproof.conformance.history import recorder, storage
from onceproof.reports import formats

ROOM_BYTES = 3000
replace_file = storage.replace_file


@contextmanager
def cut_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a file, and lose its last byte once it is closed."""
    with replace_file(path) as file:
        yield file
    path.write_bytes(path.read_bytes()[:-1])


def lie() -> None:
    """Say that everything was written, and lose the last byte of each document."""
    formats.replace_file = sign.replace_file = bundle.replace_file = cut_file
    create = keys._create

    def create_cut(path: Path, content: bytes, mode: int) -> None:
        create(path, content[: len(content) // 2], mode)

    keys._create = create_cut


def fill() -> None:
    """Have no room for more than the beginning of a history."""
    made = recorder.Recorder.__init__

    def make(self: recorder.Recorder, path: Path) -> None:
        made(self, path)
        self._file = _Full(self._file)  # type: ignore[assignment]

    recorder.Recorder.__init__ = make  # type: ignore[method-assign]


class _Full:
    closed = False

    def __init__(self, file: Any) -> None:
        self._file, self._room = file, ROOM_BYTES

    def write(self, data: memoryview) -> int:
        if self._room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._room -= len(data)
        return int(self._file.write(data))

    def close(self) -> None:
        self.closed = True
        self._file.close()
