"""A server that is healthy, and answers no POST.

python late_server.py PORT JOURNAL
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

    def do_POST(self) -> None:
        with Path(sys.argv[2]).open("a", encoding="utf-8") as journal:
            journal.write("asked\n")
        threading.Event().wait()

    def log_message(self, *args: object) -> None:
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
