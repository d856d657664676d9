"""What every writer of evidence needs: files that are whole, and text that UTF-8 can hold."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal


@contextmanager
def replace_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a draft that takes the place of `path` once it is whole and on the disk.

    A reader sees the old file or the new one, never a part; if the block raises, the old one.
    OSError for what is there and no file: a device or a pipe would be replaced, not written to.
    """
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def replace_half_surrogates(value: Any, errors: Literal["replace", "backslashreplace"]) -> Any:
    """Return JSON data with "?" or the code in place of each half of a surrogate pair.

    JSON can escape half a character, so a target may well send one, and UTF-8 cannot hold it.
    """
    if isinstance(value, str):
        return value.encode("utf-8", errors).decode()
    if isinstance(value, dict):
        pairs = ((replace_half_surrogates(name, errors), item) for name, item in value.items())
        return {name: replace_half_surrogates(item, errors) for name, item in pairs}
    if isinstance(value, list | tuple):
        return [replace_half_surrogates(item, errors) for item in value]
    return value
