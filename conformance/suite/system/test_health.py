"""Is the server there, and does it say so."""

from conformance.register.marker import requirement
from conformance.suite.expect import answered, same
from conformance.wire.client import Api


@requirement("SYS-01")
async def test_ok_says_ok_on_every_replica(api: Api) -> None:
    for place in range(len(api.urls)):
        body = answered(await api.get("/ok", at=place))
        same("ok", body.get("ok"), True)
