"""Bodies that nest too deeply are found by their brackets alone."""

import orjson
import pytest

from onceproof.reference_impl.api.thread_search import MAX_STEPS, extract, split_path
from onceproof.reference_impl.http import nests_deeper


@pytest.mark.parametrize(
    "text, depth",
    [
        (b"[[]]", 2),
        (b'{"a": [{"b": {}}]}', 4),
        (b"[" + b"[],{}," * 500 + b"[]]", 2),
        (b'{"a": "[[[[", "b": ["]]"]}', 2),
        (rb'["\"[[[", "\\", [{}]]', 3),
        (b"[" * 300 + b"]" * 300, 300),
    ],
)
def test_the_depth_is_that_of_the_containers(text: bytes, depth: int) -> None:
    orjson.loads(text)
    assert nests_deeper(text, depth - 1)
    assert not nests_deeper(text, depth)


def test_a_path_of_many_steps_is_refused() -> None:
    assert len(split_path("values" + ".a" * (MAX_STEPS - 1))) == MAX_STEPS
    with pytest.raises(ValueError, match="more than 32 steps"):
        split_path("values" + ".a" * 100_000)


def test_a_path_that_leads_nowhere_ends_there() -> None:
    assert extract({"values": None}, "values.a[0].b") is None
