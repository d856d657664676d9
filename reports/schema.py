"""The JSON Schema of the results document, generated from its structs.

`python -m onceproof.reports.schema` prints it; the file `results.schema.json` beside this module
is what it printed last, and a test keeps the two equal.
"""

import inspect
import json
from pathlib import Path
from typing import Any

import msgspec

from onceproof.reports.results import SCHEMA, Results

PATH = Path(__file__).with_name("results.schema.json")


def schema() -> dict[str, Any]:
    """Return a JSON Schema 2020-12 document with one definition per struct."""
    (reference,), definitions = msgspec.json.schema_components(
        [Results], ref_template="#/$defs/{name}"
    )
    for definition in definitions.values():
        definition["description"] = inspect.cleandoc(definition["description"])
    # Its prose may change without a change of this document.
    del definitions["Verdict"]["description"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        **reference,
        "$defs": definitions,
    }


def text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(), end="")
