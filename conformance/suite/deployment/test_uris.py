"""The forms of URIs, and the names of variables, that configure the databases of a deployment."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.deployment.pair import Pair
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.deployments import Deployment
from onceproof.conformance.suite.kit.verdicts import inconclusive


@requirement("DEP-01", "DEP-06")
async def test_hosts_modes_and_numbers_may_stand_in_the_options_of_a_uri(pair: Pair) -> None:
    same("why it did not start with such URIs", pair.first.flaw, None)
    await demand_run(pair.first)


@requirement("DEP-08")
async def test_custom_variants_win(pair: Pair) -> None:
    same("why it did not start with such URIs", pair.second.flaw, None)
    await demand_run(pair.second)


@requirement("DEP-01", "DEP-06")
async def test_a_redis_uri_may_have_a_password(pair: Pair) -> None:
    if pair.second.flaw:
        inconclusive(
            f"it started only with the plain URIs, where no password is set: {pair.second.flaw}"
        )
    await demand_run(pair.second)


async def demand_run(deployment: Deployment) -> None:
    """Demand that it executes a run, which needs both its databases."""
    run, answer = await deployment.runs.wait(await deployment.runs.new_thread(), "chain", {})
    same("what it executed", [entry["nonce"] for entry in answer["log"]], [run.nonce] * 3)
