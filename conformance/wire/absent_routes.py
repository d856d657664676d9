"""Routes that a target does not have: each is missing once, for the requirement that asks for it.

Whatever else a test asks for on such a route proves nothing about its own requirement, neither by
failing nor by getting the 404 that it hopes for. A route is absent if the target's own OpenAPI
document leaves it out and it answers 404 or 405; without a document nothing is known to be absent.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from onceproof.conformance.errors import MissingRoute

_HTTP_METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "PATCH"})
_NO_ROUTE = frozenset({404, 405})
_NAME = re.compile(r"{[^}/]*}")

#: The route, and who demands it. Basic ones, which nothing could be judged without, are left out,
#: as is what a server need not have.
_OWNERS = """
    POST   /assistants/count                           AST-18
    GET    /assistants/{}/graph                        AST-19
    GET    /assistants/{}/schemas                      AST-20
    POST   /assistants/{}/versions                     AST-09
    POST   /assistants/{}/latest                       AST-10
    POST   /threads/count                              THR-12
    POST   /threads/{}/copy                            THR-08
    POST   /threads/{}/history                         STA-03 STA-04
    GET    /threads/{}/state/{}                        STA-06
    POST   /threads/{}/state/checkpoint                STA-06
    GET    /threads/{}/runs/{}/join                    RUN-18
    DELETE /threads/{}/runs/{}                         RUN-28
    POST   /runs/batch                                 RUN-24
    POST   /runs/cancel                                CAN-09
    POST   /store/namespaces                           STO-09
"""
_ROWS = [line.split() for line in _OWNERS.strip().splitlines()]
OWNERS: Mapping[tuple[str, str], frozenset[str]] = {
    (method, shape): frozenset(ids) for method, shape, *ids in _ROWS
}

#: The requirements that the test under way is bound to; it may see what is missing for them.
JUDGED: set[str] = set()


class RouteGuard:
    """Knows the routes of `OWNERS` that an OpenAPI document leaves out."""

    def __init__(self, document: object = None) -> None:
        listed = _list_operations(document)
        absent = OWNERS.keys() - listed if listed else ()
        self._absent = {each: _compile(each[1]) for each in absent}

    @property
    def absent(self) -> Collection[tuple[str, str]]:
        """Method and shape of each."""
        return self._absent.keys()

    def demand(self, method: str, path: str, status: int) -> None:
        """Raise MissingRoute for such an answer of an absent route, unless the test judges it."""
        if status not in _NO_ROUTE:
            return
        for (listed, shape), pattern in self._absent.items():
            owners = OWNERS[listed, shape]
            if listed == method and pattern.fullmatch(path) and not owners & JUDGED:
                judge = " and ".join(sorted(owners))
                raise MissingRoute(
                    f"the target has no route {method} {shape.replace('{}', '{id}')}, which "
                    f"{judge} {'judge' if len(owners) > 1 else 'judges'}"
                )


def _list_operations(document: object) -> frozenset[tuple[str, str]]:
    """Method and shape of each operation of a document; empty if it is none."""
    paths: Any = document.get("paths") if isinstance(document, Mapping) else None
    if not isinstance(paths, Mapping):
        return frozenset()
    return frozenset(
        (method.upper(), _NAME.sub("{}", path).rstrip("/"))
        for path, item in paths.items()
        if isinstance(item, Mapping)
        for method in item
        if method.upper() in _HTTP_METHODS
    )


def _compile(shape: str) -> re.Pattern[str]:
    return re.compile(re.escape(shape).replace(re.escape("{}"), "[^/]+"))
