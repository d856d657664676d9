"""Which faults can be played on a deployment that runs already: by its levers, and by its URLs."""

from collections.abc import Collection

from onceproof.conformance.errors import UsageError
from onceproof.conformance.faults.catalogue import FAULT_KINDS
from onceproof.conformance.faults.wiring import can_lead
from onceproof.conformance.options import Options
from onceproof.conformance.targets.addresses import parse_urls
from onceproof.conformance.targets.shell import parse_levers

#: The lever that each fault of processes pulls.
PULLS = {
    "worker-killed": "kill",
    "worker-stalled": "pause",
    "worker-drained": "terminate",
    "api-killed": "kill",
    "api-restarted": "terminate",
    "all-killed": "kill",
}
#: Faults of Postgres and Redis that need hands on both, and nothing in between.
OF_SERVICES = ("postgres-restarted", "postgres-killed", "redis-restarted")
#: Faults of the runs' own making: no hand is needed.
OF_RUNS = ("loop-blocked", "reader-stalled", "reader-slow")
#: Faults between the clients and one API replica, through a proxy of ours.
OF_WAYS = ("ack-lost", "answer-truncated")


def choose_faults(options: Options, wanted: Collection[str]) -> tuple[str, ...]:
    """Return the kinds to play: those wanted, or else all that can be; UsageError for any other."""
    possible = _list_possible(options)
    for fault in wanted:
        if fault not in possible:
            raise UsageError(
                f"--fault {fault} cannot be played on a server that runs already; with these "
                f"levers and URLs there are {', '.join(possible)}"
            )
    return tuple(wanted) or possible


def _list_possible(options: Options) -> tuple[str, ...]:
    levers = {*parse_levers(options.levers), *(options.found.levers if options.found else ())}
    if not {"kill", "pause", "terminate"} & levers:
        raise UsageError(
            "chaos breaks processes, so it has to start them or to have levers on them: give "
            "--levers compose:PROJECT or kubernetes:NAMESPACE/SELECTOR, or --lever, beside --url; "
            "or --command, or nothing for the reference server, in place of it"
        )
    pulled = [fault for fault, lever in PULLS.items() if lever in levers]
    pulled += OF_RUNS
    pulled += OF_WAYS if _has_ways(options) else ()
    pulled += OF_SERVICES if options.found and options.found.has_stack else ()
    return tuple(fault for fault in FAULT_KINDS if fault in pulled)


def _has_ways(options: Options) -> bool:
    """Whether each URL is of a replica, and a proxy of ours can lead there."""
    urls = [each.url for each in parse_urls(options.urls)]
    if options.found is not None and {each.url for each in options.found.replicas} - {*urls, None}:
        return False
    own = not options.found or {each.url for each in options.found.replicas} >= set(urls)
    return own and all(map(can_lead, urls))
