"""A server that does not fence off a stalled worker is caught without probes: one, behind one app.

`tests.field.test_mutants` has the others, in a tox environment of its own.
"""

from pathlib import Path

from tests.field.campaign import Trial, find_guilty, judge_server


def test_a_worker_that_is_not_fenced_off_is_caught_by_what_it_stores(tmp_path: Path) -> None:
    trial = Trial(("worker-stalled",), slow_s=3.0)
    ((_, results),) = judge_server("write_without_a_fence", ["newest"], tmp_path, trial)
    assert {"F3", "F15"} <= set(find_guilty(results))
