"""Deployments that are broken in one way each."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from onceproof.conformance.errors import UNAVAILABLE, USAGE
from onceproof.conformance.probes import GRAPHS

RUN = "11111111-1111-1111-1111-111111111111"


@dataclass(frozen=True)
class Broken:
    """A server's answers by the end of their paths, and the line that names what is wrong."""

    line: str
    status: int = 0
    answers: Mapping[str, tuple[int, object]] = field(default_factory=dict)
    date: str | None = None


WELL: dict[str, tuple[int, object]] = {
    "/ok": (200, {"ok": True}),
    "/info": (200, {"version": "1.2"}),
    "/threads/search": (200, []),
    "/assistants/search": (200, [{"graph_id": name} for name in GRAPHS]),
    "/runs": (200, [{"status": "success"}]),
    "/runs/stream": (200, {}),
}
AGENT = {"/assistants/search": (200, [{"graph_id": "agent"}, {"graph_id": "echo"}])}
BROKEN = {
    "file server": Broken(
        "what answers there is no Agent Server (/ok 404, /info 404); give the base URL",
        UNAVAILABLE,
        {"/ok": (404, {}), "/info": (404, {})},
    ),
    "no database": Broken("/ok answers 500; read in its log what it lacks", 0, {"/ok": (500, {})}),
    "no key": Broken(
        "it answers 403 to a read without credentials; give what it asks for",
        USAGE,
        {"/threads/search": (403, {})},
    ),
    "no probes": Broken(
        f"it lacks {len(GRAPHS) - 1} of the {len(GRAPHS)} probe graphs (", 0, AGENT
    ),
    "nothing tried": Broken(
        "whether runs are executed is not tried without the probe 'ticks'; host it to see", 0, AGENT
    ),
    "garbage": Broken(
        f"it hosts none of the {len(GRAPHS)} probe graphs; host what",
        0,
        {"/assistants/search": (200, "?")},
    ),
    "no worker": Broken(
        "a run is accepted, but still pending after 0.5 s; see whether a worker is alive",
        UNAVAILABLE,
        {"/runs": (200, [{"status": "pending"}])},
    ),
    "other network": Broken("its node did not reach the harness at http://127.0.0.1:"),
    "wrong clock": Broken(
        "behind ours; set both clocks by the same time server", date="Mon, 01 Jan 2024 00:00:00 GMT"
    ),
    "read only": Broken(
        "a run of the probe 'ticks' is refused with 405; read in its log why",
        0,
        {"/runs/stream": (405, {})},
    ),
}


@contextmanager
def run_broken(broken: Broken) -> Iterator[str]:
    """Run such a server; yield its URL."""
    answers = {**WELL, **broken.answers}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            longest = max((end for end in answers if self.path.endswith(end)), key=len, default="")
            status, value = answers.get(longest, (404, {}))
            content = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_DELETE = do_GET

        def date_time_string(self, timestamp: float | None = None) -> str:
            return broken.date or super().date_time_string(timestamp)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
