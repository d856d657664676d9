"""`onceproof certify` with the suite's tests in the order of ONCEPROOF_SOAK_SEED."""

import sys
from pathlib import Path

from onceproof.conformance.cli import main
from onceproof.conformance.runner import suite_session

if __name__ == "__main__":
    # Lanes are processes of their own, which take over the path and the plugins of this one.
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    suite_session.PLUGINS = (*suite_session.PLUGINS, "tests.soak.order")
    sys.argv[1:1] = ["certify"]
    main()
