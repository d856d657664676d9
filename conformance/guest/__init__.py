"""What makes the harness a good guest: it knows again what it made, and keeps to its budget.

mark       what everything that is made on a target carries: in metadata, and first in a namespace
body       what a request's body says
creation   which requests make something, and how they are given the mark
journal    what could not be given the mark, written down in the run's folder
foreign    which requests touch what others made
budget     how many requests a second may be sent, over all processes of a run
host       which guest this process is, and variables that say so to other processes
"""

from onceproof.conformance.guest.host import Guest, current_guest, use_guest
from onceproof.conformance.guest.mark import Mark, has_mark, without_mark

__all__ = ["Guest", "Mark", "current_guest", "has_mark", "use_guest", "without_mark"]
