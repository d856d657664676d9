"""Certificate and evidence in one file that is the same each time: a tar archive within zstd.

Only what the certificate names is packed, in the order of its list, without owners, times or
modes. The certificate comes first, so that a reader knows what must follow and how large it is: a
bundle cannot write elsewhere, nor more than was signed.
"""

import io
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import zstandard

from onceproof.conformance.certificate.dsse import decode_envelope
from onceproof.conformance.certificate.evidence import Evidence
from onceproof.conformance.certificate.predicate import Statement, decode_statement
from onceproof.conformance.certificate.verify import check_files, is_inside
from onceproof.conformance.errors import FAILED, OnceproofError, UsageError, describe_full, is_full
from onceproof.conformance.history.storage import replace_file
from onceproof.conformance.run_folder import CERTIFICATE, SIGNED

LEVEL = 9
#: More than the certificate of any run: it lists each requirement once.
LARGEST_CERTIFICATE = 64 << 20
CHUNK = 1 << 20
#: Unpacked, so few bytes are 128 MiB at most.
PIECE = 4096


class BrokenBundle(OnceproofError):
    """A bundle is not what was packed."""

    exit_status = FAILED


def pack_bundle(folder: Path, target: Path) -> None:
    """Write the signed documents of the run in `folder` and its evidence into one file.

    It is read again once it is written. UsageError if the run is not signed or is not as it was
    signed, OnceproofError if what was written reads otherwise.
    """
    certificate = _read_certificate(folder)
    evidence = read_statement(certificate, CERTIFICATE).predicate.evidence
    for fault in check_files(evidence, folder):
        raise UsageError(f"'{folder}' is not as it was signed ({fault}): sign it again")
    names = [name for name in SIGNED if (folder / name).exists()]
    names += [file.path for file in evidence.files]
    try:
        with replace_file(target) as file:
            _write(file, folder, names)
    except OSError as error:
        why = describe_full(target.parent) if is_full(error) else error.strerror or str(error)
        raise UsageError(f"-o '{target}' cannot be written ({why}): name another file") from None
    _read_again(target, evidence)


def _read_again(target: Path, evidence: Evidence) -> None:
    try:
        with unpack_bundle(target) as folder:
            faults = list(check_files(evidence, folder))
    except BrokenBundle as error:
        faults = [str(error)]
    if faults:
        raise OnceproofError(f"what was written to '{target}' reads otherwise ({faults[0]})")


@contextmanager
def unpack_bundle(bundle: Path) -> Iterator[Path]:
    """Give the folder of a bundle's files for the length of the block.

    BrokenBundle if it is cut, or holds what its certificate does not name.
    """
    with TemporaryDirectory(prefix="onceproof-bundle-") as name:
        folder = Path(name)
        try:
            with bundle.open("rb") as file:
                _unpack(file, folder)
        except OSError as error:
            why = error.strerror or str(error)
            raise UsageError(f"--bundle '{bundle}' cannot be read ({why})") from None
        except (tarfile.TarError, zstandard.ZstdError, EOFError, UsageError) as error:
            raise BrokenBundle(
                f"--bundle '{bundle}' is cut or damaged ({error}): get it again"
            ) from None
        yield folder


def read_statement(certificate: bytes, name: str) -> Statement:
    """Return the statement of a certificate, whoever signed it; UsageError if it is none."""
    _, payload = decode_envelope(certificate, name)
    return decode_statement(payload, name)


def _read_certificate(folder: Path) -> bytes:
    try:
        return (folder / CERTIFICATE).read_bytes()
    except OSError:
        raise UsageError(
            f"'{folder}' holds no {CERTIFICATE}: sign it by `onceproof sign {folder} --key KEY`"
        ) from None


def _write(file: IO[bytes], folder: Path, names: list[str]) -> None:
    packer = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    with (
        packer.stream_writer(file, closefd=False) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = (folder / name).stat().st_size, 0o644
            with (folder / name).open("rb") as content:
                archive.addfile(entry, content)


def _unpack(file: IO[bytes], folder: Path) -> None:
    frame = _Frame(file)
    with tarfile.open(fileobj=io.BufferedReader(frame), mode="r|") as archive:
        first = archive.next()
        if first is None or first.name != CERTIFICATE or first.size > LARGEST_CERTIFICATE:
            raise BrokenBundle(f"a bundle begins with its {CERTIFICATE}, and this one does not")
        _take(archive, first, folder)
        sizes = _list_sizes((folder / CERTIFICATE).read_bytes())
        while entry := archive.next():
            if not entry.isfile() or entry.size > sizes.pop(entry.name, -1):
                raise BrokenBundle(f"the bundle's {entry.name!r} is not what its certificate names")
            _take(archive, entry, folder)
    frame.demand_end()


def _list_sizes(certificate: bytes) -> dict[str, int]:
    """The files that may follow the certificate, and how large each may be."""
    evidence = read_statement(certificate, CERTIFICATE).predicate.evidence
    sizes = dict.fromkeys(SIGNED[1:], LARGEST_CERTIFICATE)
    return sizes | {each.path: each.size for each in evidence.files if is_inside(each.path)}


def _take(archive: tarfile.TarFile, entry: tarfile.TarInfo, folder: Path) -> None:
    content = archive.extractfile(entry)
    if content is None:
        raise BrokenBundle(f"the bundle's {entry.name!r} is no file")
    target = folder / entry.name
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        shutil.copyfileobj(content, file, CHUNK)


class _Frame(io.RawIOBase):
    """What is in a zstd frame, read in small pieces: zstandard's own reader takes a frame that was
    cut for one that has ended."""

    def __init__(self, file: IO[bytes]):
        self._file = file
        self._unpacker = zstandard.ZstdDecompressor().decompressobj()
        self._rest = b""

    def readable(self) -> bool:
        """Return whether it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as one piece goes; 0 at the end of the frame."""
        while not self._rest and not self._unpacker.eof:
            piece = self._file.read(PIECE)
            if not piece:
                raise EOFError("it ends in the middle")
            self._rest = self._unpacker.decompress(piece)
        taken, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def demand_end(self) -> None:
        """Raise EOFError if the frame goes on or is cut, BrokenBundle if something follows it."""
        while self.read(CHUNK):
            pass
        if self._unpacker.unused_data or self._file.read(1):
            raise BrokenBundle("something was added to the bundle after its end: get it again")
