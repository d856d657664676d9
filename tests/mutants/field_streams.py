"""What people report of streams: each of these habits is met by the requirement for it.

Streamed messages have ids of their own. An attempt that loses its database tells its clients of an
error. A finished run whose stream is joined is taken for one that goes on. State that mentions an
interrupt is taken for one.
"""

from types import FunctionType, SimpleNamespace
from uuid import uuid4

from onceproof.reference_impl.api import following, streams
from onceproof.reference_impl.core import execution
from onceproof.reference_impl.core.checkpoints.writer import StorageAway
from onceproof.reference_impl.core.streams import events
from onceproof.reference_impl.services import Parts

CAUGHT_BY = ("STR-04", "STR-33", "STR-34", "RSM-19")

name_events, outcome = events.Translator._name_events, execution.Execution._outcome


def name_oddly(self, mode, chunk):
    if mode == "messages":
        message, metadata = chunk
        chunk = message.model_copy(update={"id": str(uuid4())}), metadata
    if mode == "values" and "__interrupt__" in str(chunk.get("text")):
        chunk = {"__interrupt__": []}
    return name_events(self, mode, chunk)


async def say_everything(self):
    try:
        return await outcome(self)
    except StorageAway as error:
        self._attempt.publication.emit("error", {"error": "StorageAway", "message": str(error)})
        raise


async def never(services, run_id):
    return False


patient = FunctionType(following.follow.__code__, vars(following) | {"is_over": never})
patient.__kwdefaults__ = following.follow.__kwdefaults__


events.Translator._name_events = name_oddly
execution.Execution._outcome = say_everything
streams.following = SimpleNamespace(**vars(following) | {"is_over": never, "follow": patient})
PARTS = Parts()
