"""The forms and names in which a deployment is told of its databases."""

from conformance.register.marker import requirement
from conformance.suite.deployment.pair import Pair
from conformance.suite.expect import answered, same


@requirement("DEP-01", "DEP-06")
async def test_hosts_modes_and_numbers_may_stand_in_the_options_of_a_uri(pair: Pair) -> None:
    same("why it did not start with such URIs", pair.first.flaw, None)
    run, answer = await pair.first.runs.wait(await pair.first.runs.new_thread(), "chain", {})
    same("what it executed", [entry["nonce"] for entry in answer["log"]], [run.nonce] * 3)


@requirement("DEP-01", "DEP-06", "DEP-08")
async def test_custom_variants_win_and_a_redis_uri_may_have_a_password(pair: Pair) -> None:
    same("why it did not start with such URIs", pair.second.flaw, None)
    for url in pair.second.target.urls:
        answered(await pair.second.api.get(f"{url}/ok", params={"check_db": "1"}))
