"""Values that a search extracts from the threads it finds."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.openapi import claims
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

SEARCH = "/threads/search"
LIMIT = 10


@pytest.fixture
async def marker(runs: Runs, api: Api) -> str:
    """The marker of a thread whose ledger has three steps, on a target with `extract`."""
    made = uuid4().hex
    thread_id = await runs.new_thread(metadata={"marker": made})
    await runs.wait(thread_id, "chain", {"steps": 3})
    [found] = expect(await search(api, made, {"n": "values.nonce"}))
    if "extracted" not in found and not await claims(api, "POST", SEARCH, "extract"):
        not_applicable("the target's thread search does not support `extract`")
    return made


async def search(api: Api, marker: str, extract: dict[str, str]) -> httpx.Response:
    body = {"metadata": {"marker": marker}, "extract": extract}
    return await api.post(SEARCH, json=body)


@requirement("THR-13")
@pytest.mark.parametrize(
    ("path", "picked"),
    [
        ("values.steps", 3),
        ("values.log[0].i", 0),
        ("values.log[-1].i", 2),
        ("values.log[-3].i", 0),
    ],
)
async def test_a_path_picks_a_value(api: Api, marker: str, path: str, picked: Any) -> None:
    [found] = expect(await search(api, marker, {"alias": path}))
    same(f"extracted by {path}", found["extracted"], {"alias": picked})


@requirement("THR-13")
async def test_ten_paths_are_taken_each_under_its_alias(api: Api, marker: str) -> None:
    extract = {f"alias{n}": "metadata.marker" for n in range(LIMIT)}
    [found] = expect(await search(api, marker, extract))
    same("extracted", found["extracted"], dict.fromkeys(extract, marker))


@requirement("THR-13")
async def test_more_than_ten_paths_are_refused(api: Api, marker: str) -> None:
    extract = {f"alias{n}": "metadata.marker" for n in range(LIMIT + 1)}
    expect_refusal(await search(api, marker, extract), 422)


@requirement("THR-13")
@pytest.mark.parametrize("path", ["secrets.key", "nobody[0]"])
async def test_a_path_with_an_unknown_root_is_refused(api: Api, marker: str, path: str) -> None:
    expect_refusal(await search(api, marker, {"alias": path}), 422)
