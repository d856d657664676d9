"""The same database under other forms of its URI."""

from urllib.parse import parse_qsl, quote, urlencode, urlsplit


def in_query(uri: str) -> str:
    """Return a Postgres URI with all but the database's name in its options, as libpq allows.

    The host may be a folder with a socket in it; which one stays as it was given.
    """
    parts = urlsplit(uri)
    place = {
        "host": parts.hostname,
        "port": parts.port,
        "user": parts.username,
        "password": parts.password,
        "sslmode": "prefer",
    }
    named = {name: value for name, value in place.items() if value}
    options = urlencode({**named, **dict(parse_qsl(parts.query))})
    return f"postgres:///{parts.path.strip('/')}?{options}"


def with_scheme(uri: str, scheme: str) -> str:
    """Return the URI with another scheme that means the same."""
    return f"{scheme}://{uri.partition('://')[2]}"


def with_number_as_option(uri: str) -> str:
    """Return a Redis URI that names its database number as `?db=`."""
    parts = urlsplit(uri)
    if parts.scheme == "unix":
        return uri
    options = urlencode({**dict(parse_qsl(parts.query)), "db": parts.path.strip("/") or "0"})
    return f"{parts.scheme}://{parts.netloc}?{options}"


def with_password(uri: str) -> str:
    """Return a Redis URI with user and password: a Redis without a password accepts any."""
    parts = urlsplit(uri)
    if parts.scheme == "unix" or "@" in parts.netloc:
        return uri
    password = quote("per:cent/escaped", safe="")
    return f"{parts.scheme}://default:{password}@{parts.netloc}{parts.path}?{parts.query}"
