"""The report of a run in a browser, by a server on loopback that ends with Ctrl-C."""

import os
import sys
import threading
import webbrowser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click

from onceproof.conformance.commands.filled import option
from onceproof.conformance.stopping import stop_request

LOOPBACK = "127.0.0.1"

open_option = option(
    "--open",
    "open_report",
    is_flag=True,
    help="Serve the report on loopback at the end, until Ctrl-C, and show it in a browser.",
)


def show_report(report: Path) -> None:
    """Serve the report until it is asked to stop; not at all if it was: who did that wants out."""
    if stop_request.is_made:
        return
    server = _Server(report.read_bytes())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        click.echo(f"the report is at {server.url} until Ctrl-C")
        if _has_browser():
            webbrowser.open(server.url)
        stop_request.wait()
    finally:
        server.shutdown()
        server.server_close()


def _has_browser() -> bool:
    """Whether there is a screen: a browser of text would take the terminal."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform == "darwin" or any(os.environ.get(name) for name in screens)


class _Server(ThreadingHTTPServer):
    """Serves one page, to nobody but this machine."""

    daemon_threads = True

    def __init__(self, page: bytes) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.page = page
        self.hosts = {f"{name}:{self.server_port}" for name in (LOOPBACK, "localhost")}

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        # A page of another site may have a name of its own lead here: that name is in the header.
        if self.headers.get("host") not in self.server.hosts:
            self.send_error(421)
        elif self.path.partition("?")[0] != "/":
            self.send_error(404)
        else:
            self._send_page()

    def _send_page(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(self.server.page)))
        self.send_header("cache-control", "no-store")
        self.end_headers()
        self.wfile.write(self.server.page)

    def log_message(self, format: str, *args: object) -> None:
        """Write no log: the terminal shows the summary."""
