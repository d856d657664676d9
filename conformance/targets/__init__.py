"""Who is certified: a running deployment by URL, or one that we start.

kind        started by us   levers   strength of its identity
url         no              no       observed
command     yes             yes      declared
image       yes             yes      verified
reference   yes             yes      verified
"""

from onceproof.conformance.targets.base import Levers, Replica, ReplicaCounts, Target
from onceproof.conformance.targets.kinds.command import CommandTarget, EnvOf, nothing_of_its_own
from onceproof.conformance.targets.kinds.reference import ReferenceTarget
from onceproof.conformance.targets.url import UrlTarget

__all__ = [
    "CommandTarget",
    "EnvOf",
    "Levers",
    "ReferenceTarget",
    "Replica",
    "ReplicaCounts",
    "Target",
    "UrlTarget",
    "nothing_of_its_own",
]
