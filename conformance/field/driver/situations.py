"""What is done on one thread, a method for each kind of situation."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from onceproof.conformance.field.driver.execution import Execution
from onceproof.conformance.field.driver.ours import OurRun
from onceproof.conformance.field.driver.watch import Watch
from onceproof.conformance.field.plan import Kind, Situation
from onceproof.conformance.field.words import MARK


class Player:
    """Plays situations, each on a thread of its own; `executions` are those begun so far."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.executions: list[Execution] = []

    async def play(self, number: int, situation: Situation) -> None:
        """Make a thread and do on it what the situation says."""
        watch = self._watch
        answer = await watch.api.post("/threads", json={"metadata": {MARK: watch.nonce}})
        answer.raise_for_status()
        thread: str = answer.json()["thread_id"]
        watch.note("mark", "thread.made", thread, {"kind": situation.kind})
        execution = Execution(watch, thread, Random(f"{watch.plan.seed} {number}"))
        self.executions.append(execution)
        await _KINDS[situation.kind](self, execution, situation)

    async def run_in_turn(self, execution: Execution, situation: Situation) -> None:
        """Run the inputs one after the other."""
        for number in situation.inputs:
            run = self._make(execution, number)
            await execution.execute(run)
            await execution.finish(run)

    async def wait(self, execution: Execution, situation: Situation) -> None:
        """Wait for the values of a run."""
        run = self._make(execution, situation.inputs[0])
        await execution.wait(run)
        await execution.finish(run)

    async def cancel(self, execution: Execution, situation: Situation) -> None:
        """Cancel a run as soon as it is seen to work: the longest there is, or it may be over."""
        run = self._make(execution, self._watch.choose_longest(situation.inputs[0]))
        async with asyncio.TaskGroup() as group:
            group.create_task(execution.execute(run))
            await run.begun.wait()
            await run.working.wait()
            if run.run_id is not None:
                await execution.cancel(run)
        await execution.finish(run)

    async def run_against(self, execution: Execution, situation: Situation) -> None:
        """Create runs at once, each to be rejected if another is under way."""
        runs = [self._make(execution, each, strategy="reject") for each in situation.inputs]
        async with asyncio.TaskGroup() as group:
            for run in runs:
                group.create_task(execution.execute(run))
        accepted = [run for run in runs if run.run_id is not None]
        await execution.finish((accepted or runs)[-1])

    async def run_together(self, execution: Execution, situation: Situation) -> None:
        """Create a second run as soon as the first is seen to work."""
        one, two = situation.inputs
        first = self._make(execution, one)
        async with asyncio.TaskGroup() as group:
            group.create_task(execution.execute(first))
            await first.working.wait()
            second = self._make(execution, two, strategy=situation.kind)
            await execution.execute(second)
        await execution.finish(first if second.run_id is None else second)

    def _make(self, execution: Execution, number: int, **more: str) -> OurRun:
        run = execution.make(self._watch.plan.inputs[number], **more)
        run.number = number
        return run


_KINDS: dict[Kind, Callable[[Player, Execution, Situation], Awaitable[None]]] = {
    "alone": Player.run_in_turn,
    "turns": Player.run_in_turn,
    "wait": Player.wait,
    "cancel": Player.cancel,
    "enqueue": Player.run_together,
    "interrupt": Player.run_together,
    "reject": Player.run_against,
    "rollback": Player.run_together,
}
