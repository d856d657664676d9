"""The health routes of a server that is up."""

from onceproof.conformance.access.media import read_media_type
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.client import Api


@requirement("SYS-01")
async def test_ok_says_ok_on_every_replica(api: Api) -> None:
    for place in range(len(api.urls)):
        body = expect(await api.get("/ok", at=place))
        same("ok", body.get("ok"), True)


@requirement("SYS-04")
async def test_the_root_answers_like_ok(api: Api) -> None:
    response = await api.get("/")
    if response.is_success and "json" not in read_media_type(response.headers):
        not_applicable("a custom application of the deployment answers on /")
    same("ok of GET /", expect(response).get("ok"), True)
