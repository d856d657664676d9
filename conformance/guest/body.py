"""The body of a request, as far as it is JSON: who looks at it does not judge it."""

import json
from typing import Any


def decode_request(content: bytes | str) -> Any:
    """Return the JSON of a request's body; None if it is none, or too deep to be read."""
    try:
        return json.loads(content if isinstance(content, str) else content.decode())
    except (ValueError, RecursionError):
        return None
