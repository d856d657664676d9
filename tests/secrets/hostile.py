"""A server that gives everything away: it answers 500 with all that it was sent, and logs it.

Its health is fine, so that it is certified. Started by a command it also repeats its own command
line and its environment, in each encoding that a body may have.
"""

import base64
import html
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote


class Handler(BaseHTTPRequestHandler):
    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        if self.path in ("/ok", "/info"):
            return self.answer(200, json.dumps({"ok": True, "version": "1"}))
        login = self.headers.get("authorization", "").partition(" ")[2]
        key = self.headers.get("x-api-key", "")
        given = [key, base64.b64decode(login + "==").decode("latin-1"), self.requestline]
        given += [str(self.headers), body, *sys.argv, *self.environment()]
        text = "\n".join(given)
        if __name__ == "__main__":
            print(text, file=sys.stderr, flush=True)
        echoes = [text, quote(text), quote(text, safe=""), html.escape(text), repr(text)]
        echoes += [base64.b64encode(text.encode()).decode(), text.encode().hex()]
        return self.answer(500, json.dumps({"detail": echoes}))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def environment(self) -> list[str]:
        return [f"{name}={value}" for name, value in os.environ.items() if "ecre" in value]

    def log_message(self, *args: object) -> None:
        pass

    def answer(self, status: int, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    port = int(sys.argv[sys.argv.index("--port") + 1])
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
