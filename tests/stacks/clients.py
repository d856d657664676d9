"""What the tests of the stacks share: clients for one call, and a harness to be killed."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import redis

#: Run in a process of its own: start the embedded stack, tell its processes, then do `then`.
HARNESS = """
import os, sys, time
from pathlib import Path
import psutil
from onceproof.conformance.stacks import open_stack

stack = open_stack("embedded", Path(sys.argv[1]), {})
stack.start()
family = psutil.Process().children(recursive=True)
home = next((p for p in Path(sys.argv[1]).glob("stack-*")), None)
print(*(member.pid for member in family), flush=True)
print(home, flush=True)
print(stack.describe()["postgres"], flush=True)
"""


def fetch(uri: str, query: str, timeout_s: float = 10.0) -> Any:
    """The first value that a query returns."""

    async def ask() -> Any:
        connection = await asyncpg.connect(uri, timeout=timeout_s, command_timeout=timeout_s)
        try:
            return await connection.fetchval(query)
        finally:
            connection.terminate()

    return asyncio.run(ask())


def redis_at(uri: str) -> redis.Redis:
    return redis.Redis.from_url(uri, decode_responses=True, socket_timeout=5)


class Harness:
    """A separate process that started a stack; `pids` and `home` are what it left to find."""

    def __init__(self, folder: Path, then: str, **options: Any) -> None:
        argv = [options.pop("python", sys.executable), "-c", HARNESS + then, str(folder)]
        self.process = subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
        )
        assert self.process.stdout is not None
        self.pids = [int(word) for word in self.process.stdout.readline().split()]
        self.home = Path(self.process.stdout.readline().strip())
        self.postgres = self.process.stdout.readline().strip()

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.finish()

    def finish(self) -> str:
        """Wait for its end; what it wrote on standard error."""
        return self.process.communicate(timeout=20)[1]


def left_over(pids: list[int], *folders: Path, wait_s: float = 10.0) -> list[object]:
    """Which of these still exist after `wait_s` seconds; empty as soon as none does."""
    deadline = time.monotonic() + wait_s
    while True:
        left: list[object] = [pid for pid in pids if _lives(pid)]
        left += [folder for folder in folders if folder.exists()]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
