"""The record of a certification: one append-only log, one clock, four outcomes."""

from conformance.history.files import DamagedHistory, merge, read
from conformance.history.record import CUT, Kind, Record
from conformance.history.recorder import Recorder

__all__ = ["CUT", "DamagedHistory", "Kind", "Record", "Recorder", "merge", "read"]
