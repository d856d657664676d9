"""What a target offers beyond HTTP, each by a name that the suite asks for.

A test asks `target.offers("fencing-log")` and never which kind of target it is judging, so a new
kind only has to list its `capabilities`. What is not offered is not demanded: the test then
settles for less, is inconclusive, or does not apply.

What we can do with the target:

levers                    kill, pause and restart its processes, by the levers of `target.levers`
second-deployment         start it again with other settings, beside the one under certification
proxies                   lead each replica to Postgres and Redis through fault proxies of its own
own-port                  see its own port refuse: no engine accepts connections in its place
port-variable             set the port that it listens on by the variable PORT
licence-service           name another licence service than its vendor's

What it is known to do, so that its absence is a failure and not a gap in our knowledge:

all-in-one                one process without workers executes runs, too
auth                      it asks who calls, as the auth module of its langgraph.json wants
header-list               no header reaches a graph that the deployment does not list
counted-event-ids         the ids of a stream's events count events
stream-gap                a reader whose events are lost receives the error StreamGap
fencing-log               its log has `FENCING_LOG` when it refuses the write of a zombie
fencing-metrics           /metrics counts the writes that it refused
refuses-shared-databases  it does not start on a database or a Redis number of another deployment
"""

from typing import Literal

Capability = Literal[
    "levers",
    "second-deployment",
    "proxies",
    "own-port",
    "port-variable",
    "licence-service",
    "all-in-one",
    "auth",
    "header-list",
    "counted-event-ids",
    "stream-gap",
    "fencing-log",
    "fencing-metrics",
    "refuses-shared-databases",
]

#: What a server with a "fencing-log" says there when it refuses the write of a zombie.
FENCING_LOG = "fenced: refused"

#: What every target offers that we start.
STARTED: frozenset[Capability] = frozenset({"levers", "second-deployment"})
