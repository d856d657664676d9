"""Values that JSON knows nothing of: they arrive as valid JSON, and text arrives unchanged."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.streams import stream_run
from onceproof.conformance.wire.runs import Runs

TEXT = 'żółw \U0001f422 漢字 \u2028 "quoted" \\ \r\n'
MOMENT = datetime(2024, 2, 29, 23, 59, 59, 123456, tzinfo=UTC)


@requirement("STR-28")
@pytest.mark.parametrize("mode", ["values", "updates", "tasks", "debug"])
async def test_odd_values_become_valid_json_in_every_mode(runs: Runs, mode: str) -> None:
    _, events = await stream_run(runs, "types", {}, stream_mode=mode)
    same("events without JSON in them", [e.name for e in events if not _is_json(e.data)], [])
    same("whether any event has the text", any("żółw" in e.data.decode() for e in events), True)


@requirement("STR-28")
async def test_what_has_a_form_in_json_keeps_its_meaning(runs: Runs, observe: Observed) -> None:
    _, events = await stream_run(runs, "types", {}, stream_mode="updates")
    made: dict[str, Any] = json.loads(events[1].data)["make"]
    same("text", made["text"], TEXT)
    same("an integer above 2**53", made["big"], 2**53 + 1)
    same("a moment", datetime.fromisoformat(made["moment"]), MOMENT)
    same("a set", sorted(made["tags"]), ["a", "b", "c"])
    same("a UUID", made["uuid"], "12345678-1234-5678-1234-567812345678")
    same("a decimal", Decimal(str(made["amount"])).quantize(Decimal(1)), Decimal(1234567890))
    same("a dataclass in a dataclass", made["nested"]["inner"]["name"], "inner")
    for name in ("nan", "infinity", "raw", "amount"):
        observe(f"{name} as {type(made[name]).__name__}")


def _is_json(data: bytes) -> bool:
    """Whether it is JSON to the letter: NaN and Infinity, which Python would take, are not."""
    try:
        json.loads(data.decode("utf-8"), parse_constant=_refuse)
    except ValueError:
        return False
    return True


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")
