"""What kind of body a message has."""

from collections.abc import Mapping


def read_media_type(headers: Mapping[str, str]) -> str:
    """Return the media type that headers name, in lower case and without its parameters.

    "" if they name none. Its letters may be of either case (RFC 9110, section 8.3.1).
    """
    return headers.get("content-type", "").partition(";")[0].strip().lower()
