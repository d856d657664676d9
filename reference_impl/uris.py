"""The URIs of Postgres and Redis as operators write them, checked before anything connects.

Both drivers are more forgiving than is good for a deployment: one sends every option that it does
not know to the server as a setting, which refuses the session; the other takes database 0 when
the path is not a number, which is where some other deployment lives. No sentence here quotes the
URI, since the part that is wrong may be the password.
"""

from urllib.parse import parse_qsl, unquote, urlsplit

#: Options of libpq that steer the client alone; asyncpg has its own time limits in their place.
_LIBPQ_ONLY = {
    *("channel_binding", "client_encoding", "connect_timeout", "fallback_application_name"),
    *("gssdelegation", "gssencmode", "gsslib", "hostaddr", "load_balance_hosts", "replication"),
    *("keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval"),
    *("require_auth", "requirepeer", "sslcertmode", "sslcompression", "tcp_user_timeout"),
}

_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def postgres(uri: str) -> str:
    """Return the URI in the form that asyncpg reads as libpq would; ValueError says what is wrong.

    A host, port or socket folder may stand in the query, as in `postgresql:///app?host=/run/pg`.
    """
    _check(uri, ("postgresql", "postgres"), "postgresql://user:password@host:5432/database")
    head, _, query = uri.partition("?")
    options = [option for option in query.split("&") if option]
    given = dict(parse_qsl(query))
    if given.get("sslmode", "prefer") not in _SSL_MODES:
        raise ValueError(f"its sslmode must be one of {', '.join(_SSL_MODES)}")
    kept = [option for option in options if option.partition("=")[0] not in _LIBPQ_ONLY]
    if "hostaddr" in given:
        kept = [option for option in kept if option.partition("=")[0] != "host"]
        kept.append(f"host={given['hostaddr']}")
    return "?".join([head, "&".join(kept)] if kept else [head])


def redis(uri: str) -> str:
    """Return the URI as redis-py reads it; ValueError says what is wrong.

    `redis://` and `rediss://` name the database number as their path, any form as option `db`.
    """
    _check(uri, ("redis", "rediss", "unix"), "redis://:password@host:6379/1")
    parts = urlsplit(uri)
    given = dict(parse_qsl(parts.query))
    number = given.get("db", "0" if parts.scheme == "unix" else unquote(parts.path).strip("/"))
    if number and not number.isdecimal():
        raise ValueError("its database must be a number, as in redis://host:6379/1")
    if parts.scheme == "unix" and not parts.path:
        raise ValueError("it names no socket, as unix:///run/redis.sock?db=1 does")
    return uri


def _check(uri: str, schemes: tuple[str, ...], example: str) -> None:
    scheme, separator, _ = uri.partition("://")
    if not separator or scheme not in schemes:
        known = " or ".join(f"{scheme}://" for scheme in schemes)
        raise ValueError(f"it must begin with {known}, as in {example}")
    try:
        parts = urlsplit(uri)
        if "," not in parts.netloc:  # several Postgres hosts, each with a port of its own
            _ = parts.port
    except ValueError:
        raise ValueError(f"its host or port is not well formed; write {example}") from None
