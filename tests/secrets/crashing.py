"""A server that ends with its environment as its last words: at its start, or after a while.

As those that print a whole configuration when they cannot go on.
"""

import json
import os
import sys
import time
from http.server import ThreadingHTTPServer

from tests.secrets.hostile import Handler

#: So many requests of a health check, and some tests.
BEARS = 40
START_S = 1.0


def cry() -> None:
    print(dict(os.environ), json.dumps(dict(os.environ)), sys.argv, sep="\n", flush=True)
    for name, value in os.environ.items():
        print(f"cannot go on with {name}={value}", file=sys.stderr, flush=True)
    os._exit(3)


class Fragile(Handler):
    asked = 0

    def handle_any(self) -> None:
        Fragile.asked += 1
        if Fragile.asked > BEARS:
            cry()
        super().handle_any()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any


if __name__ == "__main__":
    if "start" in sys.argv:
        time.sleep(START_S)
        cry()
    port = int(sys.argv[sys.argv.index("--port") + 1])
    ThreadingHTTPServer(("127.0.0.1", port), Fragile).serve_forever()
