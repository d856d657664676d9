"""Answers that a gateway gave itself: the server behind it never saw the request."""

from onceproof.conformance.preflight.gateways import find_author


def is_of_gateway(content_type: str, body: bytes) -> bool:
    """Return whether this error is a gateway's own page, which no API has as its answer."""
    return find_author(content_type, body) is not None
