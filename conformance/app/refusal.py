"""Why an application could not be hosted, in the words of whoever wrote it."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

from onceproof.conformance.errors import UsageError

_ASK_S = 30.0
_REFUSED = re.compile(r"^cannot start: (.+)$", re.MULTILINE)


def blame_app(folder: Path, said: str) -> None:
    """Raise UsageError if a process with its log in `folder` says that the application is why it
    did not start."""
    for log in sorted((folder / "logs").glob("*.log")):
        text = log.read_text(encoding="utf-8", errors="replace")
        if found := _REFUSED.search(text):
            raise UsageError(f"{said}: {found[1]}") from None


def build_all(url: str, graphs: Sequence[str], read_logs: Callable[[], str], said: str) -> None:
    """Draw each graph once: a factory is called for that, and its errors show now.

    UsageError names the first graph that cannot be built, and why.
    """
    with httpx.Client(base_url=url, timeout=_ASK_S, trust_env=False) as client:
        for graph in graphs:
            query = {"graph_id": graph, "limit": 1}
            found = client.post("/assistants/search", json=query).raise_for_status().json()
            answer = client.get(f"/assistants/{found[0]['assistant_id']}/schemas")
            if not answer.is_success:
                raise UsageError(f"{said}: {_describe_refusal(graph, answer, read_logs())}")


def _describe_refusal(graph: str, answer: httpx.Response, logs: str) -> str:
    raised = _read_exception(logs.rpartition(f"graph {graph!r}: its factory failed")[2])
    if raised is None:
        return f"graph {graph!r} cannot be used: {answer.text[:300]}"
    return f"graph {graph!r} cannot be built: its factory raised {raised}"


#: The last line of a traceback: an exception's class, and what it says.
_RAISED = re.compile(r"^((?:\w+\.)*\w*(?:Error|Exception|Exit|Interrupt|Warning)(?:: .*)?)$", re.M)


def _read_exception(text: str) -> str | None:
    """Return the last line of the last traceback; None without one."""
    _, traceback, lines = text.rpartition("Traceback (most recent call last):")
    found = _RAISED.findall(lines) if traceback else []
    return found[-1] if found else None
