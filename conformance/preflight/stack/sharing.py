"""Who uses one of a deployment's two databases, but not the other.

Two deployments of the same software look alike in a database that they share: the same keys, the
same names of clients. But each process of a deployment uses both its Postgres and its Redis, so an
address that is seen in only one of them is of somebody else: of another deployment that was given
the same Redis number and a Postgres database of its own, say. It may as well be a tool, so this is
a question. Where no address is seen in both, something stands between, such as a pooler, and
nothing is said.
"""

from collections.abc import Iterator

from onceproof.conformance.preflight.stack.flaw import Flaw
from onceproof.conformance.preflight.stack.postgres import Postgres
from onceproof.conformance.preflight.stack.redis import Redis
from onceproof.reports.text import join_names


def find_strangers(postgres: Postgres, redis: Redis) -> Iterator[Flaw]:
    """Yield who is a client of only one of the two."""
    in_postgres, in_redis = set(postgres.addresses), set(redis.addresses)
    if not in_postgres & in_redis:
        return
    if others := sorted(in_redis - in_postgres):
        yield Flaw(
            f"clients at {join_names(others, 4)} use number {redis.number} of this Redis, but not "
            f"database {postgres.database!r}: are they of another deployment?",
            "if so, give each one a Redis number, or better a Redis, of its own",
        )
    if others := sorted(in_postgres - in_redis):
        yield Flaw(
            f"clients at {join_names(others, 4)} use database {postgres.database!r}, but not "
            f"number {redis.number} of this Redis: are they of another deployment?",
            "if so, give each one a database of its own",
        )
