"""The REST operations of the API as data, for tests that try all routes.

Health and description routes are not part of the matrices of bodies and ids. Routes of another
protocol (MCP, A2A, event streaming v2) have their own form of errors and are left out.
"""

import re
from dataclasses import dataclass
from uuid import uuid4

NAME = re.compile(r"{(\w+)}")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `body` says whether it takes a JSON body."""

    method: str
    path: str
    body: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def ids(self) -> tuple[str, ...]:
        """The names in the path, such as thread_id."""
        return tuple(NAME.findall(self.path))

    def at(self, **ids: str) -> str:
        """Return the path with these ids in it; an id that is missing becomes an unknown one."""
        return NAME.sub(lambda match: ids.get(match[1]) or str(uuid4()), self.path)


def _parse_operations(table: str) -> tuple[Operation, ...]:
    """Parse lines of a method, a path, and `+` if the operation takes a JSON body."""
    rows = [line.split() for line in table.strip().splitlines()]
    return tuple(Operation(method, path, body=bool(rest)) for method, path, *rest in rows)


SYSTEM = _parse_operations("""
    GET    /ok
    GET    /info
    GET    /metrics
""")

CORE = _parse_operations("""
    POST   /assistants +
    POST   /assistants/search +
    POST   /assistants/count +
    GET    /assistants/{assistant_id}
    PATCH  /assistants/{assistant_id} +
    DELETE /assistants/{assistant_id}
    GET    /assistants/{assistant_id}/graph
    GET    /assistants/{assistant_id}/schemas
    POST   /assistants/{assistant_id}/versions +
    POST   /assistants/{assistant_id}/latest +
    POST   /threads +
    POST   /threads/search +
    POST   /threads/count +
    GET    /threads/{thread_id}
    PATCH  /threads/{thread_id} +
    DELETE /threads/{thread_id}
    POST   /threads/{thread_id}/copy
    GET    /threads/{thread_id}/state
    POST   /threads/{thread_id}/state +
    GET    /threads/{thread_id}/state/{checkpoint_id}
    POST   /threads/{thread_id}/state/checkpoint +
    GET    /threads/{thread_id}/history
    POST   /threads/{thread_id}/history +
    GET    /threads/{thread_id}/runs
    POST   /threads/{thread_id}/runs +
    POST   /threads/{thread_id}/runs/stream +
    POST   /threads/{thread_id}/runs/wait +
    GET    /threads/{thread_id}/runs/{run_id}
    DELETE /threads/{thread_id}/runs/{run_id}
    GET    /threads/{thread_id}/runs/{run_id}/join
    GET    /threads/{thread_id}/runs/{run_id}/stream
    POST   /threads/{thread_id}/runs/{run_id}/cancel
    POST   /runs +
    POST   /runs/stream +
    POST   /runs/wait +
    POST   /runs/batch +
    POST   /runs/cancel +
    PUT    /store/items +
    GET    /store/items
    DELETE /store/items +
    POST   /store/items/search +
    POST   /store/namespaces +
""")

EXTENSIONS = _parse_operations("""
    GET    /assistants/{assistant_id}/subgraphs
    GET    /assistants/{assistant_id}/subgraphs/{namespace}
    POST   /threads/prune +
    GET    /threads/{thread_id}/stream
    GET    /threads/{thread_id}/storage
    GET    /runs/{run_id}/stream
    POST   /runs/crons +
    POST   /runs/crons/search +
    POST   /runs/crons/count +
    GET    /runs/crons/{cron_id}
    PATCH  /runs/crons/{cron_id} +
    DELETE /runs/crons/{cron_id}
    POST   /threads/{thread_id}/runs/crons +
""")

_SHAPES = [
    (operation.method, re.compile(NAME.sub("[^/]+", operation.path)))
    for operation in (*SYSTEM, *CORE, *EXTENSIONS)
]


def is_api(method: str, path: str) -> bool:
    """Return whether this is a call of an operation listed here."""
    return any(listed == method and shape.fullmatch(path) for listed, shape in _SHAPES)
