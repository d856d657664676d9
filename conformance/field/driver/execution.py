"""One run from its creation to its last view, and the answers to what it asks."""

import asyncio
import time
from itertools import cycle
from random import Random
from typing import Any

from onceproof.conformance.field.driver.ours import OurRun
from onceproof.conformance.field.driver.readers import CUT, JOINED, LIVE, FieldReader
from onceproof.conformance.field.driver.watch import Watch, refusal_of
from onceproof.conformance.field.extract import digest_keys
from onceproof.conformance.field.words import ENDED, RUN_MARK
from onceproof.conformance.history.values import Json
from onceproof.conformance.history.vocabulary import TERMINAL
from onceproof.conformance.wire.handles import locate
from onceproof.conformance.wire.sanitise import digest

MODES = ("values", "updates", "checkpoints", "tasks", "messages-tuple", "custom")
POLL_FIRST_S, POLL_LAST_S = 0.1, 2.0
#: A run that is unknown so often in a row is not asked for any more.
GONE_AFTER = 6
#: A run whose create was not answered is looked for so often, and so many seconds apart.
SEEKS, SEEK_S = 40, 0.5
#: So many questions of one thread are answered at most.
ANSWERS = 8


class Execution:
    """Creates and follows the runs of one thread."""

    def __init__(self, watch: Watch, thread: str, random: Random) -> None:
        self._watch, self.thread, self._random = watch, thread, random
        self._answers = cycle(watch.plan.answers)
        self.runs: list[OurRun] = []

    def make(self, value: Any, *, strategy: str = "enqueue", **fields: Any) -> OurRun:
        """Make a run that is not yet created; `fields` go into its record."""
        plan, label = self._watch.plan, self._watch.name_run()
        body: Json = {
            "assistant_id": plan.assistant,
            "input": value,
            "metadata": {RUN_MARK: f"{self._watch.nonce}.{label}"},
            "stream_mode": list(MODES),
            "stream_subgraphs": True,
            "stream_resumable": True,
            "on_disconnect": "continue",
            "multitask_strategy": strategy,
        }
        body |= {n: v for n, v in (("context", plan.context), ("config", plan.config)) if v}
        run = OurRun(label, self.thread, body)
        recorded = {"thread_id": self.thread, "strategy": strategy, "input": digest(value)}
        self._watch.note("invoke", "run.create", label, {**recorded, **fields})
        self.runs.append(run)
        return run

    async def execute(self, run: OurRun) -> None:
        """Create a run, follow it by two readers and by polling, and join it once it is over."""
        async with asyncio.TaskGroup() as group:
            group.create_task(FieldReader(self._watch, run, LIVE).create())
            await run.begun.wait()
            if run.run_id is None and self._watch.is_patient:
                await self._seek(run)
            if run.run_id is None:
                return
            cut = FieldReader(self._watch, run, CUT)
            group.create_task(cut.follow_with_cuts(self._random))
            group.create_task(self.poll(run))
        if run.status in TERMINAL:
            self._watch.note_length(run)
            await self._watch.join(run, 1)
            await FieldReader(self._watch, run, JOINED).join()

    async def _seek(self, run: OurRun) -> None:
        """Look for a run whose create was not answered while something was broken.

        It is there or it will never be: a server that answers the list has come back.
        """
        for turn in range(SEEKS):
            found = await self._watch.find_run(run, turn)
            if found is not None:
                run.run_id = found or None
                break
            await asyncio.sleep(SEEK_S)
        if run.run_id is not None:
            value = {"thread_id": self.thread, "run_id": run.run_id}
            self._watch.note("ok", "run.create", run.label, value)

    async def wait(self, run: OurRun) -> None:
        """Create a run by waiting for its values."""
        watch, body = self._watch, {**run.body}
        for name in ("stream_mode", "stream_subgraphs", "stream_resumable"):
            body.pop(name)
        path = f"/threads/{self.thread}/runs/wait"
        answer = await watch.api.post(path, json=body, at=0, timeout_s=watch.plan.deadline_s)
        if not answer.is_success:
            kind, value = refusal_of(answer)
            watch.note(kind, "run.create", run.label, {"thread_id": self.thread, **value})
            return
        run.run_id = locate(answer).get("run_id")
        value = {"thread_id": self.thread, "run_id": run.run_id}
        watch.note("ok", "run.create", run.label, value)
        keys = digest_keys(answer.json())
        watch.note("ok", "run.result", run.label, {"via": "wait", "replica": 0, "keys": keys})
        if run.run_id is not None:
            await self.poll(run)

    async def poll(self, run: OurRun) -> None:
        """Read the run on every replica in turn, ever more slowly, until it is over."""
        deadline = time.monotonic() + self._watch.plan.deadline_s
        pause_s, replica = POLL_FIRST_S, 0
        while time.monotonic() < deadline:
            run.status = await self._watch.read_run(run, replica)
            if run.status in TERMINAL or run.unknown_reads >= GONE_AFTER:
                return
            await asyncio.sleep(pause_s)
            pause_s, replica = min(pause_s * 1.5, POLL_LAST_S), replica + 1

    async def cancel(self, run: OurRun) -> None:
        """Cancel a run and wait until it is."""
        call_t = time.monotonic_ns()
        answer = await self._watch.api.post(
            f"{run.path}/cancel", params={"wait": "true"}, timeout_s=self._watch.plan.deadline_s
        )
        kind, value = refusal_of(answer)
        self._watch.note(kind, "run.cancel", run.label, {**value, "call_t": call_t})

    async def finish(self, run: OurRun) -> None:
        """Read every view of the thread after a run, and answer what it asks, if answers are
        given."""
        questions = await self._watch.show(self.thread, ENDED, run=run.label)
        for _ in range(ANSWERS):
            if not questions or not self._watch.plan.answers or run.status not in TERMINAL:
                return  # an answer would wait behind a run that has not ended
            run = await self._answer(questions)
            questions = await self._watch.show(self.thread, ENDED, run=run.label)

    async def _answer(self, questions: list[str]) -> OurRun:
        """Answer one question: by its id if there are more, so that the others stay open."""
        value = next(self._answers)
        resume = {questions[0]: value} if len(questions) > 1 else value
        run = self.make(None, answers=questions[:1], questions=questions)
        run.body["command"] = {"resume": resume}
        await self.execute(run)
        return run
