"""The container's health script: status 0 when the process beside it answers `/ok`, else 1.

`--deep` asks for Postgres and Redis too. That suits a check before traffic is sent, not one that
ends a container which will recover by itself.
"""

import os
import sys
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

ANSWER_S = 4


def main() -> int:
    port = os.environ.get("PORT") or "8000"
    query = "?check_db=1" if "--deep" in sys.argv[1:] else ""
    try:
        # No proxy: one from the environment cannot reach this container's own port.
        with build_opener(ProxyHandler({})).open(
            f"http://127.0.0.1:{port}/ok{query}", timeout=ANSWER_S
        ) as answer:
            return 0 if answer.status == 200 else 1
    except (URLError, TimeoutError) as error:
        print(f"port {port}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
