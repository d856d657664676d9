"""A server without authentication does not ask for credentials."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.exclusive import spare_others
from onceproof.conformance.suite.kit.matrix import Probe, ask, blame
from onceproof.conformance.suite.kit.routes import CORE, SYSTEM, Operation
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.targets import Target
from onceproof.conformance.wire.client import Api

ASKS = frozenset({401, 403, 407})


@requirement("AUT-16")
async def test_no_route_asks_for_credentials(api: Api, session: Session, target: Target) -> None:
    operations = spare_others((*SYSTEM, *CORE), session)
    probes = [make_harmless_probe(operation) for operation in operations]
    answers = await ask(api, probes)
    asking = [probe for probe, response in answers if response.status_code in ASKS]
    protected = len(asking) >= len(operations) - len(SYSTEM)
    if protected and not target.offers("second-deployment"):
        not_applicable("every route asks for credentials: authentication is configured")
    wrong = [str(probe) for probe in asking]
    blame(wrong, len(answers), "possible without credentials")


def make_harmless_probe(operation: Operation) -> Probe:
    """Make a probe that changes nothing: with an unknown id, or a body that is refused."""
    options = {"content": b"{", "headers": {"content-type": "application/json"}}
    return Probe(operation.method, operation.at(), options if operation.body else {})
