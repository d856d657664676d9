"""`python -m reference_impl --role api|worker|all --port N`, configured by the environment."""

import sys

from reference_impl.server import main

if __name__ == "__main__":
    sys.exit(main())
