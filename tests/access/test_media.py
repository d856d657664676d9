"""Media types, as RFC 9110 has them."""

import httpx
import pytest

from onceproof.conformance.access.media import read_media_type


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("text/event-stream", "text/event-stream"),
        ("Text/Event-Stream; charset=utf-8", "text/event-stream"),
        ("application/problem+json ;charset=UTF-8", "application/problem+json"),
        ("", ""),
    ],
)
def test_case_and_parameters_make_no_difference(field: str, kind: str) -> None:
    assert read_media_type(httpx.Headers({"Content-Type": field})) == kind


def test_without_the_field_there_is_none() -> None:
    assert read_media_type(httpx.Headers()) == ""
