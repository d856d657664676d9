"""On a server that others use, nothing of theirs is touched and nothing of ours is left."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from onceproof.conformance.cli import main
from onceproof.conformance.errors import CERTIFIED, INTERRUPTED, UNAVAILABLE, USAGE
from onceproof.conformance.guest.mark import ANY, ANY_VALUE, RUN, Mark
from onceproof.conformance.stacks.waiting import wait_until
from tests.guest.neighbour import Neighbour, find_changes
from tests.hearing import hear_signals

#: Chapters that make, search, cancel, prune and delete.
ONLY = ("THR-06", "THR-2", "CAN-09", "CRN-01", "STO-0", "AST-0", "SDK-02", "RUN-09")
START_S = 90.0
END_S = 120.0
SETTLED_S = 5.0


def start(url: str, folder: Path, *only: str) -> subprocess.Popen[str]:
    """Start a certification without --exclusive."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "onceproof.conformance", "certify", "--url", url),
            *(word for each in only or ONLY for word in ("--only", each)),
            *("--run-dir", folder),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=hear_signals,
    )


def find_ours(url: str) -> list[Any]:
    """Find all that carries the mark, by the target's own searches."""
    mark = {"metadata": {ANY: ANY_VALUE}, "limit": 100}
    found: list[Any] = []
    with httpx.Client(base_url=url, trust_env=False) as client:
        for path in ("/threads/search", "/assistants/search", "/runs/crons/search"):
            shown = client.post(path, json=mark).json()
            found += [each for each in shown if RUN in each["metadata"]]
        below = {"namespace_prefix": [RUN]}
        found += client.post("/store/items/search", json=below).json()["items"]
    return found


def is_caught_with_leftovers(run: subprocess.Popen[str], url: str) -> bool:
    """Freeze `run`; let it go on unless things of its own stay, which no busy run takes along.

    A run removes most of what it makes within milliseconds: what was seen while it went on may be
    gone when the kill arrives.
    """
    run.send_signal(signal.SIGSTOP)
    settled = wait_until(lambda: not any(map(is_busy, find_ours(url))), SETTLED_S)
    if settled and len(find_ours(url)) > 1 and find_ours(url) == find_ours(url):
        return True
    run.send_signal(signal.SIGCONT)
    return False


def is_busy(thing: dict[str, Any]) -> bool:
    return thing.get("status") == "busy"


def clean(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["clean", *words])
    return int(str(ended.value.code))


def test_after_a_certification_all_is_as_it_was(
    url: str, neighbour: Neighbour, tmp_path: Path
) -> None:
    before = neighbour.look()
    with neighbour.live():
        output, _ = start(url, tmp_path / "run").communicate(timeout=END_S)
    assert (tmp_path / "run" / "results.json").exists(), output
    assert find_changes(before, neighbour.look()) == []
    assert neighbour.complaints == []
    assert find_ours(url) == []
    assert neighbour.find_strangers() == []
    assert "left on the target" not in output


def test_after_ctrl_c_nothing_of_ours_is_left(
    url: str, neighbour: Neighbour, tmp_path: Path
) -> None:
    before = neighbour.look()
    run = start(url, tmp_path / "run", "THR")
    assert wait_until(lambda: bool(find_ours(url)), START_S)
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=END_S)
    assert run.returncode == INTERRUPTED, output
    assert neighbour.find_strangers() == []
    assert find_changes(before, neighbour.look()) == []


def test_after_a_kill_clean_removes_what_is_ours_and_nothing_else(
    url: str, neighbour: Neighbour, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = neighbour.look()
    run = start(url, tmp_path / "run", "THR")
    assert wait_until(lambda: is_caught_with_leftovers(run, url), START_S)
    run.kill()
    run.communicate(timeout=END_S)
    assert clean("--url", url, "--run-dir", str(tmp_path / "run")) == CERTIFIED
    assert "removed" in capsys.readouterr().out
    assert neighbour.find_strangers() == []
    assert find_changes(before, neighbour.look()) == []
    assert clean("--url", url) == CERTIFIED
    assert capsys.readouterr().out == "nothing of onceproof's is there\n"


def test_clean_says_what_it_removed_in_a_table(
    url: str, neighbour: Neighbour, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = Mark("run-1")
    metadata = {"metadata": mark.metadata}
    cron = {"assistant_id": "echo", "schedule": "* * * * *"}
    item = {"namespace": [*mark.namespace, "a"], "key": "k", "value": {}}
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        for path, body in (
            ("/threads", {}),
            ("/threads", {}),
            ("/assistants", {"graph_id": "echo"}),
            ("/runs/crons", cron),
        ):
            client.post(path, json=body | metadata).raise_for_status()
        client.put("/store/items", json=item).raise_for_status()
    assert clean("--url", url) == CERTIFIED
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    kinds = ("1 assistant", "1 cron", "1 item", "2 threads")
    assert lines == [f"removed {kind} of run run-1" for kind in kinds]
    assert neighbour.find_strangers() == []


@pytest.mark.parametrize(
    "path, body",
    [
        ("/runs/cancel", {"status": "pending"}),
        ("/threads/prune", {"thread_ids": ["{thread}"], "strategy": "keep_latest"}),
        ("/threads/{thread}/runs/wait", {"assistant_id": "echo", "input": {"text": "x"}}),
    ],
)
def test_whoever_touches_what_is_foreign_is_noticed(
    url: str, neighbour: Neighbour, path: str, body: dict[str, Any]
) -> None:
    """As the suite would by a test that forgets whose server it is on."""
    before = neighbour.look()
    thread = neighbour.threads[0]
    named = {k: [thread] if isinstance(v, list) else v for k, v in body.items()}
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        client.post(path.replace("{thread}", thread), json=named).raise_for_status()
    assert find_changes(before, neighbour.look()) != []


def test_whatever_is_left_without_a_mark_is_noticed(url: str, neighbour: Neighbour) -> None:
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        left = client.post("/threads", json={}).json()["thread_id"]
        assert [each.split()[1] for each in neighbour.find_strangers()] == [left]
        client.delete(f"/threads/{left}").raise_for_status()


def test_what_clean_cannot_use_is_refused_in_a_sentence(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert clean() == USAGE
    assert "name it by --url" in capsys.readouterr().err
    assert clean("--url", url, "--run-dir", str(tmp_path)) == USAGE
    assert "holds no run of onceproof" in capsys.readouterr().err
    assert clean("--url", "http://127.0.0.1:1") == UNAVAILABLE
