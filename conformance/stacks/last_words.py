"""The end of what a process wrote, for a message: the last line says why it ended."""

from onceproof.conformance.secrets import SECRETS

#: A line that is longer loses its beginning, and what came before is left out.
LONGEST = 400
#: Lines before the last one are quoted while all of it is no longer than this.
SHORT = 100
LINES = 3


def quote_end(text: str) -> str:
    """Return the last line, whole if it can be, and a few before it if they are short."""
    # Hidden first: of a secret that lost its beginning nobody would recognise the rest.
    text = SECRETS.hide(text)
    written = [line.strip() for line in text.splitlines() if line.strip()]
    if not written:
        return ""
    quoted = written[-1] if len(written[-1]) <= LONGEST else f"...{written[-1][-LONGEST:]}"
    for line in reversed(written[-LINES:-1]):
        if len(line) + len(quoted) > SHORT:
            break
        quoted = f"{line} | {quoted}"
    return quoted
