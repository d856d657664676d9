"""Secrets that the harness is given, and their absence from everything that it writes.

find       where secrets stand: in words of a command line, URLs, headers, names of variables
documents  the same in JSON, `.env` files and private keys
forms      how a secret looks in what is written: as it is, or encoded in one of several ways
registry   all that are known in this process, and text without them
files      the same for files that others wrote, such as logs
terminal   the same for standard output and standard error

Whoever reads an option or a variable that may hold a secret adds it to `SECRETS`; whoever writes a
file passes it through `SECRETS.hide_bytes`. Evidence is hidden before anything is derived from it,
so that `recheck` arrives at the same document without knowing a single secret.
"""

from onceproof.conformance.secrets.registry import HIDDEN, SECRETS

__all__ = ["HIDDEN", "SECRETS"]
