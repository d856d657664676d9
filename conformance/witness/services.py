"""Stand-ins for the two services outside that a deployment may be configured to call.

Beacon          authenticates licence keys and takes usage reports
TraceCollector  takes traces as LangSmith does
"""

import asyncio
import time

from onceproof.conformance.witness.connection import Request, Response
from onceproof.conformance.witness.webhooks import Answer, Delivery, WebhookReceiver

VERIFY = "/v1/beacon/verify"
#: The documented path of usage reports, and the one that the vendor's code uses.
SUBMIT = ("/v1/metadata/submit", "/v1/beacon/metadata/submit")


class Beacon(WebhookReceiver):
    """Answers verifications with `verify` and usage reports with `usage`, which may be changed."""

    name = "beacon"

    def __init__(self, *, verify: int = 200, usage: int = 200, host: str = "127.0.0.1") -> None:
        super().__init__(host=host)
        self._verify = verify
        self.usage = usage

    @property
    def verifications(self) -> list[Delivery]:
        """The requests to authenticate a key."""
        return [each for each in self.deliveries if each.path == VERIFY]

    @property
    def reports(self) -> list[Delivery]:
        """The usage reports, refused ones included."""
        return [each for each in self.deliveries if each.path in SUBMIT]

    def answer_to(self, request: Request) -> Answer:
        """Answer according to the question, not to the order of arrival."""
        return Answer(self._verify if request.path == VERIFY else self.usage)


class TraceCollector(WebhookReceiver):
    """Takes everything; from `hang` on it says nothing any more to whoever asks."""

    name = "trace collector"

    def __init__(self, *, host: str = "127.0.0.1") -> None:
        super().__init__(200, host=host)
        self._hangs_since: float | None = None

    def hang(self) -> None:
        """Leave every further request without an answer."""
        self._hangs_since = time.monotonic()

    async def receive(self, request: Request) -> Response:
        answer = await super().receive(request)
        while self._hangs_since is not None:
            await asyncio.sleep(0.1)
        return answer
