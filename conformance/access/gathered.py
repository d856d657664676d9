"""How often an answer was asked for that comes bit by bit: streams, and waits with signs of life.

Where a gateway gathers answers and passes them on in one lump, a test that asked for one cannot
tell the server's part from the gateway's.
"""

import re
from dataclasses import dataclass

_BIT_BY_BIT = re.compile(r"/(?:stream|wait|join)(?:[/\s]|$)")


def is_about_streams(text: str) -> bool:
    """Return whether a text has such a path in it."""
    return bool(_BIT_BY_BIT.search(text))


@dataclass
class Asked:
    """A count that only grows."""

    count: int = 0

    def note(self, path: str) -> None:
        """Count a request for this path, if its answer comes bit by bit."""
        self.count += is_about_streams(path.partition("?")[0])


#: Of this process.
ASKED = Asked()
