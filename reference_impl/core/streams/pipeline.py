"""Redis commands that are sent together: one packet for all commands of the same moment."""

from collections.abc import Sequence
from typing import Any

import redis.asyncio as redis

from onceproof.reference_impl.core.group_commit import Gather

Command = tuple[Any, ...]


class Commands(Gather[Command, Any]):
    """`await commands(("PUBLISH", channel, payload))`; raises what Redis or the driver raises.

    A batch whose connection fails is sent again as a whole, so every command must be repeatable.
    """

    def __init__(self, client: redis.Redis):
        super().__init__(self._send_pipeline, size=_size)
        self._client = client

    async def _send_pipeline(self, commands: list[Command]) -> Sequence[Any]:
        async with self._client.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)
            answers: list[Any] = await pipe.execute(raise_on_error=False)
        return answers


class Channels(Gather[tuple[bool, bytes], None]):
    """Subscribes to channels (True) and leaves them (False), in the order of the calls."""

    def __init__(self, pubsub: redis.client.PubSub):
        super().__init__(self._apply_changes)
        self._pubsub = pubsub

    async def _apply_changes(self, changes: list[tuple[bool, bytes]]) -> Sequence[None]:
        place = 0
        while place < len(changes):
            wanted = changes[place][0]
            end = next(
                (n for n in range(place, len(changes)) if changes[n][0] != wanted), len(changes)
            )
            channels = [channel for _, channel in changes[place:end]]
            await (self._pubsub.subscribe if wanted else self._pubsub.unsubscribe)(*channels)
            place = end
        return [None] * len(changes)


def _size(command: Command) -> int:
    return sum(len(part) for part in command if isinstance(part, bytes))
