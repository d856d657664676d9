"""Writes the reports of a run into its folder.

`results.json` comes first and whole or not at all; the other files are then derived from what
stands on the disk, so that they can never say more than that document.
"""

from collections.abc import Callable
from pathlib import Path

from onceproof.conformance.history.storage import replace_file
from onceproof.conformance.secrets import SECRETS
from onceproof.reports import html, junit, markdown
from onceproof.reports.document import dump, load
from onceproof.reports.outcome import refuse_overclaim
from onceproof.reports.results import Results, ResultsError

RESULTS = "results.json"

_DERIVED: dict[str, Callable[[Results], bytes]] = {
    "junit.xml": junit.render,
    "report.html": lambda results: html.render(results).encode(),
    "summary.md": lambda results: markdown.render(results).encode(),
}


def write_all(results: Results, folder: Path) -> dict[str, Path]:
    """Write all reports and return their paths by file name, `results.json` first.

    Raises ResultsError if the document claims more than its verdicts support (see
    `outcome.settle`), or if the folder cannot be written.
    """
    refuse_overclaim(results)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / RESULTS, dump(results))
        written = load(folder / RESULTS)
        for name, render in _DERIVED.items():
            _replace(folder / name, render(written))
    except OSError as error:
        raise ResultsError(f"cannot write the reports into '{folder}': {error}") from None
    return {name: folder / name for name in (RESULTS, *_DERIVED)}


def _replace(path: Path, content: bytes) -> None:
    with replace_file(path) as file:
        file.write(SECRETS.hide_bytes(content))
