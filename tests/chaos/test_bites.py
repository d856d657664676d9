"""A whole chaos, short: the reference server passes, a broken one fails by the check meant for it.

A loaded machine may see little in so short a time, so the mutants get the faults that show what is
wrong with them, again and again.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from onceproof.conformance.history import exists

MUTANT = "{python} -m onceproof.conformance.selftest.server %s --role {role} --port {port}"
CHAOS = (sys.executable, "-m", "onceproof.conformance", "chaos")
SMALL = ("--api-replicas", "1", "--worker-replicas", "2", "--noops", "50", "--seed", "3")


def chaos(*options: str, limit_s: float = 200) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CHAOS, *options], capture_output=True, text=True, timeout=limit_s, check=False
    )


def mutant(name: str) -> tuple[str, str]:
    return "--command", MUTANT % name


def test_the_reference_server_passes_and_everything_is_told(tmp_path: Path) -> None:
    kinds = ("--fault", "worker-killed", "--fault", "postgres-cut")
    done = chaos(*SMALL, *kinds, "--minutes", "0.1", "--run-dir", str(tmp_path / "run"))
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "seed 3"
    assert lines[-1] == "seed 3: passed (exit status 0)"
    for part in ("PASS          lost", "faults of", "heal to the next begin", "creates   accepted"):
        assert part in done.stdout
    schedule = json.loads((tmp_path / "run" / "schedule.json").read_text())
    assert schedule
    assert exists(tmp_path / "run" / "history.jsonl")


#: One worker after the other is paused beyond its lease, each just before the last one goes on:
#: the second has all runs to itself by then, so that there is a zombie whatever else goes on.
STALLS = [
    {"at_s": at_s, "fault": "worker-stalled", "lasts_s": 6.5, "hits": [f"worker-{n}"]}
    for at_s, n in ((1.5, 1), (7.5, 2), (13.5, 1))
]


def test_a_server_that_drops_an_event_fails(tmp_path: Path) -> None:
    short = ("--minutes", "0.2", "--runs", "80", "--drain-s", "10", "--fault", "worker-killed")
    folder = ("--run-dir", str(tmp_path / "run"))
    done = chaos(*mutant("drop_events"), *SMALL, *short, *folder)
    assert done.returncode == 10, done.stdout + done.stderr
    assert "FAIL          stream_order" in done.stdout


def test_a_server_without_fencing_fails(tmp_path: Path) -> None:
    """What a zombie writes replaces what others have: seen as a stale commit by whoever had read
    it, and as a step that is lost by whoever had not."""
    (tmp_path / "stalls.json").write_text(json.dumps(STALLS))
    played = ("--minutes", "0.35", "--runs", "200", "--threads", "4", "--drain-s", "60")
    where = ("--schedule", str(tmp_path / "stalls.json"), "--run-dir", str(tmp_path / "run"))
    done = chaos(*mutant("write_without_a_fence"), *SMALL, *played, *where)
    assert done.returncode == 10, done.stdout + done.stderr
    signs = ("FAIL          stale_commit", "succeeded, but its state lacks step")
    assert any(sign in done.stdout for sign in signs), done.stdout


POISON = ("--workload", "poison", "--runs", "40", "--minutes", "0.3", "--seed", "3")


def test_poison_takes_one_process_a_fatal_run_and_no_other_run(tmp_path: Path) -> None:
    fleet = ("--api-replicas", "1", "--worker-replicas", "2")
    done = chaos(*POISON, *fleet, "--run-dir", str(tmp_path / "run"))
    assert done.returncode == 0, done.stdout + done.stderr
    for line in (
        "PASS          expected_end",
        "poison    exits: error 1",
        "poison    kills its process: error 1",
        "poison    blocks: error 1",
        "poison    cannot be stored: error 1",
        "poison    harmless: success 36",
        "each started again",
    ):
        assert line in done.stdout


def test_a_server_without_quarantine_fails_under_poison(tmp_path: Path) -> None:
    """A run that kills its process takes one with it at each of its attempts."""
    fleet = ("--api-replicas", "1", "--worker-replicas", "2")
    done = chaos(
        *mutant("execute_suspects_among_others"),
        *POISON,
        *fleet,
        "--run-dir",
        str(tmp_path / "run"),
    )
    assert done.returncode == 10, done.stdout + done.stderr
    assert "FAIL          expected_end" in done.stdout


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--url", "http://127.0.0.1:1"), "--command, or nothing for the reference server"),
        (("--stack", "none"), "--stack none is not ours to break"),
        (("--fault", "moon-eclipsed"), "unknown --fault 'moon-eclipsed'"),
    ],
)
def test_what_chaos_cannot_do_is_refused(options: tuple[str, ...], sentence: str) -> None:
    done = chaos("--seed", "1", *options, limit_s=30)
    assert done.returncode == 64
    assert sentence in done.stderr
