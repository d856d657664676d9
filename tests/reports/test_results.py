"""The document: what goes out comes back, what does not fit is named, and the schema is fresh."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from onceproof.reports import results, schema
from onceproof.reports.document import decode, dump, load
from tests.reports import examples

DOCUMENTS = [
    pytest.param(examples.green(), id="green"),
    pytest.param(examples.mixed(error=True), id="every verdict"),
    pytest.param(examples.hostile(), id="hostile"),
    pytest.param(examples.huge(), id="huge"),
    pytest.param(examples.quiet_chaos(), id="chaos"),
]


def document(**change: Any) -> dict[str, Any]:
    return {**json.loads(dump(examples.mixed())), **change}


@pytest.mark.parametrize("example", DOCUMENTS)
def test_what_is_dumped_fits_the_schema_and_loads_again(
    example: results.Results, tmp_path: Path
) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(dump(example))
    jsonschema.Draft202012Validator(schema.schema()).validate(json.loads(path.read_bytes()))
    loaded = load(path)
    assert dump(loaded) == path.read_bytes()
    assert loaded.counts == example.counts


def test_a_document_without_strange_characters_is_equal_after_a_round_trip() -> None:
    mixed = examples.mixed()
    assert decode(dump(mixed)) == mixed


def test_keys_stand_in_the_order_of_the_structs() -> None:
    assert list(document())[:4] == ["schema", "harness", "run", "target"]
    assert dump(examples.green()).startswith(b'{\n  "schema": "onceproof/results/1",\n')
    assert dump(examples.green()).endswith(b"}\n")


def test_half_of_a_surrogate_pair_is_kept_by_its_code() -> None:
    assert "\\ud800" in json.loads(dump(examples.hostile()))["run"]["command"]


def test_the_schema_file_is_fresh() -> None:
    assert schema.PATH.read_text(encoding="utf-8") == schema.text(), (
        "run: python -m onceproof.reports.schema > reports/results.schema.json"
    )


def test_the_schema_is_a_schema_and_refuses_a_wrong_verdict() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.schema())
    wrong = document()
    wrong["requirements"][0]["verdict"] = "GREEN"
    with pytest.raises(jsonschema.ValidationError, match="GREEN"):
        jsonschema.Draft202012Validator(schema.schema()).validate(wrong)


def test_fields_of_a_newer_document_are_ignored() -> None:
    newer = document(signature="…")
    newer["run"]["shard"] = 3
    assert decode(json.dumps(newer).encode()) == examples.mixed()


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in document().items() if name != key}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (document(schema="onceproof/results/2"), r"onceproof/results/2.*\$\.schema"),
        (without("schema"), "missing required field `schema`"),
        (without("counts"), "missing required field `counts`"),
        (document(exit_status="0"), r"Expected `int`, got `str` - at `\$\.exit_status`"),
        (document(outcome="green"), r"'green' - at `\$\.outcome`"),
        (document(counts={"PASS": 99}), r"counts=\{'PASS': 99\}, but the verdicts"),
        (
            document(requirements=document()["requirements"][:1] * 2),
            "each requirement id must appear once, but these repeat: SYS-01",
        ),
        (
            document(checks=document()["checks"][:1] * 2),
            "each check must appear once, but these repeat: assumptions",
        ),
    ],
)
def test_what_does_not_fit_is_named(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(results.ResultsError, match=message):
        decode(json.dumps(wrong).encode())


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": 1}', b"\xff"])
def test_a_file_that_is_no_document_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(content)
    with pytest.raises(results.ResultsError, match=r"results\.json' is not a usable"):
        load(path)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(results.ResultsError, match=r"cannot read.*nowhere\.json"):
        load(tmp_path / "nowhere.json")


def test_a_result_cannot_be_changed_after_the_fact() -> None:
    with pytest.raises(AttributeError):
        examples.green().outcome = "failed"  # type: ignore[misc]
    assert isinstance(examples.green(), msgspec.Struct)
