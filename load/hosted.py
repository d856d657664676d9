"""Whether the server hosts the graphs that the users run, asked once before they begin.

Only a list of assistants that is answered and lacks one says that it is missing: whoever has no
such list, or is busy, is loaded as it is.
"""

import orjson

from onceproof.conformance.errors import MissingProbe, UsageError
from onceproof.conformance.wire.probes import ProbeGuard
from onceproof.load.connection import Connection, NoAnswer
from onceproof.load.graphs import GRAPHS
from onceproof.load.own import ASSISTANT
from onceproof.load.session import Session

_ASK_S = 10.0
#: A server that fills a page with others pays no heed to the filter.
_LIMIT = 100


def demand_graphs(session: Session) -> None:
    """Raise MissingProbe if the first host lists assistants, and none of a graph that is needed.

    UsageError if that graph is the operator's own.
    """
    if session.own is not None:
        _demand_own(session, session.own.name)
        return
    hosted = {name: _lists(session, name) for name in GRAPHS}
    missing = [name for name, listed in hosted.items() if listed is False]
    if missing:
        guard = ProbeGuard([*GRAPHS, ""], missing)
        raise MissingProbe(f"no load at {session.hosts[0]}: {guard.explain(*missing)}")


def _demand_own(session: Session, name: str) -> None:
    if _lists(session, name) is not False:
        return
    connection = Connection(session.hosts[0], session.headers, _ASK_S)
    try:
        is_there = connection.exchange("GET", f"/assistants/{name}").status == 200
    except NoAnswer:
        return
    finally:
        connection.close()
    if not is_there:
        raise UsageError(
            f"{ASSISTANT}={name} is not hosted at {session.hosts[0]}: name a graph or an assistant "
            "of its own"
        )


def _lists(session: Session, graph: str) -> bool | None:
    """Whether there is an assistant of the graph; None if that cannot be found out."""
    connection = Connection(session.hosts[0], session.headers, _ASK_S)
    body = orjson.dumps({"graph_id": graph, "limit": _LIMIT})
    try:
        reply = connection.exchange("POST", "/assistants/search", body)
        rows = orjson.loads(reply.take())
    except (NoAnswer, OSError, ValueError):
        return None
    finally:
        connection.close()
    if not isinstance(rows, list):
        return None
    if any(isinstance(row, dict) and row.get("graph_id") == graph for row in rows):
        return True
    return None if len(rows) >= _LIMIT else False
