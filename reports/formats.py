"""The formats that a results document is rendered in, by the name that `--format` takes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from onceproof.conformance.history.storage import replace_file
from onceproof.conformance.secrets import SECRETS
from onceproof.reports import annotations, badge, ctrf, html, junit, markdown, sarif
from onceproof.reports.document import dump
from onceproof.reports.results import Results, ResultsError


@dataclass(frozen=True)
class Format:
    """A format: the usual name of its file, and what makes a document into one."""

    file: str
    render: Callable[[Results], bytes]


def _encode(render: Callable[[Results], str]) -> Callable[[Results], bytes]:
    return lambda results: render(results).encode()


FORMATS = {
    "json": Format("results.json", dump),
    "junit": Format("junit.xml", junit.render),
    "html": Format("report.html", _encode(html.render)),
    "markdown": Format("summary.md", _encode(markdown.render)),
    "ctrf": Format("ctrf.json", _encode(ctrf.render)),
    "sarif": Format("results.sarif", _encode(sarif.render)),
    "badge": Format("badge.svg", _encode(badge.render)),
    "github": Format("annotations.txt", _encode(annotations.render)),
}

#: What every run leaves in its folder, `results.json` aside.
ALWAYS = ("junit", "html", "markdown")


def render_report(results: Results, name: str) -> bytes:
    """Return the document in the format called `name`, without any secret."""
    return SECRETS.hide_bytes(FORMATS[name].render(results))


def write_report(path: Path, content: bytes) -> None:
    """Put a report in the place of `path`, whole, and read it again; ResultsError if it differs."""
    with replace_file(path) as file:
        file.write(content)
    if path.read_bytes() != content:
        raise ResultsError(f"what was written to '{path}' reads otherwise: check the disk")
