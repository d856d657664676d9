"""The user's variables for clients of PostgreSQL: none of the business of a server that we start.

`PGSSLMODE=require`, set for some other database, would be obeyed by every client of the harness and
of the target, and refused by a server on the loopback interface.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_postgres_variables() -> Iterator[None]:
    """Remove every `PG*` variable from the environment of this process during the block."""
    saved = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("PG")}
    try:
        yield
    finally:
        os.environ.update(saved)
