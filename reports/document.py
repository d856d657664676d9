"""The results document as JSON: read, checked beyond its types, and written the same each time."""

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from onceproof.reports.results import SCHEMA, Results, ResultsError
from onceproof.reports.text import listed, visible


def parse(document: dict[str, Any]) -> Results:
    """The document as structs; ResultsError names the field that does not fit."""
    try:
        results = msgspec.convert(document, Results)
    except msgspec.ValidationError as error:
        raise ResultsError(f"the results do not fit {SCHEMA}: {error}") from None
    validate(results)
    return results


def load(path: Path) -> Results:
    """Read and validate a document; ResultsError names the file and the field."""
    try:
        results = msgspec.json.decode(path.read_bytes(), type=Results)
        validate(results)
    except OSError as error:
        raise ResultsError(f"cannot read the results: {error}") from None
    except (msgspec.DecodeError, ResultsError) as error:
        raise ResultsError(f"'{path}' is not a usable {SCHEMA} document: {error}") from None
    return results


def dump(results: Results) -> bytes:
    """The document as indented JSON, keys always in the same order, newline at the end."""
    try:
        packed = msgspec.json.encode(results, order="deterministic")
    except UnicodeEncodeError:  # half of a surrogate pair in a target's answer
        fit = _visible(msgspec.to_builtins(results))
        packed = msgspec.json.encode(msgspec.convert(fit, Results), order="deterministic")
    return msgspec.json.format(packed, indent=2) + b"\n"


def validate(results: Results) -> None:
    """What types cannot say: nothing is named twice, and the counts add up."""
    _unique("requirement id", [requirement.id for requirement in results.requirements])
    _unique("check", [check.check for check in results.checks])
    _unique("deviation", [deviation.id for deviation in results.deviations])
    counted = Counter(str(requirement.verdict) for requirement in results.requirements)
    if +Counter(results.counts) != counted:
        raise ResultsError(
            f"counts={dict(results.counts)}, but the verdicts of the requirements "
            f"add up to {dict(counted)}"
        )


def _unique(what: str, names: list[str]) -> None:
    twice = [name for name, number in Counter(names).items() if number > 1]
    if twice:
        raise ResultsError(f"each {what} must appear once, but these repeat: {listed(twice)}")


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, list):
        return [_visible(item) for item in value]
    if isinstance(value, dict):
        return {_visible(key): _visible(item) for key, item in value.items()}
    return value
