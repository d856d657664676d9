"""A reference server that is slower by a share of its work: `slower.py SHARE --role R --port N`.

Whenever a run is accepted or finished, the process computes for SHARE of the CPU time that it has
used since the last time. So every build of the server is slowed alike, on any machine.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

if __name__ == "__main__":
    from onceproof.reference_impl.core import queue
    from onceproof.reference_impl.server import main
    from onceproof.reference_impl.services import Parts

    SHARE = float(sys.argv[1])

    class Queue(queue.Queue):
        used_s = time.process_time()

        async def accept(self, requests):
            self.burn()
            return await super().accept(requests)

        async def finish(self, run, outcome):
            self.burn()
            await super().finish(run, outcome)

        def burn(self) -> None:
            until_s = time.process_time() + SHARE * (time.process_time() - Queue.used_s)
            while time.process_time() < until_s:
                pass
            Queue.used_s = time.process_time()

    sys.exit(main(sys.argv[2:], Parts(queue=Queue)))
