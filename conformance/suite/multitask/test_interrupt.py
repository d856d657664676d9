"""Strategy interrupt: the earlier run stops, its progress stays, and the new run follows."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.reads import Observed, ledger_entries, read_ledger
from onceproof.conformance.suite.multitask.displaced import displace
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: How long a node may go on after its run has been shown as interrupted.
DEADLINE_NS = 1_000_000_000


@requirement("MUL-07")
async def test_interrupt_stops_the_earlier_run_and_keeps_its_progress(
    runs: Runs, sink: Sink
) -> None:
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id, step=2, steps=4) as earlier:
        newcomer = await runs.create(
            thread_id, "chain", {"steps": 2}, multitask_strategy="interrupt"
        )
        same("status of the earlier run", await runs.until_terminal(earlier), "interrupted")
        values = await runs.join(newcomer)
    kept = [(earlier.nonce, 0), (earlier.nonce, 1)]
    same("the log", ledger_entries(values), [*kept, (newcomer.nonce, 0), (newcomer.nonce, 1)])
    same("status of the new run", await runs.status(newcomer), "success")
    same("status of the earlier run", await runs.status(earlier), "interrupted")
    last_of_earlier = max(one.begin_t for one in sink.executions(earlier.nonce))
    first_of_new = min(one.begin_t for one in sink.executions(newcomer.nonce))
    assert first_of_new > last_of_earlier, "the new run began before the earlier one's last step"


@requirement("MUL-10")
async def test_an_interrupted_node_stops_acting(runs: Runs, sink: Sink) -> None:
    """The node gives a sign every 200 ms; the new run takes longer than the deadline."""
    thread_id = await runs.new_thread()
    earlier = await runs.create(thread_id, "slow", {"seconds": 3})
    await sink.async_wait_for(earlier.nonce, "ping", 2)
    newcomer = await runs.create(
        thread_id, "slow", {"seconds": 1.5}, multitask_strategy="interrupt"
    )
    same("status of the earlier run", await runs.until_terminal(earlier), "interrupted")
    [first] = await sink.async_wait_for(newcomer.nonce, "begin")
    same("status of the new run", await runs.until_terminal(newcomer), "success")
    [execution] = sink.executions(earlier.nonce)
    same("effects of the interrupted node", execution.effects, [])
    over_ns = execution.last_t - first.begin_t
    assert over_ns < DEADLINE_NS, f"the interrupted node was alive {over_ns / 1e9:.1f} s later"


@requirement("MUL-09")
async def test_interrupt_reaches_every_waiting_run(
    runs: Runs, sink: Sink, observe: Observed
) -> None:
    scene = await displace(runs, sink, "interrupt", become="interrupted")
    log = await read_ledger(runs.api, scene.thread_id)
    same("the thread's log", log, [(scene.running.nonce, 0), (scene.newcomer.nonce, 0)])
    touched = await runs.status(scene.delayed) != "pending"
    observe(f"interrupt and a delayed run: {'interrupted' if touched else 'left untouched'}")
    if not touched:
        await runs.cancel(scene.delayed)
    same("status of the delayed run", await runs.until_terminal(scene.delayed), "interrupted")


@requirement("MUL-12")
async def test_interrupt_on_an_idle_thread_is_a_plain_run(runs: Runs) -> None:
    thread_id = await runs.new_thread()
    before, _ = await runs.wait(thread_id, "chain", {"steps": 2}, multitask_strategy="interrupt")
    handle, values = await runs.wait(
        thread_id, "chain", {"steps": 2}, multitask_strategy="interrupt"
    )
    wanted = [(each.nonce, i) for each in (before, handle) for i in range(2)]
    same("the log", ledger_entries(values), wanted)
    same("status of the first run", await runs.status(before), "success")
    same("status of the second run", await runs.status(handle), "success")
