"""A cron is deleted with the thread or assistant that it uses."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.suite.kit.crons import Crons
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs


@requirement("CRN-13")
async def test_the_crons_of_a_deleted_thread_are_gone(crons: Crons, aside: Runs) -> None:
    doomed, other = await aside.new_thread(), await aside.new_thread()
    made = await crons.new(doomed)
    await crons.new(other)
    expect(await aside.delete_thread(doomed), 200, 204)
    expect_refusal(await crons.delete(made["cron_id"]), 404)
    same("crons of the deleted thread", await crons.count(thread_id=doomed), 0)
    same("crons of another thread", await crons.count(thread_id=other), 1)


@requirement("CRN-13")
async def test_the_crons_of_a_deleted_assistant_are_gone(
    api: Api, crons: Crons, aside: Runs
) -> None:
    async with Assistants(api) as assistants:
        # Some servers do not create a second assistant that equals the first.
        configs = [{"configurable": {"number": number}} for number in range(2)]
        made = [await assistants.new(config=each) for each in configs]
        doomed, other = (each["assistant_id"] for each in made)
        stateless = await crons.new(assistant_id=doomed)
        on_thread = await crons.new(await aside.new_thread(), assistant_id=doomed)
        await crons.new(assistant_id=other)
        expect(await api.delete(f"/assistants/{doomed}"), 200, 204)
        for cron in (stateless, on_thread):
            expect_refusal(await crons.delete(cron["cron_id"]), 404)
        same("crons of the deleted assistant", await crons.count(assistant_id=doomed), 0)
        same("crons of another assistant", await crons.count(assistant_id=other), 1)
