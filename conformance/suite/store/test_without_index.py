"""Search on a deployment without a vector index."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect_fields, same
from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.suite.kit.store_space import Space


@requirement("STO-15")
async def test_a_query_is_no_error(small: Small) -> None:
    async with Space(small.api) as space:
        for key in ("a", "b", "c"):
            await space.put(key, {"text": f"the letter {key}"})
        items = await space.search(query="the first letter", limit=2)
    same("the number of items found", len(items), 2)
    for item in items:
        expect_fields("the item", item, ("namespace", "key", "value", "score"))
        same("its score", item["score"], None)
