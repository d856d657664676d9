"""What the harness sees with its own eyes: servers of its own that graphs and targets call.

`Sink` witnesses each execution of a probe graph, `WebhookReceiver` each webhook delivery, `Beacon`
and `TraceCollector` what a deployment sends to licence and tracing services. All run on a thread of
their own, so a test may block while it waits for them.
"""

from onceproof.conformance.witness.board import WitnessTimeout
from onceproof.conformance.witness.hashing import chain_hash
from onceproof.conformance.witness.ledger import Execution
from onceproof.conformance.witness.services import Beacon, TraceCollector
from onceproof.conformance.witness.sink import Sink
from onceproof.conformance.witness.webhooks import Answer, Delivery, WebhookReceiver

__all__ = [
    "Answer",
    "Beacon",
    "Delivery",
    "Execution",
    "Sink",
    "TraceCollector",
    "WebhookReceiver",
    "WitnessTimeout",
    "chain_hash",
]
