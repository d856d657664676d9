"""A node that holds the event loop is interrupted, or ends its process: it does neither for ever.

Each scene is played by a process of its own, as most of them end it or raise in its main thread.
"""

import signal
import subprocess
import sys

import pytest

from onceproof.reference_impl.errors import EX_SOFTWARE

SCENE = """
import asyncio, ctypes, logging, re, time
from uuid import UUID
from onceproof.reference_impl.core.containment import NodeBlocked, prepare_loop, start_in_run
from onceproof.reference_impl.core.watchdog import Watchdog

async def sleep():
    time.sleep(60)

async def compute():
    while True:
        try:
            sum(range(1000))
        except Exception:
            pass

async def nest():
    await asyncio.gather(asyncio.sleep(60), asyncio.create_task(sleep()))

async def lock_natively():  # a mutex that is locked twice; the interpreter goes on meanwhile
    mutex, libc = ctypes.create_string_buffer(128), ctypes.CDLL(None)
    libc.pthread_mutex_lock(mutex)
    libc.pthread_mutex_lock(mutex)

async def keep_the_interpreter():
    10 ** 10 ** 9

async def take_turns():
    for _ in range(16):
        time.sleep(0.2)
        await asyncio.sleep(0)

async def main(node):
    prepare_loop(1)
    dog = Watchdog(1)
    dog.start()
    try:
        await start_in_run(node(), UUID(int=7))
        print("went on")
    except NodeBlocked as error:
        print(error, "|", error.place.rpartition(" in ")[2])
    await asyncio.sleep(0.1)
    dog.stop()

logging.basicConfig()
"""

BLOCKED = "a node held the event loop for more than 1 s | "


def play(node: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"{SCENE}\nasyncio.run(main({node}))"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "node, place", [("sleep", "sleep"), ("compute", "compute"), ("nest", "sleep")]
)
def test_what_python_can_interrupt_raises_in_its_run_and_names_its_place(
    node: str, place: str
) -> None:
    done = play(node)
    assert (done.stdout, done.returncode) == (f"{BLOCKED}{place}\n", 0), done.stderr


def test_native_code_that_never_returns_ends_the_process_with_one_sentence() -> None:
    done = play("lock_natively")
    assert done.returncode == EX_SOFTWARE, done.stderr
    assert f"run {'0' * 8}-0000-0000-0000-000000000007: a node holds the event loop" in done.stderr
    assert "in lock_natively" in done.stderr


def test_native_code_that_keeps_the_interpreter_ends_the_process_by_its_processor_time() -> None:
    done = play("keep_the_interpreter")
    assert done.returncode == -signal.SIGPROF
    assert "in keep_the_interpreter" in done.stderr


def test_a_node_that_lets_the_loop_turn_may_take_as_long_as_it_likes() -> None:
    assert play("take_turns").stdout == "went on\n"


def test_what_is_no_run_is_not_interrupted() -> None:
    script = "async def outside():\n    prepare_loop(1)\n    dog = Watchdog(1)\n    dog.start()\n"
    script += "    time.sleep(2.5)\n    dog.stop()\n    print('went on')\nasyncio.run(outside())"
    done = subprocess.run(
        [sys.executable, "-c", SCENE + script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "went on\n", done.stderr
