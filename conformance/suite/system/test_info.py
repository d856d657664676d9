"""What the server says about itself and its parts."""

from onceproof.conformance.history.vocabulary import NO_SUCH_ROUTE
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.wire.client import Api


@requirement("SYS-05")
async def test_info_names_the_version_and_the_flags(api: Api) -> None:
    for place in range(len(api.urls)):
        info = expect(await api.get("/info", at=place))
        version, flags = info.get("version"), info.get("flags")
        assert isinstance(version, str), f"version is {version!r}, but should be a string"
        assert version, "version is empty, but should name a version"
        assert isinstance(flags, dict), f"flags is {flags!r}, but should be an object"
        for name in ("assistants", "crons"):
            assert isinstance(flags.get(name), bool), (
                f"flag {name!r} is {flags.get(name)!r}, but should be true or false"
            )


@requirement("SYS-06")
async def test_the_flag_of_crons_agrees_with_their_routes(api: Api, observe: Observed) -> None:
    flag = expect(await api.get("/info"))["flags"].get("crons")
    response = await api.post("/runs/crons/search", json={"limit": 1})
    there = response.status_code not in NO_SUCH_ROUTE
    observe(f"flag crons: {flag}")
    assert flag is there, (
        f"the flag says crons={flag}, but POST /runs/crons/search answers {response.status_code}"
    )
