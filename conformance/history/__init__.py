"""The record of a certification: one append-only log, one clock, four outcomes."""

from conformance.history.files import merge, read
from conformance.history.packing import DamagedHistory, Seal, exists, pack, seal
from conformance.history.record import CUT, Kind, Record
from conformance.history.recorder import Recorder

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
