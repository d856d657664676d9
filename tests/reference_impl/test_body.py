"""What a body may cost is known before it is decoded, and its NULs and depth are dealt with."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onceproof.reference_impl import body
from onceproof.reference_impl.body import MAX_WEIGHT, Unreadable, decode_json, nests_deeper

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    "text, depth",
    [
        (b"[[]]", 2),
        (b'{"a": [{"b": {}}]}', 4),
        (b"[" + b"[],{}," * 500 + b"[]]", 2),
        (b'{"a": "[[[[", "b": ["]]"]}', 2),
        (rb'["\"[[[", "\\", [{}]]', 3),
        (b"[" * 200 + b"]" * 200, 200),
    ],
)
def test_the_depth_is_that_of_the_containers(text: bytes, depth: int) -> None:
    value = orjson.loads(text)
    assert nests_deeper(value, depth - 1)
    assert not nests_deeper(value, depth)


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


def test_an_empty_body_is_an_empty_object() -> None:
    assert decode_json(b" ") == {}
