"""The reference server starts like any other command, and is known down to its source."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from onceproof.conformance.stacks import Stack, open_stack
from onceproof.conformance.targets import ReferenceTarget
from onceproof.conformance.targets.base import ReplicaCounts
from onceproof.conformance.targets.kinds.reference import source_digest
from onceproof.conformance.targets.profile import REFERENCE, load_profile


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with open_stack("embedded", tmp_path, {}) as stack:
        yield stack


def test_it_starts_on_a_stack_and_is_verified_by_its_source(stack: Stack, tmp_path: Path) -> None:
    target = ReferenceTarget(stack, tmp_path, counts=ReplicaCounts(1, 1))
    target.start()
    try:
        assert [replica.name for replica in target.replicas] == ["api-1", "worker-1"]
        assert httpx.get(f"{target.urls[0]}/ok").json() == {"ok": True}
        identity = target.identity()
    finally:
        target.stop()
    assert (identity["kind"], identity["strength"]) == ("reference", "verified")
    assert identity["source_sha256"] == source_digest(Path(__file__).parents[2] / "reference_impl")


def test_its_timings_are_those_of_its_profile_unless_told_otherwise(tmp_path: Path) -> None:
    nothing = open_stack("none", tmp_path, {})
    timings = load_profile(REFERENCE).timings
    environ = ReferenceTarget(nothing, tmp_path, env={"SWEEP_MS": "50"})._environ()
    assert environ["LEASE_MS"] == str(timings.lease_ms)
    assert environ["HEARTBEAT_MS"] == str(timings.heartbeat_ms)
    assert environ["SWEEP_MS"] == "50"
    assert Path(environ["LANGGRAPH_CONFIG_PATH"]).name == "langgraph.json"


def test_the_digest_sees_every_source_and_no_cache(tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    (tmp_path / "a.py").write_text("one")
    (tmp_path / "sql/b.sql").write_text("two")
    before = source_digest(tmp_path)
    (tmp_path / "a.pyc").write_text("compiled")
    assert source_digest(tmp_path) == before
    (tmp_path / "sql/b.sql").write_text("three")
    assert source_digest(tmp_path) != before
    (tmp_path / "sql/b.sql").write_text("two")
    (tmp_path / "a.py").rename(tmp_path / "c.py")
    assert source_digest(tmp_path) != before
