"""What a body may cost is known before it is decoded, and its NULs and depth are dealt with."""

from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onceproof.reference_impl import body
from onceproof.reference_impl.body import (
    MAX_DEPTH,
    MAX_WEIGHT,
    IncomingBody,
    Unreadable,
    decode_json,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    "before, after, depth",
    [
        (b"", b"", 0),
        (b'{"a":', b"}", 1),
        (b'{"a": [{"b": ', b"}]}", 3),
        (b"[" + b"[],{}," * 500, b"]", 1),
        (b'{"[[[[": "[[[[", "a":', b', "b": ["]]"]}', 1),
        (rb'["\"[[[", "\\", {"a": ', b"}]", 2),
    ],
)
def test_the_depth_is_that_of_the_containers(before: bytes, after: bytes, depth: int) -> None:
    deepest = b"[" * (MAX_DEPTH - depth) + b"]" * (MAX_DEPTH - depth)
    whole = before + deepest + after
    assert decode_json(whole) == orjson.loads(whole)
    with pytest.raises(Unreadable, match="more than 200 levels"):
        decode_json(before + b"[" + deepest + b"]" + after)


@pytest.mark.parametrize(
    "text",
    [
        "[" + "[]," * MAX_WEIGHT + "0]",
        "[" + "0," * (MAX_WEIGHT + 1) + "0]",
        "{" + ",".join(f'"{i}":0' for i in range(MAX_WEIGHT // 4)) + "}",
        "[" + '"",' * (MAX_WEIGHT + 1) + "0]",
    ],
)
def test_a_body_of_too_many_parts_is_refused_undecoded(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body.orjson, "loads", None)  # would be a TypeError
    with pytest.raises(Unreadable, match="too many parts"):
        decode_json(text.encode())


def test_what_only_looks_like_parts_inside_a_text_costs_nothing() -> None:
    text = '[{\\"a\\": 1}, "\\\\"],' * MAX_WEIGHT
    assert decode_json(orjson.dumps({"input": text})) == {"input": text}


@given(JSON)
def test_a_value_arrives_as_it_is_but_for_nul(value: object) -> None:
    sent = orjson.dumps(value)
    received = orjson.loads(sent)
    if "\\u0000" not in sent.decode():
        assert decode_json(sent) == received


@pytest.mark.parametrize(
    "text, value",
    [
        (rb'"a\u0000b"', "a\ufffdb"),
        (rb'"a\\u0000b"', "a\\u0000b"),
        (rb'"a\\\u0000\u0000"', "a\\\ufffd\ufffd"),
    ],
)
def test_a_nul_becomes_the_replacement_character(text: bytes, value: str) -> None:
    assert decode_json(text) == value


@pytest.mark.parametrize("text", [b'"\\u0000\0\0"', b"{", b"[1,]", b"\xff"])
def test_what_is_no_json_is_refused_in_a_sentence(text: bytes) -> None:
    with pytest.raises(Unreadable, match="not valid JSON"):
        decode_json(text)


@given(JSON, st.lists(st.integers(0, 200)))
def test_chunks_make_no_difference(value: object, cuts: list[int]) -> None:
    sent = orjson.dumps([value, "a\\\x00b\x00\\"])
    cuts = sorted(cut for cut in cuts if cut < len(sent))
    body = IncomingBody()
    for low, high in pairwise([0, *cuts, len(sent)]):
        body.add(sent[low:high])
    assert body.decode() == decode_json(sent)


def test_an_empty_body_is_an_empty_object() -> None:
    assert decode_json(b" ") == {}
