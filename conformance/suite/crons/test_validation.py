"""What is refused when a cron is created or changed."""

from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.crons.beats import parse_time
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.crons import NEVER, PATH, Crons
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.wire.any_graph import any_graph
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

BAD_SCHEDULES = [
    "",
    "tomorrow",
    "* * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * 32 * *",
    "* * * 13 *",
    "* * * * 9",
    "a b c d e",
    "*/0 * * * *",
    "1,,2 * * * *",
    "-1 * * * *",
]


@requirement("CRN-01")
@pytest.mark.parametrize("schedule", BAD_SCHEDULES)
async def test_a_bad_schedule_is_refused(crons: Crons, schedule: str) -> None:
    mark = {"refused": uuid4().hex}
    expect_refusal(await crons.ask(schedule=schedule, metadata=mark), 422)
    same("crons left behind", await crons.search(metadata=mark), [])


@requirement("CRN-01")
@pytest.mark.parametrize("body", [{"schedule": None}, {"schedule": 5}, {"schedule": ["* * * * *"]}])
async def test_a_schedule_that_is_no_text_is_refused(crons: Crons, body: dict[str, Any]) -> None:
    expect_refusal(await crons.ask(**body), 422)


@requirement("CRN-01")
@pytest.mark.parametrize("missing", ["schedule", "assistant_id"])
async def test_what_a_cron_cannot_do_without_is_asked_for(
    api: Api, crons: Crons, missing: str
) -> None:
    body = {"assistant_id": any_graph(), "schedule": NEVER}
    del body[missing]
    expect_refusal(await api.post(PATH, json=body), 422)


@requirement("CRN-01")
async def test_an_unknown_assistant_or_thread_is_not_found(crons: Crons, runs: Runs) -> None:
    thread_id = await runs.new_thread()
    nobody = str(uuid4())
    expect_refusal(await crons.ask(assistant_id=nobody), 404)
    expect_refusal(await crons.ask(thread_id, assistant_id=nobody), 404)
    expect_refusal(await crons.ask(nobody), 404)


@requirement("CRN-03")
@pytest.mark.parametrize("timezone", ["Nowhere/Land", "Europe", "../UTC", "UTC+25", ""])
async def test_an_unknown_timezone_is_refused(crons: Crons, timezone: str) -> None:
    expect_refusal(await crons.ask(timezone=timezone), 422)


@requirement("CRN-10")
async def test_a_change_of_nothing_is_refused(crons: Crons, api: Api) -> None:
    made = await crons.new()
    expect_refusal(await api.patch(f"{PATH}/{made['cron_id']}", json={}), 400)


@requirement("CRN-10")
async def test_a_bad_change_is_refused_and_changes_nothing(crons: Crons, api: Api) -> None:
    made = await crons.new()
    path = f"{PATH}/{made['cron_id']}"
    for change in ({"schedule": "* * * *"}, {"timezone": "Nowhere/Land"}):
        expect_refusal(await api.patch(path, json={"metadata": {"half": "done"}, **change}), 422)
    [shown] = [each for each in await crons.search() if each["cron_id"] == made["cron_id"]]
    for name in ("schedule", "timezone", "metadata", "next_run_date"):
        same(f"{name} after it", shown.get(name), made.get(name))


@requirement("CRN-16")
async def test_a_sixth_field_is_for_seconds_or_refused(crons: Crons, observe: Observed) -> None:
    response = await crons.ask(schedule="30 12 1 1 * 45")
    if response.status_code == 422:
        observe("a sixth field is refused")
        expect_refusal(response, 422)
        return
    observe("a sixth field is for seconds")
    date = parse_time(expect(response)["next_run_date"])
    same("next date", f"{date:%m-%d %H:%M:%S}", "01-01 12:30:45")
    expect_refusal(await crons.ask(schedule="30 12 1 1 * 60"), 422)


@requirement("CRN-16")
async def test_seven_fields_are_not_taken_for_five(crons: Crons, observe: Observed) -> None:
    response = await crons.ask(schedule="30 12 1 1 * 45 2099")
    if response.status_code == 422:
        observe("a seventh field is refused")
        return
    observe("a seventh field is for years")
    date = parse_time(expect(response)["next_run_date"])
    same("next date", f"{date:%Y-%m-%d %H:%M:%S}", "2099-01-01 12:30:45")
