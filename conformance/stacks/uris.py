"""Connection URIs as text: hide their passwords, name another database, say what is wrong.

Text, not parsed and rebuilt: a URI must reach the target as the user wrote it, and
`urlunsplit` drops the empty authority of `postgresql:///name?host=/run/postgresql`.
"""

from urllib.parse import unquote, urlsplit

from onceproof.conformance.secrets.find import show

_REDIS_SCHEMES = ("redis", "rediss", "unix")
_POSTGRES_SCHEMES = ("postgresql", "postgres")


def redact(text: str) -> str:
    """Return the same text with every password as `***`, also where it is malformed.

    An unencoded '/' or '@' inside a password makes a URI malformed, and that is the very URI
    that gets quoted in a message. So everything up to the last '@' counts as user information.
    """
    scheme, separator, rest = _split_scheme(text)
    login, at, place = rest.rpartition("@")
    user, colon, _ = login.partition(":")
    return show(f"{scheme}{separator}{user}{':***' if colon else ''}{at}{place}")


def _split_scheme(text: str) -> tuple[str, str, str]:
    scheme, separator, rest = text.partition("://")
    return (scheme, separator, rest) if separator else ("", "", text)


def _pieces(uri: str) -> tuple[str, str, str, list[str]]:
    """Scheme, authority, path (with its slash) and the still encoded options."""
    head, _, query = uri.partition("?")
    scheme, _, rest = head.partition("://")
    authority, slash, path = rest.partition("/")
    return scheme, authority, slash + path, [option for option in query.split("&") if option]


def _without(options: list[str], *names: str) -> list[str]:
    return [option for option in options if option.partition("=")[0] not in names]


def _join(scheme: str, authority: str, path: str, options: list[str]) -> str:
    query = "?" + "&".join(options) if options else ""
    return f"{scheme}://{authority}{path}{query}"


def with_database(uri: str, name: str) -> str:
    """Return the PostgreSQL URI with another database; options keep their order and encoding."""
    scheme, authority, _, options = _pieces(uri)
    return _join(scheme, authority, "/" + name, _without(options, "dbname", "database"))


def with_redis_number(uri: str, number: int) -> str:
    """Return the Redis URI with another database number; an option `db` would win over the path."""
    scheme, authority, path, options = _pieces(uri)
    others = _without(options, "db")
    if scheme == "unix":
        return _join(scheme, authority, path, [*others, f"db={number}"])
    return _join(scheme, authority, f"/{number}", others)


def address(uri: str, default_port: int) -> tuple[str, int] | str:
    """Return where the URI leads: a host and port, or the path of a Unix socket."""
    scheme, authority, path, options = _pieces(uri)
    if scheme == "unix":
        return path
    parts = urlsplit(f"//{authority}")
    given = dict(option.partition("=")[::2] for option in options)
    host = unquote(given.get("host") or parts.hostname or "127.0.0.1")
    port = int(given.get("port") or parts.port or default_port)
    return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)


def through(uri: str, port: int) -> str:
    """Return the same URI, leading to this port of 127.0.0.1 instead."""
    scheme, authority, path, options = _pieces(uri)
    login, at, _ = authority.rpartition("@")
    options = _without(options, "host", "hostaddr", "port")
    if scheme == "unix":
        numbers = [option.partition("=")[2] for option in options if option.startswith("db=")]
        scheme, path = "redis", "/" + (numbers or ["0"])[0]
        options = _without(options, "db")
    return _join(scheme, f"{login}{at}127.0.0.1:{port}", path, options)


def postgres_flaw(uri: str) -> str:
    """Return what makes this PostgreSQL URI unreadable, without quoting anything secret of it."""
    return _flaw(uri, _POSTGRES_SCHEMES) or "its host, port or options are not well formed"


def redis_flaw(uri: str) -> str | None:
    """Return what makes this Redis URI unreadable; None when nothing can be seen from outside.

    The client ignores a path that is not a number and silently takes database 0, which would
    put two deployments on one database: here that is an error.
    """
    if flaw := _flaw(uri, _REDIS_SCHEMES):
        return flaw
    scheme, _, path, _ = _pieces(uri)
    if scheme != "unix" and path.strip("/") and not path.strip("/").isdecimal():
        return "its path is not a database number"
    return None


def _flaw(uri: str, schemes: tuple[str, ...]) -> str | None:
    scheme, separator, _ = uri.partition("://")
    if not separator:
        return "it has no scheme"
    if scheme not in schemes:
        return f"its scheme is {scheme!r}"
    try:
        parts = urlsplit(uri)
        if "," not in parts.netloc:  # several PostgreSQL hosts, each with its own port
            _ = parts.port
    except ValueError:
        return "its host or port is not well formed"
    return None
