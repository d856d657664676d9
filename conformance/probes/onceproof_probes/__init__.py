"""What the probe graphs share. Needs nothing but the standard library.

A distinctive top-level name: servers put the folder of langgraph.json on the path, and a module
called `shared` or `utils` would meet others of that name there.
"""

from onceproof_probes.execution import Execution, once, report_execution
from onceproof_probes.line import Json, SinkError
from onceproof_probes.numbered import NumberedEvents, chain_hash

__all__ = [
    "Execution",
    "Json",
    "NumberedEvents",
    "SinkError",
    "chain_hash",
    "once",
    "report_execution",
]
