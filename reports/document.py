"""The results document as JSON: read, checked beyond its types, and written the same each time."""

from collections import Counter
from pathlib import Path

import msgspec

from onceproof.conformance.history.storage import replace_half_surrogates
from onceproof.reports.results import SCHEMA, Results, ResultsError
from onceproof.reports.text import join_names


def decode(content: bytes) -> Results:
    """Return the document in `content`; raise ResultsError naming the field that does not fit."""
    try:
        results = msgspec.json.decode(content, type=Results)
    except msgspec.DecodeError as error:
        raise ResultsError(str(error)) from None
    validate(results)
    return results


def load(path: Path) -> Results:
    """Read and validate a document; raise ResultsError naming the file and the field."""
    try:
        return decode(path.read_bytes())
    except OSError as error:
        raise ResultsError(f"cannot read the results: {error}") from None
    except ResultsError as error:
        raise ResultsError(f"'{path}' is not a usable {SCHEMA} document: {error}") from None


def dump(results: Results) -> bytes:
    """Return the document as indented JSON, fields always in the same order, newline at the end."""
    try:
        packed = msgspec.json.encode(results, order="deterministic")
    except UnicodeEncodeError:
        escaped = replace_half_surrogates(msgspec.to_builtins(results), "backslashreplace")
        packed = msgspec.json.encode(msgspec.convert(escaped, Results), order="deterministic")
    return msgspec.json.format(packed, indent=2) + b"\n"


def validate(results: Results) -> None:
    """Raise ResultsError for what types let through: repeated names, wrong counts."""
    _demand_unique("requirement id", [requirement.id for requirement in results.requirements])
    _demand_unique("check", [check.check for check in results.checks])
    _demand_unique("deviation", [deviation.id for deviation in results.deviations])
    counted = Counter(str(requirement.verdict) for requirement in results.requirements)
    if +Counter(results.counts) != counted:
        raise ResultsError(
            f"counts={dict(results.counts)}, but the verdicts of the requirements "
            f"add up to {dict(counted)}"
        )


def _demand_unique(what: str, names: list[str]) -> None:
    twice = [name for name, number in Counter(names).items() if number > 1]
    if twice:
        raise ResultsError(f"each {what} must appear once, but these repeat: {join_names(twice)}")
