"""Search by meaning, on a target with an index."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.store_space import Space
from onceproof.conformance.suite.kit.verdicts import not_applicable

QUERY = "a cat sleeps on the sofa"
TEXTS = {
    "same": QUERY,
    "close": "a kitten sleeps on the couch",
    "far": "quarterly revenue of the steel industry",
}


@pytest.fixture
async def indexed_space(space: Space) -> Space:
    """A space with TEXTS in it, on a target that scores them."""
    for key, text in TEXTS.items():
        await space.put(key, {"text": text})
    if all(item.get("score") is None for item in await space.search(query=QUERY)):
        not_applicable("the target has no index: a search with a query gives no scores")
    return space


@requirement("STO-13")
async def test_a_query_ranks_by_score(indexed_space: Space) -> None:
    items = await indexed_space.search(query=QUERY)
    scores = [item["score"] for item in items]
    same("the order of the scores", scores, sorted(scores, reverse=True))
    same("the best of them", items[0]["key"], "same")


@requirement("STO-14")
async def test_an_item_chooses_what_is_indexed(indexed_space: Space) -> None:
    await indexed_space.put("left-out", {"text": QUERY}, index=False)
    await indexed_space.put("other-path", {"text": QUERY, "title": TEXTS["far"]}, index=["title"])
    scores = {item["key"]: item["score"] for item in await indexed_space.search(query=QUERY)}
    assert scores.get("left-out") is None, f"an item with index=false scored {scores['left-out']}"
    other = scores.get("other-path")
    assert other is None or other < scores["same"], (
        f"an item that indexes another field scored {other} by the field that it does not index"
    )
