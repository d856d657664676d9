"""Whether the Redis beneath the target is what such a server needs, if its URI is given."""

import asyncio

from onceproof.conformance.preflight.finding import Finding
from onceproof.conformance.preflight.stack.asked import ask_stack
from onceproof.conformance.preflight.stack.redis import read_redis
from onceproof.conformance.preflight.visit import Visit

PLACE = 110


async def ask(visit: Visit) -> list[Finding]:
    """Answer with its version and memory, and with a line for each thing that is wrong."""
    uri = visit.options.redis_uri
    if not uri:
        return []
    visit.redis, findings = await asyncio.to_thread(ask_stack, read_redis, uri)
    return findings
