"""Whether the Redis beneath the target is what such a server needs, if its URI is given."""

import asyncio

from onceproof.conformance.preflight.finding import Finding
from onceproof.conformance.preflight.stack.asked import ask_stack
from onceproof.conformance.preflight.stack.redis import read_redis
from onceproof.conformance.preflight.visit import Visit

PLACE = 110


async def ask(visit: Visit) -> Finding | None:
    """Answer with its version and memory, and with what is wrong."""
    uri = visit.options.redis_uri
    return await asyncio.to_thread(ask_stack, read_redis, uri) if uri else None
