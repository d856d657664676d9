"""The layout of a run's folder: names that those who write into it and those who judge it share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from onceproof.conformance.errors import OnceproofError, UsageError, describe_full, is_full

#: The history of the run's own deployment, of one lane, and of the load.
HISTORY = "history.jsonl"
LOAD_HISTORY = "history-load.jsonl"

#: Holds a folder for each lane of the suite, laid out as that of a run.
LANES = "lanes"

#: Everything else that the results are derived from.
EVIDENCE = "evidence.json"

#: The faults that a chaos played.
SCHEDULE = "schedule.json"

#: What is derived from all that; `results.json` first.
REPORTS = ("results.json", "report.html", "junit.xml", "summary.md")

#: What is signed of it, if anything is.
CERTIFICATE = "certificate.json"
TEST_RESULT = "test-result.json"
SVR = "svr.json"
SIGNED = (CERTIFICATE, TEST_RESULT, SVR)

#: There until the reports are: tells a finished run from one that is under way or was killed.
UNFINISHED = "UNFINISHED"
_UNFINISHED = """\
This run has not written its reports: it is under way, its start failed, or it was killed.
What it has seen lies in {history}, and in {lanes} if there are any.
"""


#: Room for the evidence and the reports of a run that fills the disk.
RESERVE = ".reserve"
RESERVED_BYTES = 6 << 20
_ROOM_BYTES = 64 << 10


@contextmanager
def guard_folder(folder: Path) -> Iterator[None]:
    """Keep a file in the folder that says so, until the block has ended well; and a reserve.

    UsageError if there is no room for the two, OnceproofError if the disk is full in the end.
    """
    text = _UNFINISHED.format(history=HISTORY, lanes=LANES)
    try:
        (folder / UNFINISHED).write_text(text, encoding="utf-8")
        (folder / RESERVE).write_bytes(bytes(RESERVED_BYTES))
    except OSError as error:
        release_reserve(folder)
        if not is_full(error):
            raise
        raise UsageError(describe_full(folder)) from None
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        raise OnceproofError(describe_full(folder)) from None
    finally:
        release_reserve(folder)
    (folder / UNFINISHED).unlink(missing_ok=True)


def release_reserve(folder: Path) -> None:
    """Give the room of the reserve to what is written now."""
    (folder / RESERVE).unlink(missing_ok=True)


def has_room(folder: Path) -> bool:
    """Return whether the folder takes a small file."""
    trial = folder / ".trial"
    try:
        trial.write_bytes(bytes(_ROOM_BYTES))
    except OSError as error:
        return not is_full(error)
    finally:
        trial.unlink(missing_ok=True)
    return True


def explain_missing_results(folder: Path, missing: str = EVIDENCE) -> str:
    """Return why a folder without the file `missing` cannot be judged, for after its name."""
    if (folder / UNFINISHED).exists() or any(folder.glob(f"{HISTORY}*")):
        return (
            f"holds an unfinished run: it is under way, or was killed before it wrote {missing}; "
            f"what it has seen lies in its {HISTORY}"
        )
    return f"holds no {missing}: name the folder of a finished certification or chaos"


def find_results(named: Path) -> Path:
    """Return the results of a run that is named by its folder, or by the file itself.

    UsageError if there are none: whether they can be used is for who reads them.
    """
    path = named / REPORTS[0] if named.is_dir() else named
    if named.is_dir() and not path.exists():
        raise UsageError(f"'{named}' {explain_missing_results(named, path.name)}")
    if not path.exists():
        raise UsageError(f"there is no '{named}': name the folder of a run, or its {REPORTS[0]}")
    return path


def claim_folder(folder: Path) -> Path:
    """Create the folder of a run and return its whole path.

    UsageError for one that cannot be had, or that holds files which the run would overwrite: those
    of an earlier run, or somebody else's of the same name.
    """
    try:
        str(folder).encode("utf-8")
        taken = sorted(_taken_names(folder))
    except UnicodeEncodeError:
        raise UsageError(f"--run-dir {str(folder)!r} is not UTF-8: name another") from None
    except (OSError, ValueError) as error:
        raise _refusal(folder, error) from None
    if taken:
        raise UsageError(
            f"--run-dir {str(folder)!r} holds an earlier run, or files of the same names "
            f"({', '.join(taken)}): name another folder or remove them"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return folder.resolve()
    except (OSError, ValueError) as error:
        raise _refusal(folder, error) from None


def _taken_names(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    ours = {EVIDENCE, SCHEDULE, *REPORTS, *SIGNED}
    names = [path.name for path in folder.iterdir()]
    return [name for name in names if name in ours or name.startswith((HISTORY, LOAD_HISTORY))]


def _refusal(folder: Path, error: OSError | ValueError) -> UsageError:
    why = getattr(error, "strerror", None) or str(error)
    shown = str(folder) if len(str(folder)) < 100 else f"{str(folder)[:80]}..."
    return UsageError(f"--run-dir {shown!r} cannot be created ({why}): name another")
