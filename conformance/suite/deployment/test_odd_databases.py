"""Databases as operators have them: a cluster's node for a Redis, a password of every sign."""

from urllib.parse import quote, urlsplit, urlunsplit
from uuid import uuid4

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.deployment.boots import boot, start_in_vain
from onceproof.conformance.suite.deployment.cluster_node import serve_cluster_node
from onceproof.conformance.suite.deployment.contents import run_query
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.deployments import require_startable, reserve_databases
from onceproof.conformance.suite.kit.verdicts import inconclusive

PASSWORD = "p@s/s#w%o:r?d"


@requirement("DEP-36")
async def test_a_node_of_a_redis_cluster_ends_the_start(session: Session) -> None:
    require_startable(session)
    async with (
        reserve_databases(session) as databases,
        serve_cluster_node(session.sink.host) as redis_uri,
    ):
        made = await start_in_vain(session, {**databases.env, "REDIS_URI": redis_uri})
    same("whether it served", made.serves, False)
    assert made.status, f"the exit status is {made.status}, but should not be 0"
    assert made.output.strip(), "it ended without a word"
    assert "Traceback (most recent call last)" not in made.output, made.output[-500:]


@requirement("DEP-06")
async def test_a_password_may_have_every_sign_and_is_not_printed(session: Session) -> None:
    require_startable(session)
    async with reserve_databases(session) as databases:
        role, parts = f"odd_{uuid4().hex[:8]}", urlsplit(databases.database_uri)
        if not parts.hostname:
            inconclusive("the stack's Postgres is reached by a socket, which asks for no password")
        await run_query(databases.database_uri, f"create role {role} login password '{PASSWORD}'")
        await run_query(databases.database_uri, f"grant all on schema public to {role}")
        word, place = quote(PASSWORD, safe=""), parts.netloc.rpartition("@")[2]
        uri = urlunsplit(parts._replace(netloc=f"{role}:{word}@{place}"))
        async with boot(session, {**databases.env, "DATABASE_URI": uri}) as made:
            same("whether it served", made.serves, True)
        printed = [text for text in (PASSWORD, word) if text in made.output]
        same("what it printed of the password", printed, [])
        await run_query(databases.database_uri, f"drop owned by {role} cascade")
        await run_query(databases.database_uri, f"drop role {role}")
