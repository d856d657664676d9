"""The watchman knows a process before it exists, and forgets one that has ended."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from onceproof.conformance.stacks.guard import Guard
from onceproof.conformance.stacks.waiting import wait_until


def start_sleep(guard: Guard) -> subprocess.Popen[bytes]:
    return guard.start(["sleep", "60"], stdout=subprocess.DEVNULL)


def test_a_process_that_nobody_named_is_ended() -> None:
    guard = Guard()
    process = start_sleep(guard)

    guard.dismiss()

    assert process.wait(5) == -signal.SIGKILL


def test_a_process_that_ended_is_forgotten() -> None:
    """Its number may be somebody else's by then: here it is, on purpose."""
    guard, bystander = Guard(), subprocess.Popen(["sleep", "60"], process_group=0)
    for change in (guard.hold, guard.hold, guard.release):
        change(bystander.pid)

    guard.dismiss()

    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_the_program_gets_its_words_and_no_input(tmp_path: Path) -> None:
    guard, seen = Guard(), tmp_path / "seen"
    says = "import sys; print(sys.argv[1:], sys.stdin.read(), sep='|')"
    with seen.open("wb") as out:
        process = guard.start([sys.executable, "-c", says, "a b", "$c", "'"], stdout=out)
    assert process.wait(20) == 0
    assert os.getpgid(os.getpid()) != process.pid
    assert seen.read_text() == "['a b', '$c', \"'\"]|\n"
    guard.dismiss()


def test_a_program_that_is_not_there_is_an_error() -> None:
    guard = Guard()
    with pytest.raises(FileNotFoundError, match="nosuch"):
        guard.start(["nosuch"])
    guard.dismiss()


def test_without_its_watchman_a_process_starts_all_the_same() -> None:
    guard = Guard()
    guard._shell.kill()
    guard._shell.wait()
    process = start_sleep(guard)
    assert wait_until(lambda: psutil.Process(process.pid).name() == "sleep", 5)
    process.kill()
    process.wait()
    guard.dismiss()


HARNESS = """
import os, subprocess, sys
from onceproof.conformance.stacks.guard import Guard

guard = Guard()
real = subprocess.Popen
def die_after(*args, **how):
    print(real(*args, **how).pid, flush=True)
    os.kill(os.getpid(), 9)
subprocess.Popen = die_after
guard.start(["sleep", "60"])
"""


def test_a_harness_killed_before_it_knows_its_child_leaves_none() -> None:
    run = subprocess.run(
        [sys.executable, "-c", HARNESS], capture_output=True, text=True, timeout=30, check=False
    )
    pid = int(run.stdout)
    assert run.returncode == -signal.SIGKILL
    assert wait_until(lambda: not psutil.pid_exists(pid), 10)
