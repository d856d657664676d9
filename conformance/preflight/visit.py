"""One visit to one base URL: what the questions share."""

from dataclasses import dataclass

from onceproof.conformance.options import Options
from onceproof.conformance.preflight.stack.postgres import Postgres
from onceproof.conformance.preflight.stack.redis import Redis
from onceproof.conformance.preflight.trial import Trial
from onceproof.conformance.wire.client import Api

#: No question waits longer for one answer.
ASK_S = 10.0


@dataclass
class Visit:
    """`url` is asked by `api`. `probes` are those that the server is found to host; `trial` is the
    one run, None before it and without the probe; `postgres` and `redis` are what was read of the
    stack, if it is known."""

    url: str
    options: Options
    api: Api
    probes: frozenset[str] = frozenset()
    trial: Trial | None = None
    postgres: Postgres | None = None
    redis: Redis | None = None
