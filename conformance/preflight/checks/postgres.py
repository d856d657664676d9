"""Whether the Postgres beneath the target is what such a server needs, if its URI is given."""

import asyncio

from onceproof.conformance.preflight.finding import Finding
from onceproof.conformance.preflight.stack.asked import ask_stack
from onceproof.conformance.preflight.stack.postgres import read_postgres
from onceproof.conformance.preflight.visit import Visit

PLACE = 100


async def ask(visit: Visit) -> list[Finding]:
    """Answer with its version and connections, and with a line for each thing that is wrong."""
    uri = visit.options.database_uri
    if not uri:
        return []
    visit.postgres, findings = await asyncio.to_thread(ask_stack, read_postgres, uri)
    return findings
