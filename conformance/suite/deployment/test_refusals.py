"""A start that cannot go well ends soon, with a sentence and a status, and serves nothing."""

import asyncio

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.deployment.boots import START_S, Boot, start_in_vain
from onceproof.conformance.suite.deployment.pair import NOWHERE, PREFIX, Pair
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.deployments import reserve_databases
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.concurrency import gather_within_limit

SECRET = "quite-a-secret"


def demand_refusal(what: str, made: Boot) -> None:
    """Demand that it ended with a status other than 0 and a message, and never was healthy."""
    __tracebackhide__ = True
    same(f"{what}: whether it served", made.serves, False)
    assert made.settled, f"{what}: it neither ended nor served for {START_S:g} s"
    assert made.status, f"{what}: the exit status is {made.status}, but should not be 0"
    assert made.output.strip(), f"{what}: it ended with status {made.status} and said nothing"
    assert SECRET not in made.output, f"{what}: it printed the password"


@requirement("DEP-10", "DEP-11")
async def test_a_bad_uri_ends_the_start(pair: Pair, session: Session, observe: Observed) -> None:
    async with reserve_databases(session) as databases:
        good = databases.env
        cases = {
            "no URI": {},
            "another kind of database": {**good, "DATABASE_URI": f"mysql://u:{SECRET}@h/d"},
            "no database number": {**good, "REDIS_URI": f"redis://:{SECRET}@127.0.0.1/none"},
            "no Postgres there": {**good, "DATABASE_URI": f"postgres://u:{SECRET}@{NOWHERE}/d"},
            "no Redis there": {**good, "REDIS_URI": f"redis://:{SECRET}@{NOWHERE}/0"},
        }
        boots = await gather_within_limit(
            (start_in_vain(session, env) for env in cases.values()), 2
        )
    for what, made in zip(cases, boots, strict=True):
        demand_refusal(what, made)
        observe(f"{what}: exit status {made.status}")


@requirement("DEP-04")
async def test_a_live_deployments_redis_number_or_database_is_refused_to_another(
    pair: Pair, session: Session, observe: Observed
) -> None:
    shared = {"REDIS_KEY_PREFIX": PREFIX}
    async with reserve_databases(session) as other:
        cases = {
            "the same Redis number": {**other.env, "REDIS_URI": pair.first.databases.redis_uri},
            "the same database": {**other.env, "DATABASE_URI": pair.first.databases.database_uri},
        }
        starts = [start_in_vain(session, {**shared, **env}) for env in cases.values()]
        for what, made in zip(cases, await asyncio.gather(*starts), strict=True):
            if made.serves and not session.target.offers("refuses-shared-databases"):
                not_applicable(f"{what}: the target leaves this to its documentation")
            demand_refusal(what, made)
            observe(f"{what}: exit status {made.status}")
