"""The whole show by hand, which takes as long as two certifications: `python -m tests.guest.show`.

Somebody's 200 threads and the rest live on a server, and more arrive all the time. It is certified
whole without --exclusive, then once more until the harness is killed in the middle, and cleaned.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from onceproof.conformance.guest import Guest, use_guest
from onceproof.conformance.options import Options
from onceproof.conformance.session import Session
from onceproof.conformance.stacks.waiting import wait_until
from tests.guest.neighbour import Neighbour, find_changes
from tests.guest.test_shared import find_ours

THREADS = 200
LIMIT_S = 1400.0
#: How much of ours is there when the harness is killed.
MANY = 15
HARNESS = (sys.executable, "-m", "onceproof.conformance")


def certify(url: str, folder: Path) -> subprocess.Popen[bytes]:
    """Start a whole certification, whose output goes where that of this script goes."""
    command = [*HARNESS, "certify", "--url", url, "--run-dir", str(folder)]
    return subprocess.Popen(command)


def report(what: str, neighbour: Neighbour, before: dict[str, object], url: str) -> None:
    """Print what became of everything."""
    changes, strangers = find_changes(before, neighbour.look()), neighbour.find_strangers()
    print(
        f"== {what}: {len(changes)} of {len(before)} views of the neighbour changed; "
        f"{len(neighbour.threads)} threads, {len(neighbour.complaints)} complaints; "
        f"{len(find_ours(url))} things that carry the mark and {len(strangers)} strangers",
        flush=True,
    )
    for line in (*changes[:10], *neighbour.complaints[:10], *strangers[:10]):
        print(line, flush=True)


def main() -> None:
    """Run both certifications beside the neighbour."""
    folder = Path(tempfile.mkdtemp(prefix="onceproof-show-"))
    options = Options(stack="embedded", run_dir=folder / "server")
    with Session(options) as session, use_guest(Guest()):
        url = session.target.urls[0]
        neighbour = Neighbour(url)
        neighbour.move_in(THREADS)
        before = neighbour.look()
        report("moved in", neighbour, before, url)
        with neighbour.live(pause_s=0.5):
            print("exit status", certify(url, folder / "whole").wait(LIMIT_S), flush=True)
        report("after a whole certification", neighbour, before, url)
        before = neighbour.look()
        with neighbour.live(pause_s=0.5):
            run = certify(url, folder / "killed")
            assert wait_until(lambda: len(find_ours(url)) >= MANY, LIMIT_S)
            run.kill()
            run.wait()
        report("after kill -9", neighbour, before, url)
        status = subprocess.run(
            [*HARNESS, "clean", "--url", url, "--run-dir", str(folder / "killed")]
        )
        print("clean ended with", status.returncode, flush=True)
        report("after clean", neighbour, before, url)
        neighbour.close()


if __name__ == "__main__":
    main()
