"""The server's SQL. `schema/` is what the migration applies; `queries/` is asked for by name.

A query file has one subject. Each of its queries is a name, a description and the statement:

    -- name: COUNTS
    -- Count the runs that wait and those that are being executed.
    select ...

`sql.queue.COUNTS` is the text of that statement. Where it says `{queue.COUNTS}`, another statement
includes it; the file must come earlier in the list at the end, or the query earlier in its file.
Statements for a search whose conditions the client chooses are put together in `search.py` and
`store_search.py`, the only Python that composes SQL.
"""

import re
from importlib.resources import files

_FOLDER = files("onceproof.reference_impl.sql").joinpath("queries")
_NAME = re.compile(r"^-- name: (\w+)\n(?:--.*\n)+", re.MULTILINE)
_INCLUDE = re.compile(r"\{(\w+)\.(\w+)\}")
_loaded: dict[str, "Queries"] = {}


class Queries:
    """The queries of one subject as attributes; an unknown name is an AttributeError."""

    def __init__(self, subject: str):
        self._subject = subject
        _loaded[subject] = self
        _, *parts = _NAME.split(_FOLDER.joinpath(f"{subject}.sql").read_text(encoding="utf-8"))
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            vars(self)[name] = _INCLUDE.sub(_included_text, text).strip()

    def __getattr__(self, name: str) -> str:
        raise AttributeError(f"sql/queries/{self._subject}.sql has no query {name!r}")


def _included_text(include: re.Match[str]) -> str:
    subject, name = include.groups()
    return getattr(_loaded[subject], name)


assistants = Queries("assistants")
checkpoints = Queries("checkpoints")
crons = Queries("crons")
deployment = Queries("deployment")
idempotency = Queries("idempotency")
queue = Queries("queue")
runs = Queries("runs")
store = Queries("store")
streams = Queries("streams")
threads = Queries("threads")
webhooks = Queries("webhooks")
