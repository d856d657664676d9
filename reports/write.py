"""Writes the reports of a run into its folder.

`results.json` comes first and whole or not at all; the other files are then derived from what
stands on the disk, so that they can never say more than that document.
"""

from pathlib import Path

from onceproof.conformance.secrets import SECRETS
from onceproof.reports.document import dump, load
from onceproof.reports.formats import ALWAYS, FORMATS, render_report, write_report
from onceproof.reports.outcome import refuse_overclaim
from onceproof.reports.results import Results, ResultsError

RESULTS = "results.json"


def write_all(results: Results, folder: Path) -> dict[str, Path]:
    """Write all reports and return their paths by file name, `results.json` first.

    Raises ResultsError if the document claims more than its verdicts support (see
    `outcome.settle`), or if the folder cannot be written.
    """
    refuse_overclaim(results)
    files = {RESULTS: folder / RESULTS}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_report(folder / RESULTS, SECRETS.hide_bytes(dump(results)))
        written = load(folder / RESULTS)
        for name in ALWAYS:
            files[FORMATS[name].file] = folder / FORMATS[name].file
            write_report(folder / FORMATS[name].file, render_report(written, name))
    except OSError as error:
        raise ResultsError(f"cannot write the reports into '{folder}': {error}") from None
    return files
