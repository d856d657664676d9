"""The smallest possible server, to be started, broken and stopped by the tests of the targets."""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--role", default="all")
parser.add_argument("--host", default="127.0.0.1")
parser.add_argument("--call", help="fetch this address first, and print its status")
parser.add_argument("--shift", type=int, default=0, help="listen on a port this far from --port")
parser.add_argument("--exit", type=int, help="exit with this status instead of serving")
parser.add_argument("--health", default="/ok", help="the only health path")
parser.add_argument("--status", type=int, default=200, help="what the health path answers")
parser.add_argument("--deaf", action="store_true", help="ignore SIGTERM")
parser.add_argument("--journal", help="file in which it notes that it begins, and that it serves")
parser.add_argument("--litter", action="store_true", help="start a child in a session of its own")
options = parser.parse_args()
terms = 0


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        pages = {
            options.health: {"ok": True},
            "/info": {"version": "1.2.3"},
            "/environ": dict(os.environ),
        }
        status = options.status if self.path == options.health else 200
        self.send_response(status if self.path in pages else 404)
        self.end_headers()
        self.wfile.write(json.dumps(pages.get(self.path)).encode())

    def log_message(self, *args: object) -> None:
        pass


def drain(*_: object) -> None:
    """Go on for a while after the first SIGTERM, and print how many came."""
    global terms
    terms += 1
    print("SIGTERM", terms, flush=True)
    if terms == 1 and not options.deaf:
        threading.Timer(0.2, lambda: os._exit(7)).start()


def note(what: str) -> None:
    if options.journal:
        with open(options.journal, "a", encoding="utf-8") as journal:
            journal.write(f"{what}\n")


note("begins")
if options.exit is not None:
    print("cannot reach the database", file=sys.stderr)
    sys.exit(options.exit)
signal.signal(signal.SIGTERM, drain)
if options.litter:
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    print("child", child.pid, flush=True)
if options.call:
    print("called:", urllib.request.urlopen(options.call, timeout=5).status, flush=True)
server = ThreadingHTTPServer((options.host, options.port + options.shift), Handler)
print("serving as", options.role, flush=True)
note("serves")
server.serve_forever()
