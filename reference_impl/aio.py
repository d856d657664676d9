"""The end of what a process does in the background."""

import asyncio
import contextlib


async def ended(task: asyncio.Task[None] | None) -> None:
    """Cancel a task that was begun and return when it is over; what it failed with is raised."""
    if task is not None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
