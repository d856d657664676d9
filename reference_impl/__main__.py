"""`python -m onceproof.reference_impl --role api|worker|all --port N`, set by the environment."""

import os
import signal

if __name__ == "__main__":
    # Until the server has its own handlers nothing is under way. The first process of a container
    # ignores signals that it has no handler for, and would be waited for in vain.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

    from onceproof.reference_impl.deployment.tracing import leave
    from onceproof.reference_impl.server import main

    leave(main())
