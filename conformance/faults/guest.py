"""Whether a Redis that is not ours may be emptied: by the operator's word, after a look at it.

FLUSHALL takes every numbered database with it, and a subscriber that is cut may be anybody's.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

import redis

from onceproof.conformance.errors import NeedsExclusive
from onceproof.conformance.guest.foreign import EMPTIES, explain
from onceproof.conformance.session import Session

#: Of a key's name in a message.
SHOWN = 40
WORD = "--may-flush-redis"


def demand_own_redis(session: Session) -> None:
    """Raise NeedsExclusive unless Redis is ours, or may be emptied and holds nothing foreign."""
    if session.stack.offers("own-servers"):
        return
    options = session.options
    if not options.is_exclusive:
        raise NeedsExclusive(explain(EMPTIES))
    if not options.may_flush_redis:
        raise NeedsExclusive(f"{EMPTIES}: {WORD} GLOB says which keys a Redis of yours may lose")
    foreign = next(find_foreign_keys(session.stack.redis_uri, options.may_flush_redis), None)
    if foreign is not None:
        raise NeedsExclusive(
            f"{EMPTIES}, which holds {foreign[:SHOWN]!r} and maybe more that no {WORD} names: "
            "give the target a Redis of its own, or name what may be lost"
        )


def find_foreign_keys(uri: str, patterns: tuple[str, ...]) -> Iterator[str]:
    """Yield the keys of all numbered databases that are like none of the patterns."""
    # One connection: the number in a URI would win over one that is asked for besides.
    with redis.Redis.from_url(uri, socket_timeout=5, single_connection_client=True) as client:
        for name in client.info("keyspace"):
            client.execute_command("SELECT", name.removeprefix("db"))
            for key in client.scan_iter(count=1000):
                text = key.decode("utf-8", "replace")
                if not any(fnmatchcase(text, pattern) for pattern in patterns):
                    yield text
