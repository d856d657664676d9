"""A reference server with one part replaced by a broken one: `run.py MUTANT --role R --port N`.

Each module beside this one is a mutant: `PARTS` is what the server is built from, `CAUGHT_BY` the
requirements that must fail on it. The server's own code knows nothing of mutants.
"""

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

if __name__ == "__main__":
    from onceproof.reference_impl.server import main

    mutant = importlib.import_module(f"tests.mutants.{sys.argv[1]}")
    sys.exit(main(sys.argv[2:], mutant.PARTS))
