"""The record of a certification: one append-only log, one clock, four outcomes."""

from onceproof.conformance.history.files import merge, read
from onceproof.conformance.history.packing import DamagedHistory, Seal, exists, pack, seal
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.recorder import Recorder
from onceproof.conformance.history.vocabulary import CUT, Kind

__all__ = [
    "CUT",
    "DamagedHistory",
    "Kind",
    "Record",
    "Recorder",
    "Seal",
    "exists",
    "merge",
    "pack",
    "read",
    "seal",
]
