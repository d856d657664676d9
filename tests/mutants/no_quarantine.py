"""A run that has lost its worker is executed among others again, and takes that worker, too."""

from onceproof.reference_impl.core import quarantine
from onceproof.reference_impl.core.execution import Execution
from onceproof.reference_impl.services import Parts

CAUGHT_BY = ("QUE-29",)


class Quarantine(quarantine.Quarantine):
    def admit(self, run):
        return Execution(self._engine, run)


PARTS = Parts(quarantine=Quarantine)
