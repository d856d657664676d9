"""The stand-in server as an image: what the tests of containers of ours run."""

import os
from collections.abc import Callable

from onceproof.conformance.targets.container import INSIDE
from onceproof.conformance.targets.kinds.image import ImageTarget

Make = Callable[..., ImageTarget]

#: The stand-in server in a container, among the probes.
SERVE = f"python3 {INSIDE}/stand_in_server.py --host 0.0.0.0 --port 8000"

#: An image with Python in it, to run the stand-in server.
PYTHON_IMAGE = os.environ.get("PYTHON_IMAGE", "python:3.12-slim")
