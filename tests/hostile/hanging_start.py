"""A server that serves when it is started first, and hangs in each later start.

python hanging_start.py PORT JOURNAL
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"ok": True, "version": "1"}).encode())

    def log_message(self, *args: object) -> None:
        pass


port, journal = int(sys.argv[1]), Path(sys.argv[2])
later = journal.exists()
with journal.open("a") as lines:
    lines.write("started\n")
if later:
    threading.Event().wait()
ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
