"""A finished history at rest: compressed with zstd, and sealed by what it held.

While it is recorded a history is JSON lines, of which a crash costs the last one at most. Once the
run is over the file is packed, as `<name>.zst`, to a twelfth of its size (zstd 3: 13 times smaller
at 280 MB/s and read at 600; gzip 6: 9 times, 60 and 500), and readers take either form by the name
of the plain one.

A seal is the number of records and the digest of the plain lines. Packing does not change it, and
a history that no longer matches its seal is not evidence.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import IO

import msgspec
import zstandard

from onceproof.conformance.errors import OnceproofError
from onceproof.conformance.history.storage import replace_file

SUFFIX = ".zst"
LEVEL = 3
CHUNK = 1 << 20
RESTORE = "restore the file from where it was written"


class DamagedHistory(OnceproofError):
    """A history is not what was recorded: cut, altered or missing."""


class Seal(msgspec.Struct, frozen=True):
    """What a history held when its run was over."""

    records: int
    digest: str


def packed_path(path: Path) -> Path:
    """Return where the history called `path` lies once it is packed."""
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)


def exists(path: Path) -> bool:
    """Return whether there is such a history, in either form."""
    return path.exists() or packed_path(path).exists()


@contextmanager
def open_lines(path: Path) -> Iterator[IO[bytes]]:
    """Open a history in either form as plain lines. Raises DamagedHistory."""
    source = path if path.exists() else packed_path(path)
    try:
        with source.open("rb") as file:
            if source.suffix == SUFFIX:
                unpacking = zstandard.ZstdDecompressor().stream_reader(file, read_size=CHUNK)
                yield io.BufferedReader(unpacking, CHUNK)
            else:
                yield file
    except FileNotFoundError:
        raise DamagedHistory(f"history '{path}' is missing: {RESTORE}") from None
    except zstandard.ZstdError as error:
        sentence = f"history '{source}' cannot be unpacked ({error}): {RESTORE}"
        raise DamagedHistory(sentence) from None


def seal(path: Path) -> Seal:
    """Compute the seal of a history in either form; a last line that was cut counts as a record."""
    digest, lines, last = blake2b(digest_size=16), 0, b"\n"
    with open_lines(path) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            lines += chunk.count(b"\n")
            last = chunk
    return Seal(lines + (not last.endswith(b"\n")), digest.hexdigest())


def pack(path: Path) -> Path:
    """Compress a closed history and remove the plain file; the path of the packed one.

    The plain file goes only once the packed one is whole and on the disk.
    """
    target = packed_path(path)
    with path.open("rb") as plain, replace_file(target) as file:
        zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).copy_stream(plain, file)
    path.unlink()
    return target
