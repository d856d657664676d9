"""One visit to one base URL: what the questions share."""

from dataclasses import dataclass, field

from onceproof.conformance.options import Options
from onceproof.conformance.wire.client import Api

#: No question waits longer for one answer.
ASK_S = 10.0


@dataclass
class Visit:
    """`url` is asked by `api`; `graphs` are those that the server is found to host."""

    url: str
    options: Options
    api: Api
    graphs: set[str] = field(default_factory=set)
