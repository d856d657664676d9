"""testcontainers' own helper, Ryuk, which removes its containers once the harness is gone.

testcontainers starts it with the first container, so an engine that cannot pull Ryuk's image fails
in the name of another one, which is there. Here it is started first, in its own name.
"""

import docker.errors
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import Reaper
from testcontainers.core.exceptions import ContainerConnectException, ContainerStartException

from onceproof.conformance.errors import StackError
from onceproof.conformance.stacks.engine import reason

_FAILURES = (
    docker.errors.DockerException,
    ContainerConnectException,
    ContainerStartException,
    OSError,
)


def demand_reaper() -> None:
    """Start the helper unless the environment switches it off; StackError names its image."""
    if testcontainers_config.ryuk_disabled:
        return
    try:
        Reaper.get_instance()
    except _FAILURES as error:
        raise StackError(
            f"the helper image {testcontainers_config.ryuk_image!r} of testcontainers could not be "
            f"started ({reason(error)}); pull it, or do without it by "
            "TESTCONTAINERS_RYUK_DISABLED=true: onceproof removes its containers at the end"
        ) from error
