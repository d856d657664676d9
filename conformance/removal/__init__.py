"""Removing what runs of the harness left on a target: that carries their mark, or is in a journal.

find     what is there of ours, kind by kind
remove   the removal of it, within a time limit, and what became of each thing

Whatever a search answers is looked at again here: a server that ignores a filter would otherwise
have everything removed.
"""

from onceproof.conformance.removal.remove import Account, remove_ours

__all__ = ["Account", "remove_ours"]
